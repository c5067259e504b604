"""Every parked message of every service in one list: what an operator has to decide about (docs/runbooks/parked.md)."""

from collections.abc import Iterator
from dataclasses import dataclass

import httpx2
from rich.table import Table

from deploy.local.stack import LocalStack
from deploy.local.tokens import mint
from deploy.services import SERVICES

TOKEN_SECONDS = 60
ANSWER_SECONDS = 15


@dataclass(frozen=True, slots=True)
class Parked:
    """One message that could not be handled."""

    service: str
    id: int
    event: str
    subject: str
    since: str
    attempts: int
    error: str


def look(stack: LocalStack) -> tuple[list[Parked], dict[str, str]]:
    """All of them, oldest first per service, and which services could not be asked and why."""
    token = mint(stack.layout.private_key, "make-parked", ["operator"], TOKEN_SECONDS)
    headers, found, silent = {"Authorization": f"Bearer {token}"}, list[Parked](), dict[str, str]()
    with httpx2.Client(base_url=stack.url, headers=headers, timeout=ANSWER_SECONDS, trust_env=False) as client:
        for service in SERVICES:
            try:
                found += _of(client, service)
            except httpx2.HTTPError as error:
                silent[service] = str(error)
    return found, silent


def table(found: list[Parked]) -> Table:
    """The list for a person."""
    shown = Table()
    for column in ("service", "id", "event", "about", "since", "tries", "error"):
        shown.add_column(column, overflow="fold")
    for each in found:
        words = (each.service, str(each.id), each.event, each.subject, each.since, str(each.attempts), each.error[:300])
        shown.add_row(*(word.replace("[", "\\[") for word in words))
    return shown


def _of(client: httpx2.Client, service: str) -> Iterator[Parked]:
    path, cursor = f"/v1/ops/{service}/parked", ""
    while True:
        answer = client.get(path, params={"limit": "100", **({"cursor": cursor} if cursor else {})})
        answer.raise_for_status()
        page = answer.json()
        for each in page["items"]:
            about, names = each["headers"].get("ce-subject", ""), ("event", "attempts", "error")
            own = {name: each[name] for name in names}
            yield Parked(service=service, id=each["id"], subject=str(about), since=each["kept_at"], **own)
        cursor = page["next_cursor"]
        if not cursor:
            return
