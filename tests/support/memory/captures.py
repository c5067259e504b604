"""Providers' messages, captures, support's desk and charge-backs in memory."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from services.payments.domain.capture import CHARGED_BACK, Disposition, Unmatched, Verdict
from services.payments.domain.charge_back import Capture, ChargeBack
from services.payments.domain.notice import Captured, WebhookOutcome
from services.payments.repository import Captures, ChargeBacks, Webhooks
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
    """Captured money and the desk."""

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
        told = [each.captured for each in self._tables.captures.values() if each.captured.provider == captured.provider]
        if any(captured.event_id == each.event_id or captured.transaction_id == each.transaction_id for each in told):
            return False
        row = CaptureRow(capture_id, captured, attempt_id, payment_number, verdict, at)
        self._tables.captures[capture_id] = row
        return True

    async def put_on_desk(self, item: Unmatched) -> None:
        self._tables.desk[item.id] = (item, None)

    async def lock_unmatched(self, unmatched_id: UUID) -> tuple[Unmatched, datetime, bool] | None:
        if unmatched_id not in self._tables.desk:
            return None
        item, resolution = self._tables.desk[unmatched_id]
        return item, self._clock.now(), resolution is None

    async def lock_unmatched_of(self, capture_id: UUID) -> Unmatched | None:
        found = (item for item, resolution in self._tables.desk.values() if resolution is None)
        return next((each for each in found if each.capture_id == capture_id and each.reason != CHARGED_BACK), None)

    async def resolve(
        self, item: Unmatched, at: datetime, by: str, resolution: str, credited_to: str | None, why: str
    ) -> None:
        self._tables.desk[item.id] = (self._tables.desk[item.id][0], resolution)


class MemoryChargeBacks(ChargeBacks):
    """Captured money that banks took back."""

    def __init__(self, tables: "PaymentsTables") -> None:
        self._tables = tables

    async def add(self, told: ChargeBack) -> bool:
        for each in self._tables.charge_backs.values():
            same_event = (each.provider, each.event_id) == (told.provider, told.event_id)
            same_transaction = (each.provider, each.transaction_id) == (told.provider, told.transaction_id)
            same_capture = told.capture_id is not None and each.capture_id == told.capture_id
            if same_event or same_transaction or same_capture or each.id == told.id:
                return False
        self._tables.charge_backs[told.id] = told
        return True

    async def captures(self, payment_number: str, attempt_id: UUID) -> tuple[tuple[Capture, bool], ...]:
        gone = {each.capture_id for each in self._tables.charge_backs.values()}
        rows = [
            each
            for each in self._tables.captures.values()
            if (each.payment_number, each.attempt_id) == (payment_number, attempt_id)
        ]
        rows.sort(key=lambda row: (row.verdict.disposition is not Disposition.OFFERED, row.id))
        return tuple((_capture(row), row.id in gone) for row in rows)

    async def claim(self, attempt_id: UUID, capture_id: UUID) -> ChargeBack | None:
        of = [each for each in self._tables.charge_backs.values() if each.attempt_id == attempt_id]
        waiting = [each for each in of if each.capture_id is None]
        if not waiting:
            return None
        first = replace(min(waiting, key=lambda each: each.id), capture_id=capture_id)
        self._tables.charge_backs[first.id] = first
        return first

    async def of_order(self, order_number: str) -> ChargeBack | None:
        row = self._tables.lines.get(order_number)
        payment = self._tables.payments.get(row.payment_number) if row else None
        captured_by = payment.captured_by if payment else None
        found = (each for each in self._tables.charge_backs.values() if each.capture_id == captured_by)
        return next(found, None) if captured_by is not None else None


def _capture(row: CaptureRow) -> Capture:
    return Capture(row.id, row.captured.amount, row.captured.currency, row.verdict.disposition)
