"""What comes at the same time is done at once; what fails together is done alone."""

import asyncio
from collections.abc import Sequence

import pytest

from shared.messaging.batcher import PLACES, Batcher


class Work:
    """Doubles numbers, and remembers what was done together and what alone; 13 can't be done."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.alone: list[int] = []
        self.may_go_on = asyncio.Event()
        self.shared = Batcher[int, int](self._all)

    async def take(self, number: int) -> int:
        """The double."""
        return await self.shared.take(number, lambda: self._one(number))

    async def all(self, *numbers: int) -> "list[asyncio.Task[int]]":
        """All of them at the same time; each has begun to wait."""
        tasks = [asyncio.create_task(self.take(number)) for number in numbers]
        await asyncio.sleep(0)
        return tasks

    async def _one(self, number: int) -> int:
        self.alone.append(number)
        await self.may_go_on.wait()
        if number == 13:
            raise ValueError(number)
        return number * 2

    async def _all(self, numbers: Sequence[int]) -> list[int]:
        self.batches.append(list(numbers))
        if 13 in numbers:
            raise ValueError(numbers)
        await self.may_go_on.wait()
        return [number * 2 for number in numbers]


FIRST = list(range(PLACES))


class TestWhatComesAtTheSameTime:
    async def test_goes_at_once_as_long_as_there_are_places(self) -> None:
        work = Work()
        begun = await work.all(*FIRST)
        work.may_go_on.set()
        assert await asyncio.gather(*begun) == [number * 2 for number in FIRST]
        assert (work.alone, work.batches) == (FIRST, [])

    async def test_shares_the_next_place(self) -> None:
        work = Work()
        begun = await work.all(*FIRST, 20, 21, 22)
        work.may_go_on.set()
        assert (await asyncio.gather(*begun))[PLACES:] == [40, 42, 44]
        assert (work.alone, work.batches) == (FIRST, [[20, 21, 22]])

    async def test_and_the_same_twice_is_two(self) -> None:
        work = Work()
        begun = await work.all(*FIRST, 20, 20)
        work.may_go_on.set()
        assert (await asyncio.gather(*begun))[PLACES:] == [40, 40]


class TestWhatFailsTogether:
    async def test_is_done_alone_and_only_the_one_at_fault_fails(self) -> None:
        work = Work()
        begun = await work.all(*FIRST, 20, 13, 22)
        work.may_go_on.set()
        done = await asyncio.gather(*begun, return_exceptions=True)
        assert (done[PLACES], done[PLACES + 2]) == (40, 44)
        assert isinstance(done[PLACES + 1], ValueError)
        assert sorted(work.alone) == sorted([*FIRST, 20, 13, 22])

    async def test_gives_its_place_back(self) -> None:
        work = Work()
        work.may_go_on.set()
        for _ in range(PLACES + 1):
            with pytest.raises(ValueError, match="13"):
                await work.take(13)
        assert await work.take(20) == 40


class TestWhoGoesAway:
    async def test_while_waiting_is_not_done(self) -> None:
        work = Work()
        begun = await work.all(*FIRST, 20, 21, 22)
        begun[PLACES + 1].cancel()
        await asyncio.wait({begun[PLACES + 1]})
        work.may_go_on.set()
        done = await asyncio.gather(*begun, return_exceptions=True)
        assert (done[PLACES], done[PLACES + 2]) == (40, 44)
        assert work.batches == [[20, 22]]

    async def test_while_doing_it_for_others_leaves_them_to_themselves(self) -> None:
        work = Work()
        begun = await work.all(*FIRST, 20, 21, 22)
        begun[0].cancel()
        while not work.batches:
            await asyncio.sleep(0)
        begun[PLACES].cancel()
        await asyncio.wait({begun[PLACES]})
        work.may_go_on.set()
        assert await asyncio.gather(*begun[PLACES + 1 :]) == [42, 44]
        assert sorted(work.alone) == sorted([*FIRST, 21, 22])
