"""Tickets and live sessions: who may open a socket, who has one, and who is no longer there (rules 8.2)."""

from datetime import datetime
from hashlib import sha256
from secrets import token_urlsafe
from uuid import UUID

from services.chat.domain.session import SOCKETS_MAX, NotOpened, Session
from services.chat.unit_of_work import ChatWork
from shared.actor import Actor
from shared.ids import new_id
from shared.refusals import Refusal, Refused


async def issue_ticket(work: ChatWork, by: Actor, token_expires_at: datetime) -> str | Refused:
    """A ticket that opens one socket within 30 seconds; only its hash is stored beside the answer."""
    if await work.known.any_suspended(by.accounts):
        return Refused(Refusal.ACCOUNT_SUSPENDED)
    ticket = token_urlsafe(32)
    await work.sessions.issue(_digest(ticket), by, token_expires_at)
    return ticket


async def withdraw_tickets(work: ChatWork, by: Actor) -> None:
    """Delete the person's tickets and close their sockets, wherever they are open: a sign-out."""
    await work.sessions.withdraw(by.user)
    work.live.close_person(by.user)
    await _publish_if_offline(work, by.account)


async def open_session(work: ChatWork, ticket: str, instance_id: UUID) -> Session | NotOpened:
    """Redeem a ticket, once; the session lives until its socket closes or its instance is silent."""
    found = await work.sessions.consume(_digest(ticket))
    if found is None:
        return NotOpened.BAD_TICKET
    if await work.known.any_suspended(found.actor.accounts):
        return NotOpened.SUSPENDED
    if await work.sessions.count(found.actor.user) >= SOCKETS_MAX:
        return NotOpened.TOO_MANY
    account = found.actor.account
    if not await work.sessions.is_online(account):
        work.live.presence(await work.sessions.partners(account), account, None)
    session = Session(new_id(), found.actor, found.token_expires_at, found.opened_at)
    await work.sessions.open(session, instance_id)
    return session


async def close_session(work: ChatWork, session: Session) -> None:
    """The socket is closed."""
    await work.sessions.close(session.id)
    await _publish_if_offline(work, session.actor.account)


async def report_instance(work: ChatWork, instance_id: UUID) -> dict[UUID, bool]:
    """An instance is alive: answers its sessions, and of each whether it is suspended. Buries silent instances."""
    await work.sessions.report(instance_id)
    for account in await work.sessions.bury():
        await _publish_if_offline(work, account)
    return await work.sessions.of_instance(instance_id)


async def _publish_if_offline(work: ChatWork, account: str) -> None:
    if not await work.sessions.is_online(account):
        work.live.presence(await work.sessions.partners(account), account, await work.now())


def _digest(ticket: str) -> str:
    return sha256(ticket.encode("utf-8", "surrogatepass")).hexdigest()
