"""Payments, their lines and their attempts: whoever changes one of them holds the lock of the payment."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.payments.domain.attempt import Attempt
from services.payments.domain.declines import DECLINES_READ_MAX
from services.payments.domain.line import Line, LineState
from services.payments.domain.payment import Payment
from services.payments.tables import to_attempt, to_payment
from shared.db.repository import Repository

_ADD = """
with added as (
    insert into payments (number, buyer, currency, amount, placed_at, due_at) values ($1, $2, $3, $4, $5, $6)
    on conflict do nothing returning number
)
insert into payment_lines (number, payment_number, position, buyer, seller, currency, amount, state)
select line.number, $1, line.position, $2, line.seller, $3, line.amount, line.state
from added, unnest($7::text[], $8::text[], $9::bigint[], $10::text[])
     with ordinality line (number, seller, amount, state, position)
on conflict (number) do update set position = excluded.position
"""
# the time is read from the materialized row: only after the lock is held, also when its previous holder rolled back
_LOCK = """
with locked as materialized (select * from payments where number = $1 for no key update)
select locked.*, market_now() as now from locked
"""
_LINES = """
select number, seller, amount, state, offered_by, charged_back_by, charged_back
from payment_lines where payment_number = $1
order by position, number
"""
_CHARGED_BACK_BY = "update payment_lines set charged_back_by = $2 where payment_number = $1"
_CHARGED_BACK = "update payment_lines set charged_back = $2 where number = $1"
_SET_LINE = "update payment_lines set state = $2 where number = $1"
_CLOSE_LINE = """
insert into payment_lines (number, payment_number, position, buyer, seller, currency, amount, state)
values ($1, $2, 0, $3, $4, $5, $6, $7)
on conflict (number) do update set state = excluded.state where payment_lines.state = any($8::text[])
"""
_PARTIES = "select distinct unnest(array[buyer, seller]) from payment_lines where payment_number = $1"
_CAPTURED = """
with offered as (update payment_lines set state = line.state, offered_by = $2
    from unnest($3::text[], $4::text[]) line (number, state) where payment_lines.number = line.number)
update payments set captured_by = $2 where number = $1
"""

_ADD_ATTEMPT = """
insert into attempts (id, payment_number, method, provider, amount, fee, currency, covers, status, created_at,
    valid_until, can_dispute, poll_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
"""
_PAYMENT_OF = "select payment_number from attempts where id = $1"
_ATTEMPTS = "select * from attempts where payment_number = $1 order by created_at, id"
_DECLINE = "insert into card_declines (attempt_id, buyer, at) values ($1, $2, $3) on conflict do nothing"
_DECLINES = "select at from card_declines where buyer = $1 order by at desc limit $2"
_SAVE_ATTEMPT = "update attempts set status = $2, reason = $3, poll_at = $4, polls = $5 where id = $1"
_UNKNOWN = """
select id, payment_number from attempts where poll_at <= market_now() order by poll_at limit $1
"""
COUNT_UNKNOWN = "select count(*) from attempts where poll_at <= market_now()"
"""Read through attempts_unknown: only what its provider is polled for is looked at."""


@dataclass(frozen=True, slots=True)
class Locked:
    """A payment that nobody else can change now, and the business time under its lock."""

    payment: Payment
    at: datetime


class Payments(Repository):
    """The payments of this database, for one transaction."""

    async def add(self, payment: Payment) -> None:
        """Add a checkout's payment; a known payment stays as it is, and a line that was closed before stays closed."""
        columns = zip(
            *((line.number, line.seller, line.amount, str(line.state)) for line in payment.lines), strict=True
        )
        head = (payment.number, payment.buyer, payment.currency, payment.amount, payment.placed_at, payment.due_at)
        await self._sql.execute(_ADD, *head, *(list(column) for column in columns))

    async def parties(self, number: str) -> tuple[str, ...]:
        """The buyer and the sellers of a payment: none of them may decide about its money."""
        return tuple(row[0] for row in await self._sql.fetch(_PARTIES, number))

    async def lock(self, number: str) -> Locked | None:
        """The payment, locked until the end of the transaction; None when it is not known (yet)."""
        row = await self._sql.fetchrow(_LOCK, number)
        if row is None:
            return None
        return Locked(to_payment(row, await self._sql.fetch(_LINES, number)), row["now"])

    async def set_charged_back_by(self, number: str, provider: str) -> None:
        """Save on every line which provider's bank took the payment's money back, or a part of it."""
        await self._sql.execute(_CHARGED_BACK_BY, number, provider)

    async def set_charged_back(self, number: str, amount: int) -> None:
        """Save how much of one order's escrow the bank has taken, in minor units."""
        await self._sql.execute(_CHARGED_BACK, number, amount)

    async def save_line(self, line: Line) -> None:
        """Save the state of one line."""
        await self._sql.execute(_SET_LINE, line.number, str(line.state))

    async def close_line(self, line: Line, payment: Mapping[str, str], sources: Collection[LineState]) -> None:
        """Save that an order can't be paid any more; adds the line if its payment is not known yet."""
        of = (payment["number"], payment["buyer"], line.seller, payment["currency"], line.amount)
        await self._sql.execute(_CLOSE_LINE, line.number, *of, str(line.state), [str(each) for each in sources])

    async def set_captured(self, number: str, capture_id: UUID, offered: Sequence[Line]) -> None:
        """Save that the money of this capture is offered to these orders."""
        numbers, states = [line.number for line in offered], [str(line.state) for line in offered]
        await self._sql.execute(_CAPTURED, number, capture_id, numbers, states)


class Attempts(Repository):
    """The attempts of this database, for one transaction; guarded by their payment's lock."""

    async def add(self, attempt: Attempt) -> None:
        """Add a new attempt."""
        shape = (attempt.amount, attempt.fee, attempt.currency, list(attempt.covers), str(attempt.status))
        of = (attempt.id, attempt.payment_number, attempt.method, attempt.provider)
        terms = (attempt.created_at, attempt.valid_until, attempt.can_dispute, attempt.poll_at)
        await self._sql.execute(_ADD_ATTEMPT, *of, *shape, *terms)

    async def payment_of(self, attempt_id: UUID) -> str | None:
        """The number of the payment that an attempt is for; None for an unknown attempt."""
        number: str | None = await self._sql.fetchval(_PAYMENT_OF, attempt_id)
        return number

    async def of(self, payment_number: str) -> tuple[Attempt, ...]:
        """All attempts of a locked payment, oldest first."""
        return tuple(to_attempt(row) for row in await self._sql.fetch(_ATTEMPTS, payment_number))

    async def save(self, attempt: Attempt) -> None:
        """Save the status of an attempt, its reason, and when its provider is polled."""
        state = (str(attempt.status), attempt.reason, attempt.poll_at, attempt.polls)
        await self._sql.execute(_SAVE_ATTEMPT, attempt.id, *state)

    async def unknown(self, limit: int) -> list[tuple[UUID, str]]:
        """Attempts whose provider is to be polled now, with their payments' numbers; nothing is locked."""
        return [(row["id"], row["payment_number"]) for row in await self._sql.fetch(_UNKNOWN, limit)]

    async def decline(self, attempt_id: UUID, buyer: str, at: datetime) -> None:
        """Count a bank's no to a card, once per attempt."""
        await self._sql.execute(_DECLINE, attempt_id, buyer, at)

    async def declines(self, buyer: str) -> tuple[datetime, ...]:
        """When banks declined this buyer's cards: the last ones, the newest first."""
        return tuple(row["at"] for row in await self._sql.fetch(_DECLINES, buyer, DECLINES_READ_MAX))
