"""Opening a conversation, writing in it, reading it (rules 8.1, 8.4, 8.5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.chat import publishers
from services.chat.commands import attachments, support, writing
from services.chat.domain.attachment import UploadContext
from services.chat.domain.conversation import (
    AUTO_REPLY_PAUSE,
    SPLIT_WINDOW,
    Conversation,
    Kind,
    Message,
    Side,
    fingerprint,
    joined,
)
from services.chat.refusals import ChatRefusal
from services.chat.repository import Locked
from services.chat.unit_of_work import ChatWork
from shared import contact
from shared.actor import Actor
from shared.ids import new_id
from shared.refusals import Refusal, Refused

NOTIFY_BATCH = 200
AUTO_PREFIX = "auto-"


@dataclass(frozen=True, slots=True)
class Opening:
    """With whom somebody wants to talk, in which role, and about what."""

    with_: str
    side: Side
    """The side of whoever opens it."""
    listing_id: str | None = None
    order_number: str | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A message as its sender wrote it."""

    client_id: str
    text: str
    attachments: Sequence[UUID] = ()

    @property
    def fingerprint(self) -> str:
        """What must be the same when the client_id comes again."""
        return fingerprint(self.text, self.attachments)


async def open_conversation(work: ChatWork, by: Actor, opening: Opening) -> Conversation | Refused:
    """The conversation of two accounts in these roles; there is one, whoever opens it and how often.

    A buyer may write to whoever ever sold; a seller to the buyer of an order, or in a conversation that there is.
    """
    buyer, seller = (by.account, opening.with_) if opening.side == "buyer" else (opening.with_, by.account)
    if (refusal := await _refusal(work, by, opening, buyer, seller)) is not None:
        return Refused(refusal)
    locked = await work.conversations.open(new_id(), buyer, seller)
    if opening.order_number is not None:
        await work.conversations.refer(locked.conversation.id, opening.order_number, locked.at)
    if opening.side == "buyer":
        return await _auto_reply(work, locked.conversation, locked.at)
    return locked.conversation


async def send(work: ChatWork, conversation_id: UUID, by: Actor, draft: Draft) -> Message | Refused:
    """Write a message; the same client_id, text and pictures again are the same message, withheld or not."""
    locked = await _lock_party(work, conversation_id, by)
    if isinstance(locked, Refused):
        return locked
    conversation = locked.conversation
    name = _name(conversation, by)
    if (sent := await work.conversations.find(conversation.id, name, draft.client_id)) is not None:
        message, known = sent
        return message if known == draft.fingerprint else Refused(ChatRefusal.CLIENT_ID_CONFLICT)
    is_trade = conversation.kind is Kind.TRADE
    if is_trade and (refused := await _refused_text(work, locked, by, draft)) is not None:
        return refused
    return await _send_new(work, locked, by, draft)


async def read(work: ChatWork, conversation_id: UUID, by: Actor, seq: int) -> Conversation | Refused:
    """A party has read everything up to this message; a lower mark than before changes nothing."""
    locked = await _lock_party(work, conversation_id, by)
    if isinstance(locked, Refused):
        return locked
    conversation = locked.conversation
    if seq > conversation.head:
        return Refused(Refusal.VALIDATION_FAILED, {"head": conversation.head})
    name = _name(conversation, by)
    if await work.conversations.mark(conversation.id, name, seq, locked.at):
        await work.conversations.end_run(conversation.id, name, seq)
        work.live.read(conversation, name, seq)
    return conversation


async def acknowledge(work: ChatWork, conversation_id: UUID, by: Actor, seq: int) -> Conversation | Refused:
    """Messages have arrived at a device of the party: nobody is notified of them, and they stay unread."""
    locked = await _lock_party(work, conversation_id, by)
    if isinstance(locked, Refused):
        return locked
    conversation = locked.conversation
    if seq > conversation.head:
        return Refused(Refusal.VALIDATION_FAILED, {"head": conversation.head})
    await work.conversations.end_run(conversation.id, _name(conversation, by), seq)
    return conversation


async def notify(work: ChatWork) -> int:
    """Notify of what nobody read for 90 seconds, once per conversation and unread run; answers how many there were."""
    runs = await work.conversations.notify(NOTIFY_BATCH)
    work.outbox.add(*(publishers.notified(each) for each in runs))
    return len(runs)


async def _lock_party(work: ChatWork, conversation_id: UUID, by: Actor) -> Locked | Refused:
    """A conversation locked for one of its parties."""
    locked = await work.conversations.lock(conversation_id)
    if locked is None:
        return Refused(Refusal.NOT_FOUND)
    refusal = locked.conversation.refusal(by)
    return Refused(refusal) if refusal is not None else locked


async def _send_new(work: ChatWork, locked: Locked, by: Actor, draft: Draft) -> Message | Refused:
    """Write what was never sent under this client_id."""
    conversation, at, name = locked.conversation, locked.at, _name(locked.conversation, by)
    context = UploadContext(conversation_id=conversation.id)
    proofs = await attachments.take(work, draft.attachments, by, context, at)
    if isinstance(proofs, Refused):
        return proofs
    author, pictures = (name, by.user, draft.client_id), tuple(each.id for each in proofs)
    message = Message(conversation.id, conversation.head + 1, new_id(), *author, draft.text, False, at, pictures)
    after = await writing.add(work, conversation, message, draft.fingerprint)
    if conversation.kind is not Kind.TRADE:
        await support.follow(work, conversation, message)
    elif name == conversation.buyer and conversation.head == 0:
        await _auto_reply(work, after, at)
    return message


async def _refusal(work: ChatWork, by: Actor, opening: Opening, buyer: str, seller: str) -> Refusal | None:
    """Why this conversation can't be opened by them, or not about this."""
    if await work.known.any_suspended(by.accounts):
        return Refusal.ACCOUNT_SUSPENDED
    has_no_order = opening.side == "seller" and opening.order_number is None
    if buyer == seller or has_no_order:
        return Refusal.NOT_A_PARTY
    if opening.listing_id is not None and await work.known.seller_of(opening.listing_id) != seller:
        return Refusal.LISTING_NOT_FOUND
    if opening.order_number is not None:
        return None if await _is_of(work, opening.order_number, buyer, seller) else Refusal.ORDER_NOT_FOUND
    return None if await work.known.is_seller(seller) else Refusal.NOT_FOUND


async def _is_of(work: ChatWork, number: str, buyer: str, seller: str) -> bool:
    found = await work.logs.lock(number)
    return found is not None and (found[0].buyer, found[0].seller) == (buyer, seller)


def _name(conversation: Conversation, by: Actor) -> str:
    """In whose name a party reads and writes."""
    name = conversation.writer(by)
    assert name is not None
    return name


async def _refused_text(work: ChatWork, locked: Locked, by: Actor, draft: Draft) -> Refused | None:
    """Why a party may not write this to the other one; contact information is withheld and counted."""
    conversation, mine = locked.conversation, draft.fingerprint
    if (held := await work.conversations.find_withheld(conversation.id, by.account, draft.client_id)) is not None:
        return _withheld(held[1]) if held[0] == mine else Refused(ChatRefusal.CLIENT_ID_CONFLICT)
    if await work.known.any_suspended(by.accounts):
        return Refused(Refusal.ACCOUNT_SUSPENDED)
    earlier = await work.conversations.recent(conversation.id, by.account, locked.at - SPLIT_WINDOW)
    kinds = contact.kinds(draft.text) or contact.kinds(joined(earlier, draft.text))
    return await _withhold(work, locked, by, draft, kinds) if kinds else None


async def _auto_reply(work: ChatWork, conversation: Conversation, at: datetime) -> Conversation:
    """The seller's automatic reply, if there is one and none went to this buyer for 24 hours."""
    text = await work.sellers.auto_reply(conversation.seller)
    if text is None or await work.known.any_suspended(frozenset({conversation.seller})):
        return conversation
    if await work.sessions.is_assistant_online(conversation.seller):
        return conversation
    if not await work.sellers.take_auto_reply(conversation.seller, conversation.buyer, at, AUTO_REPLY_PAUSE):
        return conversation
    seq, message_id = conversation.head + 1, new_id()
    client_id = f"{AUTO_PREFIX}{message_id}"
    author = (conversation.seller, conversation.seller, client_id)
    message = Message(conversation.id, seq, message_id, *author, text, True, at)
    return await writing.add(work, conversation, message, fingerprint(text))


async def _withhold(work: ChatWork, locked: Locked, by: Actor, draft: Draft, kinds: tuple[str, ...]) -> Refused:
    """Nobody else sees the message, and the offence is counted once per client_id."""
    conversation, at = locked.conversation, locked.at
    side = conversation.side_of(by.account)
    assert side is not None
    await work.conversations.withhold(conversation.id, by.account, draft.client_id, draft.fingerprint, kinds, at)
    source = f"{conversation.id}:{by.account}:{draft.client_id}"
    work.outbox.add(publishers.violation("message", source, by.account, side, kinds, at))
    work.log_warning("message.withheld", conversation=str(conversation.id), sender=by.account, kinds=kinds)
    return _withheld(kinds)


def _withheld(kinds: tuple[str, ...]) -> Refused:
    return Refused(Refusal.CONTACT_INFORMATION, {"kinds": list(kinds)})
