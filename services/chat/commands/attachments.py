"""Uploading a picture, using it, and purging what is no longer needed (rules 8.3, 8.6; D12)."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from uuid import UUID

from services.chat.domain.attachment import (
    UNUSED_LIFETIME,
    UNUSED_MAX,
    Attachment,
    Picture,
    Proof,
    UploadContext,
    retained_until,
)
from services.chat.refusals import ChatRefusal
from services.chat.unit_of_work import ChatWork
from shared.actor import Actor
from shared.ids import new_id
from shared.refusals import Refusal, Refused

PURGE_BATCH = 50

Delete = Callable[[UUID], Awaitable[None]]
"""Deletes the file of an attachment; one that is gone is no fault."""


async def reserve(work: ChatWork, by: Actor, context: UploadContext) -> UUID | Refused:
    """The id of a picture to come, for a party of its context. Committed before the file is written: a file without a
    row can't be.
    """
    whole = await _whole(work, by, context)
    if isinstance(whole, Refused):
        return whole
    # A suspended party may add evidence to its case (rules 1.2), an assistant or support may not.
    is_own_case = whole.dispute_id is not None and by.acting_for is None and not by.is_support
    if not is_own_case and await work.known.any_suspended(by.accounts):
        return Refused(Refusal.ACCOUNT_SUSPENDED)
    if await work.attachments.count_unused(by.account) >= UNUSED_MAX:
        return Refused(Refusal.RATE_LIMITED)
    attachment_id = new_id()
    await work.attachments.reserve(attachment_id, whole, by, UNUSED_LIFETIME)
    return attachment_id


async def stored(work: ChatWork, attachment_id: UUID, picture: Picture) -> Attachment | Refused:
    """The file of a reserved picture is written: its uploader may use it."""
    attachment = await work.attachments.stored(attachment_id, picture)
    if attachment is None:
        return Refused(Refusal.UNAVAILABLE)
    work.log("attachment.stored", attachment=str(attachment_id), context=attachment.context.kind, by=attachment.by_user)
    return attachment


async def discard(work: ChatWork, attachment_id: UUID, delete: Delete) -> None:
    """A reserved picture was refused, or its request was answered before: nothing of it is left. Raises what `delete`
    raises; the purge does it then.
    """
    await delete(attachment_id)
    await work.attachments.purge(attachment_id, await work.now())


async def take(
    work: ChatWork, ids: Sequence[UUID], by: Actor, context: UploadContext, at: datetime
) -> tuple[Proof, ...] | Refused:
    """Put pictures into something new, in this order; each is used once, by its uploader, where it was uploaded for."""
    if not ids:
        return ()
    found = await work.attachments.lock(ids)
    if not all(each in found and found[each].may_be_used(by, context) for each in ids):
        return Refused(ChatRefusal.ATTACHMENT_NOT_ALLOWED)
    await work.attachments.use(ids, at)
    return tuple(Proof(each, found[each].picture.sha256) for each in ids)


async def use_as_evidence(work: ChatWork, ids: Sequence[UUID], account: str, dispute_id: UUID, at: datetime) -> None:
    """Evidence names these pictures: those that its account uploaded for the case are read by everybody in it.

    Others stay as they are, so nobody gets to see a picture by naming it.
    """
    found = await work.attachments.lock(ids)
    used = [each.id for each in found.values() if each.is_evidence_of(account, dispute_id)]
    await work.attachments.use(used, at)
    if len(used) < len(ids):
        work.log_warning("evidence.unknown_pictures", dispute=str(dispute_id), by=account, missing=len(ids) - len(used))


async def purge(work: ChatWork, delete: Delete) -> int:
    """Delete files whose time is over, before their rows say so: what fails between the two is done again.

    Answers how many were looked at. Raises what `delete` raises.
    """
    due = await work.attachments.due(PURGE_BATCH)
    for each in due:
        if each.used_at is not None:
            until = retained_until(each.used_at, now=each.at, is_open=each.is_open, closed_at=each.closed_at)
            if until > each.at:
                await work.attachments.keep(each.id, until)
                continue
        await delete(each.id)
        await work.attachments.purge(each.id, each.at)
        work.log("attachment.purged", attachment=str(each.id), used=each.used_at is not None)
    return len(due)


async def _whole(work: ChatWork, by: Actor, context: UploadContext) -> UploadContext | Refused:
    """The context with the order of its dispute, for somebody who may add to it."""
    if context.conversation_id is not None:
        locked = await work.conversations.lock(context.conversation_id)
        refusal = locked.conversation.refusal(by) if locked is not None else Refusal.NOT_FOUND
        return Refused(refusal) if refusal is not None else context
    missing = Refused(Refusal.ORDER_NOT_FOUND if context.dispute_id is None else Refusal.NOT_FOUND)
    number = context.number
    if context.dispute_id is not None:
        number = await work.attachments.number_of(context.dispute_id)
    found = await work.logs.lock(number) if number is not None else None
    if found is None or found[0].role_for(by) is None:
        return missing
    return UploadContext(number=number, dispute_id=context.dispute_id)
