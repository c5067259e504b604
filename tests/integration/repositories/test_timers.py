"""Timers: generations, tombstones, and what fires; the same in memory and on PostgreSQL."""

from services.scheduler.domain.timers import Timer, Tombstone
from tests.integration.repositories.examples import HOUR, name
from tests.integration.repositories.storage import T0, Storage


def a_timer(key: str, generation: int = 1, hours: float = 1) -> Timer:
    """A timer of orders, due so many hours after T0."""
    return Timer("orders", key, key, "D1", generation, T0 + hours * HOUR)


def a_tombstone(key: str, generation: int = 1) -> Tombstone:
    """The event that orders has no deadline under this key."""
    return Tombstone("orders", key, key, generation)


async def expired(storage: Storage, key: str, hours: float, instant_hours: float | None = None) -> list[Timer]:
    """What fires of this key at that hour, with a sandbox clock that stands there."""
    await storage.at(T0 + hours * HOUR)
    instant = T0 + (hours if instant_hours is None else instant_hours) * HOUR
    async with storage.scheduler.transaction() as work:
        return [timer for timer, at in await work.timers.fire(instant, 1000) if timer.key == key and at == instant]


class TestATimer:
    async def test_fires_once_and_at_its_due_time(self, storage: Storage) -> None:
        key = name("K")
        async with storage.scheduler.transaction() as work:
            assert await work.timers.set(a_timer(key))
            assert work.timers.earliest == T0 + HOUR
        assert await expired(storage, key, 0.999) == []
        assert await expired(storage, key, 1) == [a_timer(key)]
        assert await expired(storage, key, 2) == []

    async def test_is_silent_for_whoever_expects_another_time(self, storage: Storage) -> None:
        key = name("K")
        async with storage.scheduler.transaction() as work:
            await work.timers.set(a_timer(key))
        assert await expired(storage, key, 1, instant_hours=2) == []
        async with storage.scheduler.transaction() as work:
            assert await work.timers.fire(None, 1000) == []
        assert await expired(storage, key, 1) == [a_timer(key)]

    async def test_is_replaced_by_a_newer_generation_only(self, storage: Storage) -> None:
        key = name("K")
        async with storage.scheduler.transaction() as work:
            result = [await work.timers.set(a_timer(key, generation, generation)) for generation in (2, 1, 2, 3)]
        assert result == [1, 0, 0, 1]
        assert await expired(storage, key, 2) == []
        assert await expired(storage, key, 3) == [a_timer(key, 3, 3)]

    async def test_that_fired_fires_again_under_a_newer_generation(self, storage: Storage) -> None:
        key = name("K")
        async with storage.scheduler.transaction() as work:
            await work.timers.set(a_timer(key))
        assert len(await expired(storage, key, 1)) == 1
        async with storage.scheduler.transaction() as work:
            assert not await work.timers.set(a_timer(key))
            assert await work.timers.set(a_timer(key, 2))
        assert await expired(storage, key, 1) == [a_timer(key, 2)]


class TestManyAtOnce:
    async def test_are_set_as_if_one_by_one(self, storage: Storage) -> None:
        key, other, withdrawn = name("K"), name("K"), name("K")
        async with storage.scheduler.transaction() as work:
            await work.timers.withdraw(a_tombstone(withdrawn, 2), a_tombstone(withdrawn), a_tombstone(other))
            several = [
                a_timer(withdrawn, 2),
                a_timer(key, 2, 2),
                a_timer(other, 2, 3),
                a_timer(key),
                a_timer(key, 2, 2),
            ]
            assert await work.timers.set(*several) == 2
            assert work.timers.earliest == T0 + 2 * HOUR
        assert await expired(storage, key, 2) == [a_timer(key, 2, 2)]
        assert await expired(storage, other, 3) == [a_timer(other, 2, 3)]
        assert await expired(storage, withdrawn, 4) == []

    async def test_none_is_nothing(self, storage: Storage) -> None:
        async with storage.scheduler.transaction() as work:
            assert (await work.timers.set(), await work.timers.withdraw(), work.timers.earliest) == (0, 0, None)


class TestATombstone:
    async def test_keeps_what_comes_later_and_is_older_from_firing(self, storage: Storage) -> None:
        key = name("K")
        async with storage.scheduler.transaction() as work:
            withdrawn = await work.timers.withdraw(a_tombstone(key, 2))
            assert (withdrawn, await work.timers.set(a_timer(key, 2))) == (1, 0)
        assert await expired(storage, key, 1) == []

    async def test_of_an_older_generation_changes_nothing(self, storage: Storage) -> None:
        key = name("K")
        async with storage.scheduler.transaction() as work:
            await work.timers.set(a_timer(key, 3))
            assert not await work.timers.withdraw(a_tombstone(key, 2))
        assert await expired(storage, key, 1) == [a_timer(key, 3)]

    async def test_of_the_same_generation_withdraws(self, storage: Storage) -> None:
        key = name("K")
        async with storage.scheduler.transaction() as work:
            await work.timers.set(a_timer(key, 3))
            assert await work.timers.withdraw(a_tombstone(key, 3))
        assert await expired(storage, key, 1) == []
