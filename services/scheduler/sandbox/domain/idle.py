"""When the system is idle: what the reports of all instances in two polling rounds prove (decision 0100)."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

Instance = tuple[str, str]
"""Service and instance."""


class Report(Protocol):
    """What an instance reports in a round."""

    @property
    def service(self) -> str:
        """The service whose work it does, e.g. `orders`."""

    @property
    def instance(self) -> str:
        """The running process; unique over all."""

    @property
    def now(self) -> str:
        """The business time of its database, in RFC 3339."""

    @property
    def consuming(self) -> bool:
        """Whether it consumes messages."""

    @property
    def consumers(self) -> int:
        """How many instances of its service consume, as the broker counts them."""

    @property
    def backlog(self) -> int:
        """How much work remains."""

    @property
    def published_total(self) -> int:
        """Events published since its start."""

    @property
    def totals(self) -> Hashable:
        """The work done since its start, and which start that was."""


@dataclass(slots=True)
class Round:
    """One clock update to all instances, and the reports so far."""

    number: int
    now: str | None
    """The time that every report must have, in RFC 3339; None where the clock runs."""
    expected: frozenset[str]
    """Services that must report."""
    known: frozenset[Instance]
    """Instances that reported before and should again."""
    reports: dict[Instance, Report] = field(default_factory=dict)

    def receive(self, report: Report) -> None:
        """Collect a report; one with another time does not count."""
        if self.now is None or report.now == self.now:
            self.reports[report.service, report.instance] = report

    def missing(self, *, with_known: bool) -> frozenset[str]:
        """The services, and `with_known` also the instances, that have not reported.

        A service is complete when its reports account for all its consumers: an instance that the broker still counts
        may hold messages. So a known instance that is gone is missing only `with_known`.
        """
        services = {service for service in self.expected if not self._complete(service)}
        silent = {f"{service}/{name}" for service, name in self.known - self.reports.keys()} if with_known else set()
        return frozenset(services | silent)

    def _complete(self, service: str) -> bool:
        found = [report for (name, _), report in self.reports.items() if name == service]
        consuming = sum(report.consuming for report in found)
        return bool(found) and consuming >= max(report.consumers for report in found)

    @property
    def idle(self) -> bool:
        """Whether no instance has work left."""
        return not any(report.backlog for report in self.reports.values())

    @property
    def totals(self) -> Mapping[Instance, Hashable]:
        """The work that each instance has done."""
        return {instance: report.totals for instance, report in self.reports.items()}


def is_idle(before: Round | None, last: Round) -> bool:
    """Whether two rounds at the same business time show no work left and none done in between, however far apart."""
    return before is not None and before.now == last.now and before.idle and last.idle and before.totals == last.totals


@dataclass(slots=True)
class Count:
    """How many events all instances have published since the count began; a restarted instance begins at zero."""

    _last: dict[Instance, int] = field(default_factory=dict)
    published: int = 0

    def look(self, reports: Iterable[Report]) -> None:
        """Add what was published since the last look; the first report of an instance only sets its start."""
        for report in reports:
            instance, total = (report.service, report.instance), report.published_total
            before = self._last.get(instance, total)
            self.published += total - before if total >= before else total
            self._last[instance] = total
