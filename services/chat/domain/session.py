"""Sessions: who has a live socket, and until when (rules 8.2)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from services.chat.domain.conversation import SUPPORT, Side
from shared.actor import Actor

TICKET_LIFETIME = timedelta(seconds=30)
"""A ticket opens one socket within this time, of real time."""
SOCKETS_MAX = 5
"""Sockets that one person may have open."""
SILENT_AFTER = timedelta(seconds=20)
"""An instance that has not reported for so long, of real time, is dead, and its sessions are over."""


class NotOpened(StrEnum):
    """Why a ticket opens no socket."""

    BAD_TICKET = "bad_ticket"
    SUSPENDED = "suspended"
    TOO_MANY = "too_many"


@dataclass(frozen=True, slots=True)
class Session:
    """A live socket of a person."""

    id: UUID
    actor: Actor
    expires_at: datetime
    """When the person's token expires (real time): the socket is closed then."""
    opened_at: datetime
    """Business time: messages from then on are sent even if the client resumes nothing."""


@dataclass(frozen=True, slots=True)
class Presence:
    """Whether an account is online, and when it last was (business time); None if that is not known or not shown."""

    account: str
    online: bool
    last_seen: datetime | None


def at_side(side: Side, account: str) -> str:
    """To whom a live frame is addressed: an account on one side of a trade, or support on the seller's."""
    return f"{side}:{account}"


def sides_of(actor: Actor) -> tuple[str, ...]:
    """The addresses whose frames are for this person; an assistant gets what its seller sells, nothing it buys."""
    own: tuple[str, ...] = (at_side("seller", actor.account),)
    if actor.acting_for is None:
        own = (*own, at_side("buyer", actor.account))
    return (*own, at_side("seller", SUPPORT)) if actor.is_support else own
