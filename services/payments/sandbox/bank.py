"""What the sandbox's bank knows: the attempts it was told of and every message about them, also those that got lost.

It keeps its own books, in transactions of its own: what payments knows of an attempt can differ from what the bank
knows, as with a real provider.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.payments.domain.attempt import Attempt, AttemptAction
from services.payments.providers import Message, Silent
from services.payments.unit_of_work import PaymentsWork
from shared.db.unit_of_work import Database

LOST_ANSWER, REFUSED = 777_701, 777_702
"""Amounts in minor units, fee included, by which a tester chooses misbehaviour: the bank begins the attempt but its
first answer is lost; it refuses to begin.
"""

_BEGIN = "insert into sandbox_intents (attempt_id, state) values ($1, 'open') on conflict do nothing returning true"
_VOID = """
update sandbox_intents set state = 'voided' where attempt_id = $1 and state in ('open', 'authorised', 'voided')
returning true
"""
_KNOWN = "select state from sandbox_intents where attempt_id = $1"
_MESSAGES = "select event_id, body from sandbox_messages where attempt_id = $1 and send_at is null order by id"
_IS_RECORDED = "select exists (select from sandbox_messages where event_id = $1)"
COUNT_LATE = "select count(*) from sandbox_messages where send_at <= market_now()"
"""Messages that the bank shall send by now."""
_LATE = "select id, event_id, body from sandbox_messages where send_at <= market_now() order by id limit 20"
_SENT = """
with message as (update sandbox_messages set send_at = null where id = $1 returning attempt_id)
update sandbox_intents set state = 'captured' from message where sandbox_intents.attempt_id = message.attempt_id
"""
_RECORD = """
with state as (
    insert into sandbox_intents (attempt_id, state) values ($1, coalesce($4, 'open'))
    on conflict (attempt_id) do update set state = coalesce($4, sandbox_intents.state))
insert into sandbox_messages (attempt_id, event_id, body, send_at) values ($1, $2, $3, $5)
"""
STATES = {
    AttemptAction.AUTHORISE: "authorised",
    AttemptAction.CAPTURE: "captured",
    AttemptAction.VOID: "voided",
}


@dataclass(frozen=True, slots=True)
class Late:
    """A message that is sent when its time has come."""

    id: int
    event_id: str
    body: bytes


class Bank:
    """The bank's books."""

    def __init__(self, database: Database[PaymentsWork]) -> None:
        self._database = database

    async def begin(self, attempt: Attempt) -> bool:
        """Take an attempt, once under its id; False if the bank refuses it. Raises Silent."""
        if attempt.amount == REFUSED:
            return False
        async with self._database.transaction() as work:
            is_new = await work.sql.fetchval(_BEGIN, attempt.id)
        if is_new and attempt.amount == LOST_ANSWER:
            raise Silent("the sandbox's bank loses this answer")
        return True

    async def void(self, attempt_id: UUID) -> bool:
        """Give a hold back; False if it is captured, or unknown."""
        async with self._database.transaction() as work:
            return bool(await work.sql.fetchval(_VOID, attempt_id))

    async def messages(self, attempt_id: UUID) -> Sequence[Message] | None:
        """Every message about an attempt, oldest first; None for one that the bank does not know."""
        async with self._database.transaction() as work:
            if await work.sql.fetchval(_KNOWN, attempt_id) is None:
                return None
            return [(row["event_id"], row["body"]) for row in await work.sql.fetch(_MESSAGES, attempt_id)]

    async def record(
        self, attempt_id: UUID, action: AttemptAction, event_id: str, body: bytes, send_at: datetime | None = None
    ) -> None:
        """Note what happened, before anybody is told; with `send_at` what will have happened then: a late capture."""
        state = STATES.get(action) if send_at is None else None
        async with self._database.transaction() as work:
            await work.sql.execute(_RECORD, attempt_id, event_id, body, state, send_at)

    async def is_recorded(self, event_id: str) -> bool:
        """Whether something happened under this id."""
        async with self._database.single() as work:
            return bool(await work.sql.fetchval(_IS_RECORDED, event_id))

    async def late(self) -> list[Late]:
        """Messages whose time has come."""
        async with self._database.single() as work:
            return [Late(row["id"], row["event_id"], row["body"]) for row in await work.sql.fetch(_LATE)]

    async def sent(self, late: Late) -> None:
        """A message whose time has come was sent."""
        async with self._database.transaction() as work:
            await work.sql.execute(_SENT, late.id)
