"""Polls providers for attempts whose outcome is unknown: a message may be lost, a call may have had no answer.

Answers are the provider's own messages, and walk the way of its webhooks: one that had arrived before is a repeat.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar
from uuid import UUID

from services.payments import commands
from services.payments.domain.attempt import Attempt, AttemptStatus
from services.payments.providers import Message, PayIn, ProviderRegistry, Silent
from services.payments.unit_of_work import PaymentsWork
from shared.db.repeating import retry_on_contention
from shared.db.unit_of_work import Database
from shared.service.in_flight import InFlight
from shared.telemetry.logs import log_seldom

BATCH = 50
TRIES = 5
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Poller:
    """Polls for what is due now, one attempt after the other."""

    database: Database[PaymentsWork]
    providers: ProviderRegistry
    in_flight: InFlight

    async def act(self) -> float | None:
        """Poll for everything that is due; answers 0 when more may be waiting."""
        async with self.database.single() as work:
            due = await work.attempts.unknown(BATCH)
        for attempt_id, payment_number in due:
            with self.in_flight.counted():
                await self._poll(attempt_id, payment_number)
        return 0 if len(due) >= BATCH else None

    async def _poll(self, attempt_id: UUID, payment_number: str) -> None:
        attempt = await self._do(lambda work: commands.take_poll(work, payment_number, attempt_id))
        provider = self.providers.providers.get(attempt.provider) if attempt is not None else None
        if attempt is None or provider is None:
            return
        try:
            known = await self._answered(provider, attempt)
        except Silent as error:
            log_seldom("provider.silent", provider=provider.name, reason=str(error))
            return
        for event_id, body in known or ():
            event = provider.read(event_id, body)
            await self._do(partial(commands.receive, provider=provider.name, event_id=event_id, body=body, event=event))

    async def _answered(self, provider: PayIn, attempt: Attempt) -> Sequence[Message] | None:
        """What the provider knows of an attempt; a hold that is to be released is voided."""
        if attempt.status is AttemptStatus.VOID_PENDING and await provider.void(attempt):
            await self._do(lambda work: commands.voided(work, attempt))
            return ()
        known = await provider.fetch(attempt)
        if known is not None and attempt.status is AttemptStatus.CREATED:
            await self._do(lambda work: commands.begin(work, attempt, None))
        return known

    async def _do(self, act: Callable[[PaymentsWork], Awaitable[Result]]) -> Result:
        async def once() -> Result:
            async with self.database.transaction() as work:
                return await act(work)

        return await retry_on_contention(once, TRIES)
