"""The two messages of the sandbox clock: the time for everybody, and each instance's report about its work."""

from dataclasses import asdict, dataclass

import orjson


@dataclass(frozen=True, slots=True)
class ClockUpdate:
    """Sets every clock: to stand still at a time, or to run with a shift from real time."""

    round: int
    """The number of the coordinator's polling round; numbers only grow."""
    frozen_at: str | None
    """Where the clock stands still, in RFC 3339; None lets it run."""
    shift_seconds: float
    """How far a running clock is ahead of real time."""

    def body(self) -> bytes:
        """The message's JSON."""
        return orjson.dumps(asdict(self))


@dataclass(frozen=True, slots=True)
class StatusReport:
    """One instance's answer to a clock update: its time, its remaining work, and how much work it has done.

    Why these figures together prove that a system is idle, and in which order they are read: docs/decisions/0100.
    """

    round: int
    """The round of the clock update that it answers."""
    service: str
    instance: str
    now: str
    """The business time of the service's database, in RFC 3339."""
    outbox_unpublished: int
    """Committed events that are not published yet."""
    queue_ready: int
    """Messages that the broker has not delivered to any instance of the service yet."""
    in_flight: int
    """Commands and messages that this instance is handling."""
    retries_due: int
    """Failed messages that wait for another try, and due work that the service's loops have not done yet."""
    handled_total: int
    """Messages handled since the start."""
    published_total: int
    """Events published since the start."""
    done_total: int
    """Commands executed and timers fired since the start; a report may come too late to see them in flight."""
    start: str
    """Identifies this start of the process; the totals begin at zero with each."""
    consuming: bool
    """Whether this instance consumes its service's queues."""
    consumers: int
    """How many instances of the service consume, as the broker counts them."""

    @property
    def backlog(self) -> int:
        """How much work remains."""
        return self.outbox_unpublished + self.queue_ready + self.in_flight + self.retries_due

    @property
    def totals(self) -> tuple[str, int, int, int]:
        """The work done; the same in two rounds means that nothing happened in between."""
        return self.start, self.handled_total, self.published_total, self.done_total
