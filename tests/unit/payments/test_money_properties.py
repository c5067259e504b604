"""Over currencies of 0, 2, 3 and 4 decimals and the largest amounts: parts sum, and no bank takes too much back."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payments import commands
from services.payments.commands import Choice
from services.payments.domain.attempt import Attempt, AttemptAction
from services.payments.domain.capture import Disposition
from services.payments.domain.catalogue import CATALOGUE
from services.payments.domain.charge_back import Capture
from services.payments.domain.ledger import HELD, POSTING_MAX, provider
from services.payments.domain.line import Line, LineState
from services.payments.domain.methods import Method, Tariff
from services.payments.domain.payment import Payment
from services.payments.domain.provider_event import ProviderEvent
from services.payments.domain.settlement import Settlement
from shared.actor import Actor
from shared.ids import Numbers
from shared.money import AMOUNT_MAX, precision, settle
from tests.support.memory import BusinessClock, MemoryDatabase, MemoryPaymentsWork, PaymentsTables, drive
from tests.unit.payments.examples import DUE, T0

CURRENCIES = ("KRW", "MYR", "KWD", "UYW")
EXTREMES = st.sampled_from((1, 2, 99, 100, 101, AMOUNT_MAX - 1, AMOUNT_MAX))
AMOUNTS = st.one_of(EXTREMES, st.integers(1, AMOUNT_MAX))
NUMBER = Numbers(b"tests").payment(1)
CARD = next(each for each in CATALOGUE if each.name == "card")
STEPS = st.lists(st.sampled_from(("capture", "charge_back", "charge_back", "answer")), min_size=1, max_size=8)


def test_the_currencies_are_of_each_kind() -> None:
    assert [precision(each) for each in CURRENCIES] == [0, 2, 3, 4]


class Sale:
    """A payment of one to three orders by card, whose bank and orders do as the example says."""

    def __init__(self, data: st.DataObject) -> None:
        self.data, self.ids = data, count()
        self.currency = data.draw(st.sampled_from(CURRENCIES))
        several = data.draw(st.lists(AMOUNTS, min_size=1, max_size=3))
        amounts = several if sum(several) <= AMOUNT_MAX else several[:1]
        lines = tuple(Line(f"K{at}", "sam", amount) for at, amount in enumerate(amounts))
        self.payment = Payment(NUMBER, "ann", self.currency, sum(amounts), T0, DUE, None, lines)
        self.database = MemoryDatabase("payments", PaymentsTables(), BusinessClock(), MemoryPaymentsWork)
        self._do(lambda work: commands.checkout(work, self.payment))
        method = replace(CARD, provider="sandbox", tariffs=(Tariff(None, fee_rate=data.draw(st.integers(0, 10_000))),))
        self.attempt = self._tried(method)

    def _do(self, command: Callable[[MemoryPaymentsWork], Awaitable[Any]]) -> Any:
        async def run() -> Any:
            async with self.database.transaction() as work:
                return await command(work)

        return drive(run())

    def _tried(self, method: Method) -> Attempt:
        made = self._do(lambda work: commands.attempt(work, NUMBER, Choice(Actor("ann"), method, proved=True)))
        assert isinstance(made, Attempt)
        return made

    def _reports(self, action: AttemptAction, amount: int) -> None:
        event, transaction = f"e{next(self.ids)}", f"t{next(self.ids)}"
        message = ProviderEvent("sandbox", event, action, self.attempt.id, transaction, amount, self.currency, "fraud")
        self._do(lambda work: commands.receive(work, "sandbox", event, event.encode(), message))

    def capture(self) -> None:
        """The bank captures what is owed, or a little or a lot more or less."""
        owed = self.attempt.amount
        others = st.sampled_from((1, max(1, owed - 1), owed + 1, min(2 * owed, POSTING_MAX)))
        self._reports(AttemptAction.CAPTURE, self.data.draw(st.one_of(st.just(owed), others)))

    def charge_back(self) -> None:
        """The bank takes back all, a part, or more than is left of a capture."""
        left = [each.left for each in self.captures() if each.left] or [self.attempt.amount]
        of = self.data.draw(st.sampled_from(left))
        self._reports(
            AttemptAction.CHARGE_BACK, self.data.draw(st.one_of(st.just(of), st.integers(1, of), st.just(of + 1)))
        )

    def answer(self) -> None:
        """Orders takes the money that it was offered, or not, and releases it sooner or later."""
        for line in self.lines():
            if line.state is LineState.OFFERED and self.data.draw(st.booleans()):
                self._answer(line)
            elif line.state is LineState.PAID and f"{line.number}:v3" not in self.database.tables.references:
                self._settle(line)

    def _answer(self, line: Line) -> None:
        offered_by = line.offered_by
        assert offered_by is not None
        if self.data.draw(st.booleans()):
            self._do(lambda work: commands.fund(work, NUMBER, line.number, 2))
        else:
            of = (NUMBER, line.number, offered_by, line.amount, "expired")
            self._do(lambda work: commands.give_back(work, *of))

    def _settle(self, line: Line) -> None:
        to_buyer = self.data.draw(st.integers(0, line.amount))
        gross = line.amount - to_buyer
        shares = settle(gross, self.data.draw(st.integers(0, 5_000)), 800)
        parts = (to_buyer, gross, shares.fee, shares.tax, shares.net)
        settlement = Settlement(line.number, 3, "ann", line.seller, self.currency, T0, *parts)
        self._do(lambda work: commands.settle(work, NUMBER, settlement))

    def lines(self) -> tuple[Line, ...]:
        return self.database.tables.lines_of(NUMBER)

    def captures(self) -> tuple[Capture, ...]:
        found: tuple[Capture, ...] = self._do(lambda work: work.charge_backs.captures(self.attempt.id, "sandbox"))
        return found

    def taken_back(self) -> dict[UUID, int]:
        """By capture what banks have taken back of it; of what was put aside nothing."""
        sums: dict[UUID, int] = {}
        for back in self.database.tables.charge_backs.values():
            if back.capture_id is not None:
                sums[back.capture_id] = sums.get(back.capture_id, 0) + back.amount
        return sums


@given(st.data())
def test_of_every_capture_the_parts_sum_and_at_most_all_can_be_taken_back(data: st.DataObject) -> None:
    sale = Sale(data)
    for step in data.draw(STEPS):
        getattr(sale, step)()
        tables = sale.database.tables
        for row in tables.captures.values():
            verdict = row.verdict
            parts = sum(line.amount for line in verdict.offers) + sum(each.amount for each in verdict.credits)
            whole = parts + verdict.fee
            assert whole == (0 if verdict.disposition is Disposition.UNMATCHED else row.captured.amount)
            assert min((0, verdict.fee, *(each.amount for each in verdict.credits))) == 0
        taken = sale.taken_back()
        for capture in sale.captures():
            assert 0 <= capture.left <= capture.amount
            assert capture.amount - capture.left == taken.get(capture.id, 0)
        captured = sum(row.captured.amount for row in tables.captures.values())
        waiting = sum(back.waiting for back in tables.charge_backs.values() if back.capture_id is not None)
        outside = tables.balances.get((provider("sandbox"), sale.currency), 0)
        assert outside == sum(taken.values()) - waiting - captured
        assert sum(tables.balances.values()) == 0
        assert all(amount >= 0 for (account, _), amount in tables.balances.items() if account.kind in HELD)


@pytest.mark.parametrize("currency", CURRENCIES)
@given(due=AMOUNTS)
def test_every_method_charges_whole_units_between_the_amount_and_twice_the_amount(currency: str, due: int) -> None:
    for method in CATALOGUE:
        fee = method.quote(due, currency)
        assert fee is None or due <= due + fee <= 2 * due
