"""The buyer's bank takes the money back while somebody acts or the deadline expires: as if one came after the other.

What escrow still holds waits for support; what was passed on already is support's to mend, and the books hold.
"""

from typing import Any

import pytest

from tests.support.market import Market
from tests.support.proof import prove_books
from tests.support.races.meeting import in_line
from tests.support.races.model import BANK, CLOCK, Deed, doing, ended, name, one_after_the_other, played_to
from tests.support.races.orders import HELD, HOLD, State, orders_in


@pytest.mark.parametrize("state", HELD, ids=lambda state: state.name)
class TestTheBankTakesTheMoneyBackWhile:
    async def test_somebody_acts_or_the_deadline_expires(self, market: Market, state: State) -> None:
        pairs: list[tuple[Deed, Deed]] = [(BANK, each) for each in state.raced]
        performed = [line for pair in pairs for line in (pair, pair[::-1])]
        expired: list[tuple[Deed, Deed]] = [(BANK, CLOCK), (CLOCK, BANK)] if state.due else []
        numbers = await orders_in(market, state, len(performed) + len(expired), alone=True)
        await market.at("02:00:00")
        result = [await self.meet(market, each, number) for each, number in zip(performed, numbers, strict=False)]
        if state.due:
            await market.at(state.due, fire=False)
            result += [
                await self.meet(market, each, number) for each, number in zip(expired, numbers[-2:], strict=True)
            ]
            await market.at(state.due)
        await market.settles()
        start, late = played_to(state, market), market.when(state.due or "02:00:00")
        for number, line, answers in zip(numbers, performed + expired, result, strict=True):
            at = late if CLOCK in line else market.when("02:00:00")
            found = await ended(market, number, zip(line, answers, strict=True))
            assert found == one_after_the_other(start, [(each, at) for each in line], late), [
                name(each) for each in line
            ]
        await prove_books(market.stack)

    async def meet(self, market: Market, line: tuple[Deed, Deed], number: str) -> list[Any]:
        """Both queue up behind the order's lock."""
        return await in_line(market, "orders", HOLD, (number,), *(doing(market, each, number) for each in line))
