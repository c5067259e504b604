"""Payments as its commands and messages see it, with orders played by the test."""

import random
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import orjson

from services.payments import commands
from services.payments.arrivals import Arrivals
from services.payments.commands import Choice
from services.payments.domain.attempt import Attempt, AttemptAction, AttemptStatus
from services.payments.domain.ledger import Entry, EntryType, buyer_balance, move, provider
from services.payments.domain.methods import FROM_BALANCE, Method
from services.payments.domain.provider_event import ProviderEvent
from services.payments.sandbox.provider import SandboxProvider
from services.payments.subscribers import build
from services.payments.unit_of_work import PaymentsWork
from shared.actor import Actor
from shared.contracts.base import EVENTS, Event
from shared.contracts.disputes import AccountReinstated, AccountSuspended
from shared.db.errors import Contention, DatabaseUnavailable
from shared.db.unit_of_work import Database
from shared.ids import Numbers
from shared.messaging.inbox import Inbox, Incoming, Outcome
from shared.money import settle

NUMBERS = Numbers(b"tests")
LOCK_TRIES = 4
"""How often a booking that waited too long for a lock is tried again."""
SEQUENCE = count(0, 100)
"""Where the next checkout's numbers begin: the same in every run, because what comes first can depend on them."""
METHODS: dict[str, Method] = {each.name: each for each in (FROM_BALANCE, *SandboxProvider.methods)}
HELD = "select kind || ':' || owner, balance from accounts where balance is not null and owner = any($1)"
RAW = """
select a.kind || ':' || a.owner, sum(p.amount)::bigint from postings p join accounts a on a.id = p.account_id
where a.owner = any($1) and a.balance is not null group by 1
"""


@dataclass(frozen=True)
class Checkout:
    """A placed checkout: one order per amount."""

    payment_number: str
    buyer: str
    seller: str
    currency: str
    numbers: tuple[str, ...]
    amounts: tuple[int, ...]
    event: Event

    @property
    def owners(self) -> list[str]:
        """Everybody and everything that its money can belong to."""
        return [self.payment_number, self.buyer, self.seller, *self.numbers]


class Books:
    """One database of payments, with its commands and subscribers called directly."""

    def __init__(self, dsn: str) -> None:
        # room for all that a test does at once: a queue for connections would end by time, which a slow machine has not
        self.database: Database[PaymentsWork] = Database(dsn, "payments", PaymentsWork, 60)
        self.inbox = Inbox(self.database, build(Arrivals()))

    async def close(self) -> None:
        """Give the connections back."""
        await self.database.close()

    def checkout(
        self,
        *amounts: int,
        currency: str = "MYR",
        due: timedelta = timedelta(hours=1),
        buyer: str | None = None,
    ) -> Checkout:
        """A checkout that no service knows yet; due from now on."""
        first = next(SEQUENCE)
        numbers = tuple(NUMBERS.order(first + at) for at in range(len(amounts)))
        payment, buyer, seller = (
            NUMBERS.payment(first),
            buyer or f"buyer-{uuid4().hex[:8]}",
            f"seller-{uuid4().hex[:8]}",
        )
        now = datetime.now(UTC)
        body = {
            "payment_number": payment,
            "buyer": buyer,
            "currency": currency,
            "amount": sum(amounts),
            "placed_at": now,
            "due_at": now + due,
            "orders": [
                {
                    "number": number,
                    "seller": seller,
                    "listing_id": "l",
                    "title": "t",
                    "category": "item",
                    "amount": amount,
                }
                for number, amount in zip(numbers, amounts, strict=True)
            ],
        }
        event = EVENTS["checkout.placed"].model_validate(body)
        return Checkout(payment, buyer, seller, currency, numbers, amounts, event)

    async def placed(self, *amounts: int, **shape: Any) -> Checkout:
        """A checkout that payments knows."""
        checkout = self.checkout(*amounts, **shape)
        assert await self.consumes(checkout.event) is Outcome.HANDLED
        return checkout

    async def attempt(self, checkout: Checkout, method: str = "card", user: str | None = None) -> Any:
        """The buyer, or somebody else, tries to pay; the provider begins what it shall take."""
        choice = Choice(Actor(user or checkout.buyer), METHODS.get(method), proved=True)
        async with self.database.transaction() as work:
            made = await commands.attempt(work, checkout.payment_number, choice)
            if not isinstance(made, Attempt) or made.status is not AttemptStatus.CREATED:
                return made
        async with self.database.transaction() as work:
            return await commands.begin(work, made, None)

    async def captures(
        self,
        attempt: Attempt | None,
        amount: int | None = None,
        currency: str | None = None,
        event_id: str | None = None,
        transaction_id: str | None = None,
    ) -> None:
        """The provider reports captured money."""
        owed = (attempt.amount, attempt.currency) if attempt else (1, "MYR")
        event = ProviderEvent(
            provider="sandbox",
            event_id=event_id or uuid4().hex,
            action=AttemptAction.CAPTURE,
            attempt_id=attempt.id if attempt else uuid4(),
            transaction_id=transaction_id or uuid4().hex,
            amount=amount or owed[0],
            currency=currency or owed[1],
            reason=None,
        )
        await self.reports(event)

    async def charges_back(
        self,
        attempt: Attempt,
        event_id: str | None = None,
        transaction_id: str | None = None,
        amount: int | None = None,
        currency: str | None = None,
    ) -> None:
        """The provider reports a charge-back of what an attempt captured, or of a part of it."""
        ids = (event_id or uuid4().hex, AttemptAction.CHARGE_BACK, attempt.id, transaction_id or uuid4().hex)
        await self.reports(
            ProviderEvent("sandbox", *ids, amount or attempt.amount, currency or attempt.currency, "fraud")
        )

    async def pays_from_balance(self, buyer: str, amount: int) -> None:
        """The buyer spends this much of the balance."""
        checkout = await self.placed(amount, buyer=buyer)
        made = await self.attempt(checkout, "balance")
        assert isinstance(made, Attempt), made

    async def stands(self, user: str, version: int, *, suspended: bool = False, freeze: bool = False) -> Outcome:
        """Disputes publishes the status of an account."""
        result = {"user": user, "version": version, "reason": "r", "at": datetime.now(UTC)}
        if not suspended:
            return await self.consumes(AccountReinstated.model_validate(result))
        return await self.consumes(AccountSuspended.model_validate({**result, "freeze": freeze, "permanent": False}))

    async def gives(self, user: str, amount: int, currency: str = "MYR") -> None:
        """Money lands in a user's balance; what waits too long for a lock is tried again, as in payments."""
        postings = move(provider("sandbox"), currency, (buyer_balance(user), amount))
        entry = Entry(f"gift:{uuid4().hex}", EntryType.CAPTURE, datetime.now(UTC), postings)

        async def book() -> None:
            async with self.database.transaction() as work:
                await work.ledger.book(entry)

        for _ in range(LOCK_TRIES):
            with suppress(Contention, DatabaseUnavailable):
                return await book()
        return await book()

    async def balances(self, user: str, currency: str = "MYR") -> dict[str, int]:
        """A user's own accounts that are not empty, by kind."""
        query = "select kind, balance from accounts where owner = $1 and currency = $2 and balance > 0"
        async with self.database.transaction() as work:
            return {row["kind"]: row["balance"] for row in await work.sql.fetch(query, user, currency)}

    async def platform(self, payment_number: str) -> dict[str, int]:
        """What the entries of one payment and its orders did to the accounts of the platform."""
        query = """select a.kind, sum(p.amount)::bigint as amount from entries e join postings p on p.entry_id = e.id
                   join accounts a on a.id = p.account_id left join payment_lines l on l.number = e.order_number
                   where coalesce(e.payment_number, l.payment_number) = $1 and a.balance is null group by 1"""
        async with self.database.transaction() as work:
            rows = await work.sql.fetch(query, payment_number)
        return {row["kind"]: row["amount"] for row in rows if row["amount"]}

    async def review_items(self, payment_number: str) -> list[tuple[str, int, str | None]]:
        """Reason, amount and resolution of a payment's items in the review queue."""
        query = """select reason, amount, resolution from unmatched_items where payment_number = $1 order by amount"""
        async with self.database.transaction() as work:
            rows = await work.sql.fetch(query, payment_number)
        return [(row["reason"], row["amount"], row["resolution"]) for row in rows]

    async def reports(self, event: ProviderEvent) -> None:
        """The provider sends any event."""
        words = [event.action, str(event.attempt_id), event.transaction_id, event.amount, event.currency]
        async with self.database.transaction() as work:
            await commands.receive(work, event.provider, event.event_id, orjson.dumps(words), event)

    async def consumes(self, event: Event, message_id: str | None = None) -> Outcome:
        """A message comes; the same id is the same message."""
        headers = {"ce-type": event.name}
        body = event.model_dump_json().encode()
        return await self.inbox.take(Incoming("payments.events", message_id or uuid4().hex, body, headers))

    async def published(self, subject: str, *names: str) -> list[dict[str, Any]]:
        """The events that payments published about this, in order."""
        query = "select event, body::text as body from outbox where subject = $1 order by id"
        async with self.database.transaction() as work:
            rows = await work.sql.fetch(query, subject)
        found = [{"event": row["event"], **orjson.loads(row["body"])} for row in rows]
        return [each for each in found if not names or each["event"] in names]

    async def paid(self, *amounts: int) -> tuple[Checkout, UUID]:
        """A checkout whose money is captured and offered; orders has not answered."""
        checkout = await self.placed(*amounts)
        await self.captures(await self.attempt(checkout))
        confirmed = await self.published(checkout.payment_number, "payment.confirmed")
        return checkout, UUID(confirmed[0]["capture_id"])

    async def held(self, checkout: Checkout) -> dict[str, int]:
        """The cached balances of everybody in this checkout that are not zero; proved against the postings."""
        async with self.database.transaction() as work:
            cached = {name: amount for name, amount in await work.sql.fetch(HELD, checkout.owners) if amount}
            summed = {name: amount for name, amount in await work.sql.fetch(RAW, checkout.owners) if amount}
        assert cached == summed
        return {name.partition(":")[0] + ":" + role(checkout, name): amount for name, amount in cached.items()}

    async def dispositions(self, checkout: Checkout) -> list[tuple[str, str]]:
        """What became of each capture of this payment."""
        query = "select disposition, reason from captures where payment_number = $1 order by recorded_at"
        async with self.database.transaction() as work:
            rows = await work.sql.fetch(query, checkout.payment_number)
        return [(row["disposition"], row["reason"]) for row in rows]


def role(checkout: Checkout, account: str) -> str:
    """Whose account it is, in the test's words."""
    owner = account.partition(":")[2]
    names = {checkout.buyer: "buyer", checkout.seller: "seller", checkout.payment_number: "payment"}
    return names.get(owner) or str(checkout.numbers.index(owner))


def published_by_orders(
    name: str,
    checkout: Checkout,
    line: int = 0,
    version: int = 2,
    *,
    to_buyer: int = 0,
    gross: int = 0,
    **extra: object,
) -> Event:
    """An event of orders about one line of a checkout, with the fee of 5 % and the tax of 8 %."""
    shares = settle(gross, 500, 800)
    now = datetime.now(UTC)
    body = {
        "number": checkout.numbers[line],
        "payment_number": checkout.payment_number,
        "listing_id": "l",
        "title": "t",
        "category": "item",
        "quantity": 1,
        "unit_price": checkout.amounts[line],
        "amount": checkout.amounts[line],
        "currency": checkout.currency,
        "buyer": checkout.buyer,
        "seller": checkout.seller,
        "status": "any",
        "version": version,
        "cause": {"row": "T0"},
        "at": now,
        "recorded_at": now,
        "terms": {"fee_rate": 500, "tax_rate": 800, "policy_version": 1},
        "held": 0,
        "settlement": {"to_buyer": to_buyer, "gross": gross, "fee": shares.fee, "tax": shares.tax, "net": shares.net},
        "refund_request": None,
        "deadline": None,
        **extra,
    }
    return EVENTS[name].model_validate(body)


def refused(checkout: Checkout, capture_id: UUID, reason: str, line: int = 0) -> Event:
    """Orders could not take the money of one line."""
    extra: dict[str, Any] = {"reason": reason, "capture_id": capture_id, "offered": checkout.amounts[line]}
    return published_by_orders("order.payment_refused", checkout, line, version=1, **extra)


def three_times(events: Sequence[Event], seed: int) -> list[tuple[Event, str]]:
    """Each event three times, twice as the same message and once under a new id, in any order."""
    same = [(event, uuid4().hex) for event in events]
    every = [*same, *same, *((event, uuid4().hex) for event in events)]
    random.Random(seed).shuffle(every)
    return every
