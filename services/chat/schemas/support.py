"""HTTP bodies of writing to support, and of support's queue."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BeforeValidator, Field

from services.chat.domain.support import Item, current
from services.chat.queries.support import SupportMessage, Transcript
from services.chat.repository import Note
from services.chat.schemas import AccountName, MessageView, message_view
from shared.http.fields import Body, Clean, Moment, View

Words = Annotated[str, Field(min_length=1, max_length=2000, examples=["Where is my money?"]), Clean]


def _no_pictures(found: Any) -> Any:
    if found:
        raise ValueError("messages to support are text only; send pictures in a chat with support")
    return found


class SupportMessageIn(Body):
    """A message to support, of text."""

    text: Words
    attachments: Annotated[list[str], BeforeValidator(_no_pictures)] = Field(default_factory=list, max_length=0)
    """Always empty: pictures go into a chat with support (`POST /v1/support/conversations`)."""


class SupportAnswerIn(Body):
    """What the user reads as support's answer; D9 ends with it."""

    text: Words


class AssignIn(Body):
    """From whom it is taken over."""

    taken_from: AccountName | None = None
    """Who has it now, as the caller knows; nobody if it is left out."""


class NoteIn(Body):
    """A note for support."""

    text: Words


class SupportMessageView(View):
    """A message to support, or an answer to one."""

    id: UUID
    seq: int
    """Its place among the user's messages and their answers, from 1."""
    from_: Literal["user", "support"] = Field(serialization_alias="from")
    text: str
    answers: UUID | None
    """The message that it answers."""
    at: Moment


class SupportMessagesView(View):
    """Messages behind a number, oldest first."""

    items: list[SupportMessageView]
    more: bool
    """Whether there are more behind the last one."""


class QueueItemView(View):
    """A user's conversation with support over one channel."""

    id: UUID
    """The conversation's id too."""
    user: str
    channel: Literal["chat", "message"]
    status: Literal["waiting", "overdue", "answered"]
    waiting_since: Moment | None
    """When the first message was written that is unanswered."""
    due_at: Moment | None
    """When operators are alarmed (D9)."""
    assigned_to: str | None


class NoteView(View):
    """A note of support; no user ever sees it."""

    id: UUID
    by_user: str
    text: str
    at: Moment


class TranscriptView(View):
    """What was written between a user and support over one channel, the newest 1,000, and support's notes about it."""

    item: QueueItemView
    messages: list[MessageView]
    notes: list[NoteView]


def support_message_view(found: SupportMessage) -> SupportMessageView:
    """A message as its user sees it; who of support answered stays with support."""
    return SupportMessageView.of(
        found.message, from_="user" if found.message.sender else "support", answers=found.answers
    )


def support_messages_view(found: list[SupportMessage], limit: int) -> SupportMessagesView:
    """A page that was read with one more than `limit`."""
    return SupportMessagesView(items=[support_message_view(each) for each in found[:limit]], more=len(found) > limit)


def queue_item_view(item: Item) -> QueueItemView:
    """What somebody of support sees of a user who waits."""
    deadline = current(item)
    return QueueItemView.of(
        item,
        id=item.conversation_id,
        user=item.account,
        waiting_since=item.unanswered.at if item.unanswered is not None else None,
        due_at=deadline.due_at if deadline is not None else None,
    )


def note_view(note: Note) -> NoteView:
    """What somebody of support wrote for the others."""
    return NoteView.of(note)


def transcript_view(found: Transcript) -> TranscriptView:
    """An item with everything that belongs to it."""
    return TranscriptView(
        item=queue_item_view(found.item),
        messages=[message_view(each) for each in found.messages],
        notes=[note_view(each) for each in found.notes],
    )
