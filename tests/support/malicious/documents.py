"""Sends what a service's OpenAPI document allows and forbids to the gateway, and checks the answers against it."""

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from schemathesis.engine.recorder import ScenarioRecorder

from deploy.local.tokens import mint
from deploy.stack import Stack

ADVANCE = "/v1/sandbox/clock/advance"
TOKEN_SECONDS = 3600
REFUSALS = [400, 401, 403, 404, 405, 409, 412, 413, 414, 415, 422]
COVERAGE = {"generate-duplicate-query-parameters": True, "unexpected-methods": []}
"""The edge cases; of methods that a path does not know, every one has its test in test_methods_and_paths.py."""
NOT_SENT = {
    "positive_data_acceptance": "a document can't say all that must be right; what is refused has its own tests",
    "object_level_authorization": "strangers' orders have their own tests",
}
"""Checks that are left out, and why."""


@dataclass
class Findings:
    """What was asked and what was wrong with the answers."""

    sent: Counter[str] = field(default_factory=Counter)
    """Requests by operation."""
    checks: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)

    def take(self, recorder: ScenarioRecorder) -> None:
        """Count one scenario and keep what failed, with the request that shows it."""
        self.sent[recorder.label] += len(recorder.cases)
        for checks in recorder.checks.values():
            for check in checks:
                self.checks.add(check.name)
                if check.failure_info is not None:
                    failure, request = check.failure_info.failure, check.failure_info.code_sample
                    self.wrong.append(f"{recorder.label}: {failure.title}: {failure.message[:500]}\n  {request[:700]}")


def compare(stack: Stack, service: str, examples: int, seed: int) -> Findings:
    """Examples, edge cases and so many random requests for every operation of the document."""
    schema = schemathesis.openapi.from_url(
        f"http://127.0.0.1:{stack.ports[service]}/openapi.json", config=_config(stack, examples, seed)
    )
    found = Findings()
    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            found.take(event.recorder)
        elif isinstance(event, events.NonFatalError):
            found.wrong.append(f"{event.label}: {event.value!r}")
        elif isinstance(event, events.FatalError):
            raise event.exception
    return found


def _config(stack: Stack, examples: int, seed: int) -> SchemathesisConfig:
    token = mint(stack.layout.private_key, "documents", ("user", "support", "operator"), TOKEN_SECONDS)
    checks: dict[str, Any] = {name: {"enabled": False} for name in NOT_SENT}
    checks["negative_data_rejection"] = {"expected-statuses": REFUSALS}
    return SchemathesisConfig.from_dict(
        {
            "seed": seed,
            "base-url": stack.url,
            "headers": {"Authorization": f"Bearer {token}"},
            "generation": {"max-examples": examples, "database": "none"},
            "phases": {"stateful": {"enabled": False}, "coverage": COVERAGE},
            "checks": checks,
            "continue-on-failure": True,
            "request-timeout": 30,
            "workers": 1,
        }
    )


@schemathesis.hook("before_call")
def preview_nothing_without_a_key(_context: Any, case: Any, _kwargs: Any) -> None:
    """A command needs a key and its preview does not, which a document can't say: what lacks the key is no preview."""
    keyless = case.method != "GET" and "idempotency-key" not in {name.lower() for name in case.headers or ()}
    if keyless and isinstance(case.query, dict) and str(case.query.get("preview", "")).lower() == "true":
        del case.query["preview"]


@schemathesis.hook("before_call")
def keep_the_clock(_context: Any, case: Any, _kwargs: Any) -> None:
    """The clock is everybody's: where a random advance would move it, it stands still or is asked to go back."""
    if case.operation.path != ADVANCE or not isinstance(case.body, dict):
        return
    for name, still in (("by", "PT0S"), ("to", "2001-01-01T00:00:00Z")):
        if isinstance(text := case.body.get(name), str) and re.search(r"\d|next", text):
            case.body[name] = still
