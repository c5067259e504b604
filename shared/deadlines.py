"""How an owner of deadlines keeps them: generation, expiry check, sweep and publication (architecture 6).

The owner derives the current deadline of a thing from its state; no code has to cancel a timer. A higher
generation replaces a lower one at the scheduler, so each change of the deadline is published under the next one.
"""

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from shared.contracts.deadlines import DeadlineEvent, DeadlineSet, DeadlineWithdrawn
from shared.db.repeating import run_periodically
from shared.db.unit_of_work import Database, UnitOfWork, Work
from shared.telemetry import metrics

OVERDUE_SECONDS = 120
"""From so long after its due time on a deadline whose expiry notification did not come is published again."""
SWEEP_BATCH = 200
SWEEP_SECONDS = 60


class Deadline(Protocol):
    """A due time: the first instant that is too late."""

    @property
    def kind(self) -> str:
        """What happens then, in the owner's words, e.g. `D3`."""

    @property
    def due_at(self) -> datetime:
        """When, in business time."""


class Timed(Protocol):
    """A thing with deadlines: a frozen dataclass with a generation."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def generation(self) -> int:
        """A counter that is raised whenever something is published about the thing's deadline."""


Thing = TypeVar("Thing", bound=Timed)


class Store(Protocol[Thing]):
    """What the owner's repository does for its deadlines."""

    async def next_generation(self, thing: Thing) -> Thing:
        """Raise the stored generation of a locked thing, and nothing else about it."""

    async def overdue(self, seconds: int, limit: int) -> Sequence[Thing]:
        """Things whose deadline passed more than so many seconds ago, their generation raised; skips locked rows."""


@dataclass(frozen=True, slots=True)
class Deadlines(Generic[Thing]):
    """The deadlines of one owner."""

    owner: str
    """The service that consumes the expiry notifications."""
    current: Callable[[Thing], Deadline | None]
    """The one deadline that a thing has in its state; None when it has none."""
    key: Callable[[Thing], str]
    subject: Callable[[Thing], str]

    def event(self, thing: Thing) -> DeadlineEvent:
        """The thing's deadline under its generation, or its withdrawal when it has none."""
        of = {"owner": self.owner, "key": self.key(thing), "subject": self.subject(thing)}
        deadline = self.current(thing)
        if deadline is None:
            return DeadlineWithdrawn.model_validate({**of, "generation": thing.generation})
        due = {"kind": deadline.kind, "due_at": deadline.due_at}
        return DeadlineSet.model_validate({**of, "generation": thing.generation, **due})

    def follow(self, before: Thing, after: Thing, *, notified: bool = False) -> tuple[Thing, DeadlineEvent | None]:
        """The thing after a step, under its next generation if its deadline changed, and what is to be published then.

        `notified`: the step follows from the scheduler's notification, so there is no timer left to withdraw.
        """
        deadline = self.current(after)
        if self.current(before) == deadline or (deadline is None and notified):
            return after, None
        raised = replace(after, generation=after.generation + 1)
        return raised, self.event(raised)

    async def has_expired(
        self, work: UnitOfWork, store: Store[Thing], thing: Thing, kind: str, due_at: datetime, at: datetime
    ) -> bool:
        """Whether a notification is about the current deadline of a locked thing, and in time.

        One that is about another deadline is dropped; one that comes too early is set again under the next generation.
        """
        deadline = self.current(thing)
        if deadline is None or (deadline.kind, deadline.due_at) != (kind, due_at):
            return False
        if at < due_at:
            work.outbox.add(self.event(await store.next_generation(thing)))
            return False
        return True

    async def sweep(self, work: UnitOfWork, store: Store[Thing]) -> int:
        """Republish deadlines that are overdue by more than two minutes: their timers were lost. Answers how many."""
        late = await store.overdue(OVERDUE_SECONDS, SWEEP_BATCH)
        for thing in late:
            work.outbox.add(self.event(thing))
            work.on_commit(metrics.OVERDUE_REPUBLISHED.inc)
            work.log_warning("deadline.republished", number=self.subject(thing))
        return len(late)


def sweeping(
    database: Database[Work], sweep: Callable[[Work], Awaitable[Any]]
) -> Callable[[], Coroutine[Any, Any, None]]:
    """A loop for the service that sweeps once a minute."""

    async def act() -> None:
        async with database.transaction() as work:
            await sweep(work)

    return lambda: run_periodically(act, SWEEP_SECONDS, failed="sweeper.database_away", wait_first=True)
