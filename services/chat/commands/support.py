"""Writing to support, and what support does with it (rules 8.7). Each command locks the conversation, then its item."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services.chat import publishers
from services.chat.commands import writing
from services.chat.domain import support as rules
from services.chat.domain.conversation import SUPPORT, Conversation, Kind, Message, fingerprint
from services.chat.domain.support import Action, Channel, Item, Row, Unanswered
from services.chat.refusals import ChatRefusal
from services.chat.repository import Locked, LockedItem, Note
from services.chat.unit_of_work import ChatWork
from shared.actor import Actor
from shared.ids import new_id
from shared.refusals import Refusal, Refused, conflict_of_interest
from shared.telemetry import metrics

KINDS = {Channel.CHAT: Kind.SUPPORT_CHAT, Channel.MESSAGE: Kind.SUPPORT_MESSAGES}


async def open_chat(work: ChatWork, by: Actor) -> Conversation:
    """The user's chat with support; there is one, also for a suspended user."""
    return (await _open(work, by.account, Channel.CHAT)).conversation


async def ask(work: ChatWork, by: Actor, text: str) -> Message:
    """Write a message to support, which answers within 24 hours; contact information is nobody's offence here."""
    locked = await _open(work, by.account, Channel.MESSAGE)
    message = await _write(work, locked, by.account, by, text)
    await follow(work, locked.conversation, message)
    return message


async def answer(work: ChatWork, message_id: UUID, by: Actor, text: str) -> Message | Refused:
    """Support answers a message, and with it those before it."""
    question = await work.support.question(message_id)
    locked = await work.conversations.lock(question.conversation_id) if question is not None else None
    if question is None or locked is None:
        return Refused(Refusal.NOT_FOUND)
    if (conflict := conflict_of_interest(by.accounts, question.account)) is not None:
        return Refused(conflict)
    message = await _write(work, locked, SUPPORT, by, text)
    await work.support.add_answer(question.conversation_id, message.seq, question.seq)
    work.outbox.add(publishers.answered(question, message))
    await _answered(work, question.conversation_id, question.seq, message.at)
    return message


async def follow(work: ChatWork, conversation: Conversation, message: Message) -> None:
    """Note in the queue what was written to or by support; the conversation is locked."""
    if message.sender == SUPPORT:
        await _answered(work, conversation.id, message.seq, message.at)
    else:
        await _execute(work, conversation.id, Action.ASK, Unanswered(message.seq, message.at), message.at)


async def assign(work: ChatWork, conversation_id: UUID, by: Actor, taken_from: str | None) -> Item | Refused:
    """Take an item that nobody has, or take it over from whom one names; else whoever has it keeps it."""
    found = await _lock_for_support(work, conversation_id, by)
    if isinstance(found, Refused):
        return found
    item = found.item
    if item.assigned_to not in (by.user, taken_from):
        return Refused(ChatRefusal.ALREADY_ASSIGNED, {"assigned_to": item.assigned_to})
    after = replace(item, assigned_to=by.user, version=item.version + 1)
    await _save(work, item, after)
    work.log("support.assigned", conversation=str(conversation_id), to=by.user)
    return after


async def note(work: ChatWork, conversation_id: UUID, by: Actor, text: str) -> Note | Refused:
    """Write a note about an item; no user ever sees it, and it answers nothing."""
    found = await _lock_for_support(work, conversation_id, by)
    if isinstance(found, Refused):
        return found
    written = Note(new_id(), conversation_id, by.user, text, found.at)
    await work.support.add_note(written)
    work.log("support.noted", conversation=str(conversation_id), by=by.user)
    return written


async def expire(work: ChatWork, conversation_id: UUID, kind: str, due_at: datetime) -> Refused | None:
    """A user has waited for 24 hours (Q4): operators are alarmed; the user still waits."""
    found = await work.support.lock(conversation_id)
    deadlines = publishers.deadlines()
    if found is None or not await deadlines.has_expired(work, work.support, found.item, kind, due_at, found.at):
        return Refused(Refusal.WRONG_STATUS)
    await _execute(work, conversation_id, Action.EXPIRE, found.item.unanswered, due_at)
    work.outbox.add(publishers.overdue(found.item, due_at))
    work.log_warning("support.overdue", conversation=str(conversation_id), user=found.item.account)
    return None


async def sweep(work: ChatWork) -> int:
    """Republish deadlines that are overdue by more than 2 minutes, for their timers may be lost; returns how many."""
    return await publishers.deadlines().sweep(work, work.support)


async def _open(work: ChatWork, account: str, channel: Channel) -> Locked:
    locked = await work.conversations.open(new_id(), account, SUPPORT, KINDS[channel])
    await work.support.begin(rules.begun(locked.conversation.id, account, channel))
    return locked


async def _write(work: ChatWork, locked: Locked, sender: str, by: Actor, text: str) -> Message:
    conversation, message_id = locked.conversation, new_id()
    author = (sender, by.user, str(message_id))
    message = Message(conversation.id, conversation.head + 1, message_id, *author, text, False, locked.at)
    await writing.add(work, conversation, message, fingerprint(text))
    return message


async def _lock_for_support(work: ChatWork, conversation_id: UUID, by: Actor) -> LockedItem | Refused:
    found = await work.support.lock(conversation_id)
    if found is None:
        return Refused(Refusal.NOT_FOUND)
    conflict = conflict_of_interest(by.accounts, found.item.account)
    return Refused(conflict) if conflict is not None else found


async def _answered(work: ChatWork, conversation_id: UUID, up_to: int, at: datetime) -> None:
    """Support answered everything up to this message; what was answered before stays answered."""
    found = await work.support.lock(conversation_id)
    if found is None or found.item.unanswered is None or up_to < found.item.unanswered.seq:
        return
    left = await work.support.unanswered(conversation_id, found.item.account, up_to)
    await _execute(work, conversation_id, Action.ANSWER, left, at)


async def _execute(
    work: ChatWork, conversation_id: UUID, action: Action, unanswered: Unanswered | None, at: datetime
) -> None:
    """Decide, save the item and publish its deadline; what has no row changes nothing."""
    found = await work.support.lock(conversation_id)
    assert found is not None
    item = found.item
    row = rules.decide(item, action, more=unanswered is not None)
    if not isinstance(row, Row):
        return
    after, event = publishers.deadlines().follow(
        item, rules.apply(item, row, unanswered), notified=action is Action.EXPIRE
    )
    await _save(work, item, after)
    if event is not None:
        work.outbox.add(event)
    if action is Action.ASK:
        work.outbox.add(publishers.received(after, at))
    work.on_commit(metrics.TRANSITIONS.labels("support", row.id).inc)
    work.log(f"support.{after.status}", conversation=str(conversation_id), row=row.id)


async def _save(work: ChatWork, before: Item, after: Item) -> None:
    deadline = rules.current(after)
    await work.support.save(before, after, deadline.due_at if deadline is not None else None)
