"""SQL of tickets, sessions and presence. A session lives as long as its instance reports; that is real time."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.chat.domain.session import SILENT_AFTER, TICKET_LIFETIME, Session, at_side
from shared.actor import Actor
from shared.db.repository import Repository

_ISSUE = """
insert into tickets (hash, account, by_user, role, token_expires_at, expires_at)
values ($1, $2, $3, $4, $5, now() + $6::interval)
"""
_CONSUME = "delete from tickets where hash = $1 returning *, expires_at > now() as good, market_now() as opened_at"
_WITHDRAW = "with gone as (delete from tickets where by_user = $1) delete from sessions where by_user = $1"
_LOCK_PERSON = "select pg_advisory_xact_lock(hashtextextended('sockets:' || $1, 0))"
_LIVE = "instance_id in (select id from instances where seen_at > now() - $2::interval)"
_COUNT = f"select count(*) from sessions where by_user = $1 and {_LIVE}"
_IS_ONLINE = f"select exists (select from sessions where account = $1 and {_LIVE})"
_IS_ASSISTANT_ONLINE = f"select exists (select from sessions where account = $1 and by_user <> account and {_LIVE})"
_OPEN = "insert into sessions (id, instance_id, account, by_user) values ($1, $2, $3, $4)"
_CLOSE = """
with gone as (delete from sessions where id = $1 returning account)
insert into last_active (account, at) select account, market_now() from gone
on conflict (account) do update set at = greatest(last_active.at, excluded.at)
"""
_REPORT = """
insert into instances (id, seen_at, active_at) values ($1, now(), market_now())
on conflict (id) do update set seen_at = excluded.seen_at, active_at = excluded.active_at
"""
_OF_INSTANCE = """
select s.id,
       exists (select from account_statuses a where a.suspended and a.account in (s.account, s.by_user)) as suspended
from sessions s where s.instance_id = $1
"""
_BURY = """
with dead as (
    delete from instances where id in (
        select id from instances where seen_at < now() - $1::interval for update skip locked) returning id, active_at),
gone as (delete from sessions s using dead where s.instance_id = dead.id returning s.account, dead.active_at),
noted as (
    insert into last_active (account, at) select account, max(active_at) from gone group by account
    on conflict (account) do update set at = greatest(last_active.at, excluded.at))
select distinct account from gone
"""
_PARTNERS = """
select distinct case when c.buyer = $1 then 'seller' else 'buyer' end as side, s.account from conversations c
join sessions s on s.account = case when c.buyer = $1 then c.seller else c.buyer end
where $1 in (c.buyer, c.seller)
"""
FORGOTTEN = ("delete from tickets where hash in (select hash from tickets where expires_at < now() limit 1000)",)
"""Tickets that nobody redeemed in time."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """Who may open a socket with it."""

    actor: Actor
    token_expires_at: datetime
    opened_at: datetime
    """The business time when it was consumed."""


class Sessions(Repository):
    """Tickets, sessions and the instances that hold them."""

    async def issue(self, digest: str, actor: Actor, token_expires_at: datetime) -> None:
        """Store a ticket by its hash."""
        given = (actor.account, actor.user, actor.role, token_expires_at)
        await self._sql.execute(_ISSUE, digest, *given, TICKET_LIFETIME)

    async def consume(self, digest: str) -> Ticket | None:
        """Take a ticket away: whoever does first has it. None if there is none, or it is too old."""
        row = await self._sql.fetchrow(_CONSUME, digest)
        if row is None or not row["good"]:
            return None
        acting_for = row["account"] if row["account"] != row["by_user"] else None
        return Ticket(Actor(row["by_user"], row["role"], acting_for), row["token_expires_at"], row["opened_at"])

    async def withdraw(self, user: str) -> None:
        """Delete the tickets and sessions of a person."""
        await self._sql.execute(_WITHDRAW, user)

    async def count(self, user: str) -> int:
        """How many sockets a person has open; nobody else opens one for them until the transaction ends."""
        await self._sql.execute(_LOCK_PERSON, user)
        found: int = await self._sql.fetchval(_COUNT, user, SILENT_AFTER)
        return found

    async def is_online(self, account: str) -> bool:
        """Whether the account, or an assistant of it, has a live session."""
        found: bool = await self._sql.fetchval(_IS_ONLINE, account, SILENT_AFTER)
        return found

    async def is_assistant_online(self, account: str) -> bool:
        """Whether an assistant of the account has a live session."""
        found: bool = await self._sql.fetchval(_IS_ASSISTANT_ONLINE, account, SILENT_AFTER)
        return found

    async def open(self, session: Session, instance_id: UUID) -> None:
        """Store a session of an instance that has reported."""
        await self._sql.execute(_OPEN, session.id, instance_id, session.actor.account, session.actor.user)

    async def close(self, session_id: UUID) -> None:
        """Delete a session, and note when its account was last active."""
        await self._sql.execute(_CLOSE, session_id)

    async def report(self, instance_id: UUID) -> None:
        """Note that an instance is alive."""
        await self._sql.execute(_REPORT, instance_id)

    async def of_instance(self, instance_id: UUID) -> dict[UUID, bool]:
        """The sessions of an instance, and of each whether its person or account is suspended."""
        return {row["id"]: row["suspended"] for row in await self._sql.fetch(_OF_INSTANCE, instance_id)}

    async def bury(self) -> list[str]:
        """Delete instances that are silent, with their sessions; answers the accounts of these."""
        return [row["account"] for row in await self._sql.fetch(_BURY, SILENT_AFTER)]

    async def partners(self, account: str) -> list[str]:
        """Accounts with a session that share a conversation with this one, each at its side of it."""
        return [at_side(row["side"], row["account"]) for row in await self._sql.fetch(_PARTNERS, account)]
