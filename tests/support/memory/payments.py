"""Payments' storage in memory: payments with their lines and attempts, account statuses."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from services.payments.domain.account_status import AccountStatus
from services.payments.domain.adjustment import Adjustment
from services.payments.domain.attempt import Attempt
from services.payments.domain.capture import Unmatched
from services.payments.domain.charge_back import ChargeBack
from services.payments.domain.claim import Claim
from services.payments.domain.declines import DECLINES_READ_MAX
from services.payments.domain.gift_card import TRIES_MAX, GiftCard
from services.payments.domain.ledger import Account, Entry
from services.payments.domain.line import Line, LineState
from services.payments.domain.payment import Payment
from services.payments.domain.settlement import Settlement
from services.payments.repository import AccountStatuses, Adjustments, Attempts, GiftCards, Locked, Payments
from services.payments.unit_of_work import PaymentsWork
from shared.db.unit_of_work import UnitOfWork
from tests.support.memory.captures import (
    CaptureRow,
    MemoryCaptures,
    MemoryChargeBacks,
    MemoryClaims,
    MemoryWebhooks,
    WebhookRow,
)
from tests.support.memory.database import NO_SQL, BusinessClock, Tables
from tests.support.memory.ledger import MemoryLedger


@dataclass(frozen=True)
class LineRow:
    """A line and the payment it belongs to."""

    payment_number: str
    position: int
    line: Line


@dataclass
class PaymentsTables(Tables):
    """The tables of payments; a review item with its resolution and whom its money went to."""

    payments: dict[str, Payment] = field(default_factory=dict)
    lines: dict[str, LineRow] = field(default_factory=dict)
    attempts: dict[UUID, Attempt] = field(default_factory=dict)
    card_declines: dict[UUID, tuple[str, datetime]] = field(default_factory=dict)
    webhooks: dict[tuple[str, str], WebhookRow] = field(default_factory=dict)
    captures: dict[UUID, CaptureRow] = field(default_factory=dict)
    review_items: dict[UUID, tuple[Unmatched, str | None, str | None]] = field(default_factory=dict)
    charge_backs: dict[UUID, ChargeBack] = field(default_factory=dict)
    gift_cards: dict[UUID, GiftCard] = field(default_factory=dict)
    pin_hashes: dict[bytes, UUID] = field(default_factory=dict)
    refused_pins: list[tuple[str, datetime]] = field(default_factory=list)
    adjustments: dict[UUID, Adjustment] = field(default_factory=dict)
    claims: dict[str, Claim] = field(default_factory=dict)
    account_statuses: dict[str, AccountStatus] = field(default_factory=dict)
    waiting: dict[tuple[str, int], Settlement] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    references: dict[str, int] = field(default_factory=dict)
    balances: dict[tuple[Account, str], int] = field(default_factory=dict)

    def lines_of(self, payment_number: str) -> tuple[Line, ...]:
        """The lines of a payment as it shows them."""
        rows = [row for row in self.lines.values() if row.payment_number == payment_number]
        return tuple(row.line for row in sorted(rows, key=lambda row: (row.position, row.line.number)))


class MemoryPaymentsWork(PaymentsWork):
    """One transaction of payments over tables in memory."""

    def __init__(self, tables: PaymentsTables, clock: BusinessClock) -> None:
        UnitOfWork.__init__(self, NO_SQL, "payments")
        self._clock = clock
        self.payments = MemoryPayments(tables, clock)
        self.attempts = MemoryAttempts(tables, clock)
        self.captures = MemoryCaptures(tables, clock)
        self.charge_backs = MemoryChargeBacks(tables)
        self.adjustments = MemoryAdjustments(tables, clock)
        self.claims = MemoryClaims(tables)
        self.gift_cards = MemoryGiftCards(tables)
        self.account_statuses = MemoryAccountStatuses(tables)
        self.webhooks = MemoryWebhooks(tables)
        self.ledger = MemoryLedger(tables)

    async def now(self) -> datetime:
        return self._clock.now()


class MemoryPayments(Payments):
    """Payments and their lines."""

    def __init__(self, tables: PaymentsTables, clock: BusinessClock) -> None:
        self._tables, self._clock = tables, clock

    async def add(self, payment: Payment) -> None:
        if payment.number in self._tables.payments:
            return
        self._tables.payments[payment.number] = replace(payment, captured_by=None, lines=())
        for position, line in enumerate(payment.lines, 1):
            known = self._tables.lines.get(line.number)
            fresh = LineRow(payment.number, position, replace(line, charged_back_by=None))
            self._tables.lines[line.number] = replace(known, position=position) if known else fresh

    async def parties(self, number: str) -> tuple[str, ...]:
        sellers = {line.seller for line in self._tables.lines_of(number)}
        return (self._tables.payments[number].buyer, *sorted(sellers))

    async def lock(self, number: str) -> Locked | None:
        payment = self._tables.payments.get(number)
        if payment is None:
            return None
        return Locked(replace(payment, lines=self._tables.lines_of(number)), self._clock.now())

    async def set_charged_back(self, number: str, amount: int) -> None:
        row = self._tables.lines[number]
        self._tables.lines[number] = replace(row, line=replace(row.line, charged_back=amount))

    async def set_charged_back_by(self, number: str, provider: str) -> None:
        for each, row in list(self._tables.lines.items()):
            if row.payment_number == number:
                self._tables.lines[each] = replace(row, line=replace(row.line, charged_back_by=provider))

    async def save_line(self, line: Line) -> None:
        if line.number in self._tables.lines:
            row = self._tables.lines[line.number]
            self._tables.lines[line.number] = replace(row, line=replace(row.line, state=line.state))

    async def close_line(self, line: Line, payment: Mapping[str, str], sources: Collection[LineState]) -> None:
        row = self._tables.lines.get(line.number)
        if row is None:
            self._tables.lines[line.number] = LineRow(payment["number"], 0, replace(line, charged_back_by=None))
        elif row.line.state in sources:
            await self.save_line(line)

    async def set_captured(self, number: str, capture_id: UUID, offered: Sequence[Line]) -> None:
        for each in offered:
            row = self._tables.lines[each.number]
            line = replace(row.line, state=each.state, offered_by=capture_id)
            self._tables.lines[each.number] = replace(row, line=line)
        self._tables.payments[number] = replace(self._tables.payments[number], captured_by=capture_id)


class MemoryAttempts(Attempts):
    """Attempts."""

    def __init__(self, tables: PaymentsTables, clock: BusinessClock) -> None:
        self._tables, self._clock = tables, clock

    async def add(self, attempt: Attempt) -> None:
        assert attempt.id not in self._tables.attempts, "an attempt is added once"
        self._tables.attempts[attempt.id] = attempt

    async def payment_of(self, attempt_id: UUID) -> str | None:
        attempt = self._tables.attempts.get(attempt_id)
        return attempt.payment_number if attempt is not None else None

    async def of(self, payment_number: str) -> tuple[Attempt, ...]:
        found = [each for each in self._tables.attempts.values() if each.payment_number == payment_number]
        return tuple(sorted(found, key=lambda each: (each.created_at, each.id)))

    async def save(self, attempt: Attempt) -> None:
        known = self._tables.attempts[attempt.id]
        state = replace(known, status=attempt.status, reason=attempt.reason)
        self._tables.attempts[attempt.id] = replace(state, poll_at=attempt.poll_at, polls=attempt.polls)

    async def unknown(self, limit: int) -> list[tuple[UUID, str]]:
        now = self._clock.now()
        due = [each for each in self._tables.attempts.values() if each.poll_at is not None and each.poll_at <= now]
        return [(each.id, each.payment_number) for each in sorted(due, key=_poll_at)[:limit]]

    async def decline(self, attempt_id: UUID, buyer: str, at: datetime) -> None:
        self._tables.card_declines.setdefault(attempt_id, (buyer, at))

    async def declines(self, buyer: str) -> tuple[datetime, ...]:
        found = (at for who, at in self._tables.card_declines.values() if who == buyer)
        return tuple(sorted(found, reverse=True)[:DECLINES_READ_MAX])


def _poll_at(attempt: Attempt) -> datetime:
    assert attempt.poll_at is not None
    return attempt.poll_at


class MemoryAdjustments(Adjustments):
    """Adjustments by support."""

    def __init__(self, tables: PaymentsTables, clock: BusinessClock) -> None:
        self._tables, self._clock = tables, clock

    async def add(self, made: Adjustment) -> None:
        assert made.id not in self._tables.adjustments, "an adjustment is added once"
        self._tables.adjustments[made.id] = made

    async def lock(self, adjustment_id: UUID) -> tuple[Adjustment, datetime] | None:
        found = self._tables.adjustments.get(adjustment_id)
        return (found, self._clock.now()) if found is not None else None

    async def save(self, made: Adjustment) -> None:
        self._tables.adjustments[made.id] = made


class MemoryGiftCards(GiftCards):
    """Gift cards."""

    def __init__(self, tables: PaymentsTables) -> None:
        self._tables = tables

    async def add(self, card: GiftCard, pin_hash: bytes) -> None:
        assert pin_hash not in self._tables.pin_hashes, "no two cards have one PIN"
        self._tables.gift_cards[card.id], self._tables.pin_hashes[pin_hash] = card, card.id

    async def lock(self, hashes: Sequence[bytes]) -> GiftCard | None:
        known = (self._tables.pin_hashes[each] for each in hashes if each in self._tables.pin_hashes)
        return next((self._tables.gift_cards[each] for each in known), None)

    async def use(self, card: GiftCard, user: str, at: datetime) -> None:
        self._tables.gift_cards[card.id] = replace(card, used_by=user, used_at=at)

    async def lock_tries(self, user: str) -> None:
        """Nothing: one transaction after the other."""

    async def refused_since(self, user: str, since: datetime) -> tuple[datetime, ...]:
        mine = (at for each, at in self._tables.refused_pins if each == user and at > since)
        return tuple(sorted(mine, reverse=True)[:TRIES_MAX])

    async def add_refused(self, user: str, at: datetime, until: datetime) -> None:
        others = [each for each in self._tables.refused_pins if each[0] != user or each[1] > until]
        self._tables.refused_pins[:] = [*others, (user, at)]


class MemoryAccountStatuses(AccountStatuses):
    """Account statuses."""

    def __init__(self, tables: PaymentsTables) -> None:
        self._tables = tables

    async def lock(self, account: str) -> AccountStatus:
        return self._tables.account_statuses.get(account, AccountStatus(account))

    async def put(self, status: AccountStatus) -> None:
        self._tables.account_statuses[status.account] = status

    async def is_suspended(self, account: str) -> bool:
        return self._tables.account_statuses.get(account, AccountStatus(account)).suspended
