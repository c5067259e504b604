"""When the system is at rest: rounds of questions to every instance, and what their answers prove (decision 0100)."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

Instance = tuple[str, str]
"""Service and instance."""


class Report(Protocol):
    """What an instance answers in a round."""

    @property
    def service(self) -> str:
        """Whose work it does, e.g. `orders`."""

    @property
    def instance(self) -> str:
        """Which of the running processes answers; unique over all."""

    @property
    def now(self) -> str:
        """The time of its database, as written."""

    @property
    def consuming(self) -> bool:
        """Whether it takes messages."""

    @property
    def consumers(self) -> int:
        """How many instances of its service do, as the broker counts them."""

    @property
    def backlog(self) -> int:
        """What it still has to do."""

    @property
    def published_total(self) -> int:
        """How many events it has said since it started."""

    @property
    def totals(self) -> Hashable:
        """Everything it has done since it started, and which start that was."""


@dataclass(slots=True)
class Round:
    """One question to all, what time it is and what they have still to do, and the answers so far."""

    number: int
    now: str | None
    """The time that every answer must show, as written; None where the clock runs."""
    expected: frozenset[str]
    """Services that must answer."""
    known: frozenset[Instance]
    """Instances that answered before and should again."""
    reports: dict[Instance, Report] = field(default_factory=dict)

    def receive(self, report: Report) -> None:
        """Keep an answer; one with another time does not count."""
        if self.now is None or report.now == self.now:
            self.reports[report.service, report.instance] = report

    def missing(self, *, with_timeouts: bool) -> frozenset[str]:
        """Who has not answered, by name; once we are out of patience, silence of a known instance is forgiven.

        It is forgiven only while the answers of its service account for all its consumers: an instance that the broker
        still counts may hold messages.
        """
        services = {service for service in self.expected if not self._complete(service)}
        silent = {f"{service}/{name}" for service, name in self.known - self.reports.keys()} if with_timeouts else set()
        return frozenset(services | silent)

    def _complete(self, service: str) -> bool:
        found = [report for (name, _), report in self.reports.items() if name == service]
        consuming = sum(report.consuming for report in found)
        return bool(found) and consuming >= max(report.consumers for report in found)

    @property
    def idle(self) -> bool:
        """Whether nobody has anything left to do."""
        return not any(report.backlog for report in self.reports.values())

    @property
    def totals(self) -> Mapping[Instance, Hashable]:
        """What everybody has done so far."""
        return {instance: report.totals for instance, report in self.reports.items()}


def is_idle(before: Round | None, last: Round) -> bool:
    """Two rounds at the same time without work, and nobody did anything in between; how far apart does not matter."""
    return before is not None and before.now == last.now and before.idle and last.idle and before.totals == last.totals


@dataclass(slots=True)
class Count:
    """How many events were said since the count began; an instance that restarts begins at zero."""

    _last: dict[Instance, int] = field(default_factory=dict)
    published: int = 0

    def look(self, reports: Iterable[Report]) -> None:
        """Add what was said since the last look; the first look at an instance only remembers where it stands."""
        for report in reports:
            instance, total = (report.service, report.instance), report.published_total
            before = self._last.get(instance, total)
            self.published += total - before if total >= before else total
            self._last[instance] = total
