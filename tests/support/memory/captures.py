"""Providers' messages, captures, support's review queue and charge-backs in memory."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from services.payments.domain.capture import CHARGE_BACK_ASIDE, CHARGED_BACK, Disposition, Unmatched, Verdict
from services.payments.domain.charge_back import Capture, ChargeBack
from services.payments.domain.claim import BANK, Claim, Earlier, normalised
from services.payments.domain.provider_event import Captured, WebhookOutcome
from services.payments.repository import Captures, ChargeBacks, Claims, Webhooks
from tests.support.memory.database import BusinessClock

if TYPE_CHECKING:
    from tests.support.memory.payments import PaymentsTables


@dataclass(frozen=True)
class CaptureRow:
    """A capture as it is stored."""

    id: UUID
    captured: Captured
    attempt_id: UUID | None
    payment_number: str | None
    verdict: Verdict
    at: datetime


@dataclass(frozen=True)
class WebhookRow:
    """A provider's message as it came."""

    id: int
    body: bytes
    outcome: str


class MemoryWebhooks(Webhooks):
    """Providers' messages."""

    def __init__(self, tables: "PaymentsTables") -> None:
        self._tables = tables

    async def take(self, provider: str, event_id: str, body: bytes) -> int | None:
        if (provider, event_id) in self._tables.webhooks:
            return None
        row = WebhookRow(len(self._tables.webhooks) + 1, body, "received")
        self._tables.webhooks[provider, event_id] = row
        return row.id

    async def is_repeat(self, provider: str, event_id: str, body: bytes) -> bool:
        return self._tables.webhooks[provider, event_id].body == body

    async def done(self, webhook_id: int, outcome: WebhookOutcome) -> None:
        key = next(key for key, row in self._tables.webhooks.items() if row.id == webhook_id)
        self._tables.webhooks[key] = replace(self._tables.webhooks[key], outcome=str(outcome))


class MemoryCaptures(Captures):
    """Captures and review items."""

    def __init__(self, tables: "PaymentsTables", clock: BusinessClock) -> None:
        self._tables, self._clock = tables, clock

    async def add(
        self,
        capture_id: UUID,
        captured: Captured,
        attempt_id: UUID | None,
        payment_number: str | None,
        verdict: Verdict,
        at: datetime,
    ) -> bool:
        known = [each.captured for each in self._tables.captures.values()]
        known = [each for each in known if each.provider == captured.provider]
        if any(captured.event_id == each.event_id or captured.transaction_id == each.transaction_id for each in known):
            return False
        row = CaptureRow(capture_id, captured, attempt_id, payment_number, verdict, at)
        self._tables.captures[capture_id] = row
        return True

    async def put_in_review_queue(self, item: Unmatched) -> None:
        self._tables.review_items[item.id] = (item, None, None)

    async def lock_unmatched(self, unmatched_id: UUID) -> tuple[Unmatched, datetime, bool] | None:
        if unmatched_id not in self._tables.review_items:
            return None
        item, resolution, _ = self._tables.review_items[unmatched_id]
        return item, self._clock.now(), resolution is None

    async def lock_unmatched_of(self, capture_id: UUID) -> tuple[Unmatched, bool, str | None]:
        rows = self._tables.review_items.values()
        of = (row for row in rows if row[0].capture_id == capture_id and row[0].reason != CHARGED_BACK)
        item, resolution, credited_to = next(of)
        return item, resolution is None, credited_to

    async def method_of(self, capture_id: UUID) -> str | None:
        capture = self._tables.captures.get(capture_id)
        attempt = self._tables.attempts.get(capture.attempt_id) if capture and capture.attempt_id else None
        return attempt.method if attempt is not None else None

    async def lock_aside(self, provider: str, transaction_id: str) -> Unmatched | None:
        items = (item for item, resolution, _ in self._tables.review_items.values() if resolution is None)
        wanted = (CHARGE_BACK_ASIDE, provider, transaction_id)
        return next((each for each in items if (each.reason, each.provider, each.transaction_id) == wanted), None)

    async def reduce(self, item: Unmatched, amount: int) -> None:
        now, resolution, user = self._tables.review_items[item.id]
        self._tables.review_items[item.id] = (replace(now, amount=now.amount - amount), resolution, user)

    async def resolve(
        self, item: Unmatched, at: datetime, by: str, resolution: str, credited_to: str | None, why: str
    ) -> None:
        self._tables.review_items[item.id] = (self._tables.review_items[item.id][0], resolution, credited_to)


class MemoryClaims(Claims):
    """Claims of bank transfers."""

    def __init__(self, tables: "PaymentsTables") -> None:
        self._tables = tables

    async def claimed(self, reference: str) -> tuple[int, str] | None:
        every = (each.captured for each in self._tables.captures.values())
        claims = (each for each in every if (each.provider, each.transaction_id) == (BANK, reference))
        return next(((each.amount, each.currency) for each in claims), None)

    async def earlier(self, reference: str) -> Earlier | None:
        rows = [
            each for each in self._tables.captures.values() if normalised(each.captured.transaction_id) == reference
        ]
        if not rows:
            return None
        row = min(rows, key=lambda each: (each.captured.provider != BANK, each.id))
        of, claim = row.captured, self._tables.claims.get(reference)
        money = (of.provider, of.transaction_id, row.payment_number, of.amount, of.currency, row.at)
        return Earlier("claim", claim.id, *money) if claim else Earlier("transaction", row.id, *money)

    async def add(self, claim: Claim) -> None:
        assert claim.reference not in self._tables.claims, "a reference is claimed once"
        self._tables.claims[claim.reference] = claim


class MemoryChargeBacks(ChargeBacks):
    """Captured money that banks took back."""

    def __init__(self, tables: "PaymentsTables") -> None:
        self._tables = tables

    async def add(self, back: ChargeBack) -> bool:
        for each in self._tables.charge_backs.values():
            same_event = (each.provider, each.event_id) == (back.provider, back.event_id)
            same_transaction = (each.provider, each.transaction_id) == (back.provider, back.transaction_id)
            if same_event or same_transaction or each.id == back.id:
                return False
        self._tables.charge_backs[back.id] = back
        return True

    async def captures(self, attempt_id: UUID, provider: str) -> tuple[Capture, ...]:
        every = self._tables.captures.values()
        rows = [each for each in every if (each.attempt_id, each.captured.provider) == (attempt_id, provider)]
        rows.sort(key=lambda row: (row.verdict.disposition is not Disposition.OFFERED, row.id))
        return tuple([_capture(row, sum(back.amount for back in await self.of(row.id))) for row in rows])

    async def unassigned(self, attempt_id: UUID, provider: str) -> tuple[ChargeBack, ...]:
        of = [each for each in self._sorted() if (each.attempt_id, each.provider) == (attempt_id, provider)]
        return tuple(each for each in of if each.capture_id is None)

    async def claim(self, back_id: UUID, capture_id: UUID) -> None:
        self._change(back_id, capture_id=capture_id, aside=False)

    async def put_aside(self, back_id: UUID) -> None:
        self._change(back_id, aside=True)

    async def waiting(self, capture_id: UUID) -> tuple[ChargeBack, ...]:
        return tuple(each for each in await self.of(capture_id) if each.waiting)

    async def waiting_of(self, payment_number: str) -> tuple[ChargeBack, ...]:
        every = sorted(self._tables.charge_backs.values(), key=lambda each: each.id)
        known = [each for each in every if each.payment_number == payment_number and each.capture_id is not None]
        return tuple(each for each in known if each.waiting)

    async def assign(self, back_id: UUID, amount: int) -> None:
        self._change(back_id, waiting=self._tables.charge_backs[back_id].waiting - amount)

    async def assign_all(self, back_id: UUID) -> None:
        self._change(back_id, waiting=0)

    async def of(self, capture_id: UUID) -> tuple[ChargeBack, ...]:
        return tuple(each for each in self._sorted() if each.capture_id == capture_id)

    def _sorted(self) -> list[ChargeBack]:
        return sorted(self._tables.charge_backs.values(), key=lambda each: each.id)

    def _change(self, back_id: UUID, **changes: Any) -> None:
        self._tables.charge_backs[back_id] = replace(self._tables.charge_backs[back_id], **changes)


def _capture(row: CaptureRow, gone: int) -> Capture:
    amount = row.captured.amount
    return Capture(row.id, amount, row.captured.currency, row.verdict.disposition, amount - gone)
