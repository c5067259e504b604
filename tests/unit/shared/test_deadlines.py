"""What an owner publishes about its deadlines, and which notification it obeys."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from shared.contracts.deadlines import DeadlineEvent, DeadlineSet, DeadlineWithdrawn
from shared.db.unit_of_work import UnitOfWork
from shared.deadlines import OVERDUE_SECONDS, Deadlines
from tests.support.memory import drive
from tests.support.memory.database import NO_SQL

T0 = datetime(2026, 3, 2, tzinfo=UTC)


@dataclass(frozen=True)
class Due:
    kind: str
    due_at: datetime


@dataclass(frozen=True)
class Parcel:
    generation: int = 1
    due: Due | None = Due("pick_up", T0)


@dataclass
class Store:
    overdue_after: list[int] = field(default_factory=list)

    async def next_generation(self, thing: Parcel) -> Parcel:
        return replace(thing, generation=thing.generation + 1)

    async def overdue(self, seconds: int, limit: int) -> list[Parcel]:
        self.overdue_after.append(seconds)
        return [Parcel(5), Parcel(6, None)][:limit]


PARCELS: Deadlines[Parcel] = Deadlines("parcels", lambda each: each.due, lambda _: "key", lambda _: "subject")
OF = {"owner": "parcels", "key": "key", "subject": "subject"}


def set_(generation: int) -> DeadlineEvent:
    return DeadlineSet(**OF, generation=generation, kind="pick_up", due_at=T0)


def notified(parcel: Parcel, kind: str, due_at: datetime, at: datetime) -> tuple[bool, list[object]]:
    work = UnitOfWork(NO_SQL, "parcels")
    return drive(PARCELS.has_expired(work, Store(), parcel, kind, due_at, at)), list(work.outbox.published)


class TestWhatIsPublished:
    def test_a_changed_deadline_under_the_next_generation(self) -> None:
        before, after = Parcel(due=None), Parcel()
        assert PARCELS.follow(before, after) == (Parcel(2), set_(2))

    def test_nothing_when_it_stays(self) -> None:
        assert PARCELS.follow(Parcel(), Parcel(4)) == (Parcel(4), None)

    def test_a_withdrawal_when_none_is_left_unless_its_timer_has_just_expired(self) -> None:
        withdrawn = DeadlineWithdrawn(**OF, generation=2)
        assert PARCELS.follow(Parcel(), Parcel(due=None)) == (Parcel(2, None), withdrawn)
        assert PARCELS.follow(Parcel(), Parcel(due=None), notified=True) == (Parcel(1, None), None)

    def test_the_overdue_again(self) -> None:
        work, store = UnitOfWork(NO_SQL, "parcels"), Store()
        assert drive(PARCELS.sweep(work, store)) == 2
        assert list(work.outbox.published) == [set_(5), DeadlineWithdrawn(**OF, generation=6)]
        assert store.overdue_after == [OVERDUE_SECONDS]


class TestANotification:
    def test_is_obeyed_from_the_due_time_on(self) -> None:
        assert notified(Parcel(), "pick_up", T0, T0) == (True, [])

    def test_that_is_early_is_set_again_under_the_next_generation(self) -> None:
        assert notified(Parcel(), "pick_up", T0, T0 - timedelta(milliseconds=1)) == (False, [set_(2)])

    @pytest.mark.parametrize(
        ("parcel", "kind", "due_at"),
        [
            (Parcel(), "return", T0),
            (Parcel(), "pick_up", T0 - timedelta(hours=1)),
            (Parcel(due=None), "pick_up", T0),
        ],
    )
    def test_of_another_deadline_is_dropped(self, parcel: Parcel, kind: str, due_at: datetime) -> None:
        assert notified(parcel, kind, due_at, T0 + timedelta(days=1)) == (False, [])
