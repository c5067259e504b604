"""Thousands of messages of a provider in any order, and orders' answers to them: each cent has one place (rules 6.6).

300 messages in `make test`; EFFORT=25 sends ten thousand, SEED others.
"""

from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import UUID

from deploy.verify.invariants import own
from services.payments.domain.attempt import Attempt, AttemptAction
from services.payments.domain.provider_event import ProviderEvent
from shared.contracts.base import Event
from tests.integration.payments.books import Books, Checkout, published_by_orders, refused
from tests.support.effort import EFFORT, SEED

MESSAGES = 300 if EFFORT == 1 else 400 * EFFORT
AT_ONCE = 8
"""Checkouts that are under way at the same time."""
MESSAGES_EACH = 12
A = AttemptAction
LIKELY = {A.CAPTURE: 10, A.AUTHORISE: 2, A.FAIL: 2, A.VOID: 1, A.CHARGE_BACK: 3}
WALLETS = ("buyer_balance", "frozen_balance", "seller_available", "frozen_available")
CUSTOMERS = [*WALLETS, "escrow", "incoming", "unmatched"]
EARNED = ["fee_revenue", "service_tax_payable", "processing_fee"]
FUNDS = """
select a.currency, coalesce(sum(p.amount) filter (where a.kind = any($1)), 0)::bigint as customers,
       coalesce(sum(p.amount) filter (where a.kind = any($2)), 0)::bigint as earned,
       coalesce(sum(p.amount) filter (where a.kind = 'provider'), 0)::bigint as provider,
       coalesce(sum(p.amount) filter (where a.kind = 'charge_back_loss'), 0)::bigint as loss
from postings p join accounts a on a.id = p.account_id group by a.currency
"""
CAME = """
select currency, sum(amount)::bigint as amount from (
    select currency, amount from captures
    union all select currency, waiting - amount from charge_backs where capture_id is not null) moved
group by currency
"""
"""What the provider has sent, less what its bank has taken back so far."""


@dataclass
class Trade:
    """A checkout with two attempts, and what has happened to its orders."""

    checkout: Checkout
    attempts: tuple[Attempt, Attempt]
    sent: int = 0
    over: dict[int, str] = field(default_factory=dict)
    """Orders that ended unpaid, by their line: how."""
    paid: set[int] = field(default_factory=set)
    settled: set[int] = field(default_factory=set)
    answered: set[tuple[UUID, str]] = field(default_factory=set)


@dataclass
class Play:
    """The provider and orders, played by chance."""

    books: Books
    dice: Random
    sent: list[ProviderEvent] = field(default_factory=list)
    captured: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Transactions of captures, with their currencies, as often as they were sent."""
    refusals: int = 0

    async def begins(self) -> Trade:
        """A checkout of one or two orders, and two attempts to pay it."""
        amounts = [self.dice.choice((100_00, 19_99, 1, 7_50)) for _ in range(self.dice.choice((1, 1, 2)))]
        checkout = await self.books.placed(*amounts)
        first, second = [await self.books.attempt(checkout) for _ in range(2)]
        return Trade(checkout, (first, second))

    async def goes_on(self, trade: Trade) -> None:
        """The provider sends something, and orders does something."""
        events = [self._event(trade)]
        if self.dice.random() < 0.2:
            events.append(self._again(events[0]))
        self.dice.shuffle(events)
        for event in events:
            await self._reports(event)
            trade.sent += 1
        if self.dice.random() < 0.6:
            await self.answers(trade)

    async def ends(self, trade: Trade) -> None:
        """Orders answers everything and ends every order."""
        await self.answers(trade)
        for line in range(len(trade.checkout.numbers)):
            if line in trade.paid and line not in trade.settled:
                await self._settles(trade, line)
            elif line not in trade.paid and line not in trade.over:
                await self._ends_unpaid(trade, line, "expired")
        await self.answers(trade)

    async def answers(self, trade: Trade) -> None:
        """Orders answers each offer of money once, now and then after it has ended the order; sometimes it settles."""
        for line in range(len(trade.checkout.numbers)):
            if line not in trade.paid and line not in trade.over and self.dice.random() < 0.1:
                await self._ends_unpaid(trade, line, self.dice.choice(("expired", "deleted")))
        for offer in await self.books.published(trade.checkout.payment_number, "payment.confirmed"):
            key = (UUID(offer["capture_id"]), offer["number"])
            if key not in trade.answered:
                trade.answered.add(key)
                await self._answers(trade, *key)
        for line in trade.paid - trade.settled:
            if self.dice.random() < 0.3:
                await self._settles(trade, line)

    async def _answers(self, trade: Trade, capture_id: UUID, number: str) -> None:
        line = trade.checkout.numbers.index(number)
        if line in trade.over or line in trade.paid:
            self.refusals += 1
            reason = trade.over.get(line, "already_paid")
            await self._consumes(refused(trade.checkout, capture_id, reason, line))
            return
        trade.paid.add(line)
        await self._consumes(published_by_orders("order.paid", trade.checkout, line))

    async def _settles(self, trade: Trade, line: int) -> None:
        trade.settled.add(line)
        amount = trade.checkout.amounts[line]
        to_buyer = self.dice.choice((0, amount, amount // 3))
        name = "order.refunded" if to_buyer == amount else "order.partially_refunded" if to_buyer else "order.completed"
        shape = {"to_buyer": to_buyer, "gross": amount - to_buyer}
        await self._consumes(published_by_orders(name, trade.checkout, line, 5, **shape))

    async def _ends_unpaid(self, trade: Trade, line: int, how: str) -> None:
        trade.over[line] = how
        await self._consumes(published_by_orders(f"order.{how}", trade.checkout, line))

    async def _consumes(self, event: Event) -> None:
        for _ in range(self.dice.choice((1, 1, 2))):
            await self.books.consumes(event)

    def _event(self, trade: Trade) -> ProviderEvent:
        number, attempt = len(self.sent), self.dice.choice(trade.attempts)
        (action,) = self.dice.choices(list(LIKELY), list(LIKELY.values()))
        amount, currency = attempt.amount, attempt.currency
        if self.dice.random() < 0.25:
            amount = self.dice.choice((attempt.amount * 9 // 10 or 1, attempt.amount + 5_00, attempt.amount * 2, 1))
        if self.dice.random() < 0.05:
            currency = "EUR"
        reason = {A.FAIL: "bank_declined", A.CHARGE_BACK: "fraud"}.get(action)
        of = (f"evt-{number}", action, attempt.id, f"txn-{number}", amount, currency, reason)
        return ProviderEvent("sandbox", *of)

    def _again(self, event: ProviderEvent) -> ProviderEvent:
        """The same message, an earlier one, or the same transaction in another message."""
        if self.sent and self.dice.random() < 0.4:
            return self.dice.choice(self.sent)
        if self.dice.random() < 0.5:
            return event
        of = (event.action, event.attempt_id, event.transaction_id, event.amount, event.currency, event.reason)
        return ProviderEvent("sandbox", f"{event.event_id}-again", *of)

    async def _reports(self, event: ProviderEvent) -> None:
        self.sent.append(event)
        if event.action is A.CAPTURE:
            self.captured[event.transaction_id, event.currency] += 1
        await self.books.reports(event)


async def played(books: Books) -> Play:
    """So many messages, over several checkouts at a time."""
    play, trades, ended = Play(books, Random(SEED + 1)), list[Trade](), list[Trade]()
    while len(play.sent) < MESSAGES:
        while len(trades) < AT_ONCE:
            trades.append(await play.begins())
        trade = play.dice.choice(trades)
        await play.goes_on(trade)
        if trade.sent >= MESSAGES_EACH:
            trades.remove(trade)
            ended.append(trade)
            await play.ends(trade)
    for trade in trades:
        await play.ends(trade)
    return play


async def rows(books: Books, query: str, *values: object) -> list[dict[str, Any]]:
    async with books.database.transaction() as work:
        return [dict(row) for row in await work.sql.fetch(query, *values)]


async def test_each_capture_has_one_disposition_and_each_cent_one_place(unbroken: Books) -> None:
    play = await played(unbroken)
    found = await rows(unbroken, "select transaction_id, currency, disposition, reason from captures")
    assert Counter((row["transaction_id"], row["currency"]) for row in found) == Counter(play.captured.keys())
    assert all(row["reason"] for row in found)
    assert {row["disposition"] for row in found} == {"offered", "credited", "unmatched"}
    assert play.refusals
    funds = await rows(unbroken, FUNDS, CUSTOMERS, EARNED)
    assert all(row["customers"] == -row["provider"] - row["earned"] - row["loss"] for row in funds), funds
    came = {row["currency"]: row["amount"] for row in await rows(unbroken, CAME)}
    assert {row["currency"]: -row["provider"] for row in funds} == came
    assert await rows(unbroken, "select 1 from accounts where kind = 'incoming' and balance <> 0") == []
    for invariant in own("payments"):
        if invariant.source.startswith("outbox"):
            continue  # nobody publishes here
        assert await rows(unbroken, invariant.sql) == [], invariant.sentence
