"""Does what a buyer's bank does: notes it in its own books, then sends a signed webhook through the gateway."""

from dataclasses import dataclass
from datetime import datetime

import httpx2
import orjson

from services.payments.domain.attempt import Attempt, AttemptAction
from services.payments.sandbox.bank import Late
from services.payments.sandbox.provider import EVENT_TYPES, SandboxProvider
from shared.http.problems import RefusedError
from shared.refusals import Refusal
from shared.service.in_flight import InFlight
from shared.telemetry.logs import log_seldom

SEND_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that the bank does with an attempt; `amount` in minor units."""

    action: AttemptAction
    event_id: str
    transaction_id: str
    amount: int
    currency: str
    reason: str | None = None

    def message(self, attempt: Attempt) -> bytes:
        """The provider's message; the same deed gives the same bytes, so that it can be sent twice."""
        data = {
            "reference": str(attempt.id),
            "transaction_id": self.transaction_id,
            "amount": self.amount,
            "currency": self.currency,
            **({"reason": self.reason} if self.reason is not None else {}),
        }
        return orjson.dumps({"type": EVENT_TYPES[self.action], "data": data})


@dataclass(frozen=True, slots=True)
class Clerk:
    """Whoever does it at the sandbox's bank."""

    provider: SandboxProvider

    async def does(
        self, attempt: Attempt, deed: Deed, *, is_lost: bool = False, send_at: datetime | None = None
    ) -> None:
        """Do it, and report it to payments: never if the message gets lost, later with `send_at`.

        Raises RefusedError `unavailable` unless the webhook is answered 200; the provider can still be polled for it.
        """
        message = deed.message(attempt)
        await self.provider.bank.record(attempt.id, deed.action, deed.event_id, message, send_at)
        if not is_lost and send_at is None:
            await self._send(deed.event_id, message)

    async def send_late(self, in_flight: InFlight) -> float | None:
        """Send the messages whose time has come; answers 0 if there were any."""
        late: list[Late] = await self.provider.bank.late()
        try:
            for each in late:
                with in_flight.counted():
                    await self._send(each.event_id, each.body)
                    await self.provider.bank.sent(each)
        except RefusedError:
            log_seldom("sandbox.late_message_not_sent", reason="the gateway did not take it")
            return None
        return 0 if late else None

    async def _send(self, event_id: str, message: bytes) -> None:
        """Post the webhook to the gateway."""
        url = f"{self.provider.public_url}/v1/webhooks/{self.provider.name}"
        headers = self.provider.signed(event_id, message)
        try:
            secure = url.startswith("https")
            async with httpx2.AsyncClient(timeout=SEND_SECONDS, trust_env=False, verify=secure) as client:
                answer = await client.post(url, content=message, headers=headers)
        except httpx2.HTTPError:
            raise RefusedError(Refusal.UNAVAILABLE) from None
        if answer.status_code != 200:
            raise RefusedError(Refusal.UNAVAILABLE)
