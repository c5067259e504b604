"""HTTP of writing to support, and of support's queue."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response

from services.chat import schemas
from services.chat.api.common import AfterSeq, R, conversation_of
from services.chat.commands import support
from services.chat.domain.support import Item, Status
from services.chat.queries import support as queries
from services.chat.refusals import ChatRefusal
from services.chat.schemas import support as bodies
from shared.clock import written
from shared.http.access import allowed
from shared.http.executor import Context
from shared.http.pages import CursorText, Limit, Page, forged, page, read_time_cursor
from shared.http.problems import refusals
from shared.http.strict import StrictRoute

router = APIRouter(prefix="/v1/support", route_class=StrictRoute, tags=["support"])
USER, SUPPORT = allowed("user"), allowed("support")
ItemId = Annotated[str, Path(max_length=64)]
MessageId = Annotated[str, Path(max_length=64)]
Account = Annotated[str | None, Query(max_length=128, pattern=r"^[^\x00]*$")]


@router.post("/conversations", response_model=schemas.MarkView, openapi_extra=USER)
async def post_support_conversation(context: Context) -> Response:
    """The user's chat with support, with pictures: write and read in it as in any conversation."""
    by = context.caller.actor
    return await context.execute(
        lambda work: support.open_chat(work, by), lambda found: schemas.MarkView(id=found.id, head=found.head)
    )


@router.post("/messages", status_code=201, response_model=bodies.SupportMessageView, openapi_extra=USER)
async def post_support_message(body: bodies.SupportMessageIn, context: Context) -> Response:
    """Write to support, in text; the answer comes within 24 hours."""
    by = context.caller.actor
    return await context.execute(
        lambda work: support.ask(work, by, body.text),
        lambda message: bodies.support_message_view(queries.SupportMessage(message, None)),
        201,
    )


@router.get(
    "/messages",
    response_model=bodies.SupportMessagesView,
    openapi_extra=allowed("user", "support", given={"user": ("support",)}),
)
async def get_support_messages(
    context: Context, user: Account = None, after_seq: AfterSeq = 0, limit: Limit = 20
) -> Response:
    """One's own messages to support with their answers, or for support those of a user."""
    account = user if user is not None else context.caller.actor.account
    return await context.show(
        lambda session: queries.messages(session, account, after_seq, limit + 1),
        lambda found: bodies.support_messages_view(found, limit),
    )


@router.post(
    "/messages/{message_id}/answer",
    status_code=201,
    response_model=bodies.SupportMessageView,
    responses=refusals(R.NOT_FOUND, R.NOT_A_PARTY),
    openapi_extra=SUPPORT,
)
async def post_support_answer(message_id: MessageId, body: bodies.SupportAnswerIn, context: Context) -> Response:
    """Support answers a message, and with it those before it; the user does not see who of support it was."""
    found, by = conversation_of(message_id), context.caller.actor
    return await context.execute(
        lambda work: support.answer(work, found, by, body.text),
        lambda message: bodies.support_message_view(queries.SupportMessage(message, found)),
        201,
    )


@router.get("/queue", response_model=Page[bodies.QueueItemView], openapi_extra=SUPPORT)
async def get_support_queue(
    context: Context,
    status: Literal["waiting", "overdue"] | None = None,
    assigned_to: Account = None,
    limit: Limit = 20,
    cursor: CursorText = None,
) -> Response:
    """Users who wait for an answer, whoever waits longest first."""
    key = read_time_cursor(cursor, "support")
    after = (key[0], _id(key[1])) if key is not None else None
    wanted = Status(status) if status is not None else None
    return await context.show(
        lambda session: queries.queue(session, assigned_to, wanted, after, limit + 1),
        lambda rows: page("support", rows, limit, bodies.queue_item_view, _key),
    )


@router.get(
    "/queue/{item_id}/transcript",
    response_model=bodies.TranscriptView,
    responses=refusals(R.NOT_FOUND, R.NOT_A_PARTY),
    openapi_extra=SUPPORT,
)
async def get_support_transcript(item_id: ItemId, context: Context) -> Response:
    """All that was written between the user and support, with support's notes."""
    found, by = conversation_of(item_id), context.caller.actor
    return await context.show(lambda session: queries.transcript(session, found, by), bodies.transcript_view)


@router.post(
    "/queue/{item_id}/assign",
    response_model=bodies.QueueItemView,
    responses=refusals(R.NOT_FOUND, R.NOT_A_PARTY, ChatRefusal.ALREADY_ASSIGNED),
    openapi_extra=SUPPORT,
)
async def post_support_assign(item_id: ItemId, context: Context, body: bodies.AssignIn | None = None) -> Response:
    """Take an item: one that nobody has, or that of somebody whom one names. Of two at once, one gets it."""
    found, by = conversation_of(item_id), context.caller.actor
    taken_from = body.taken_from if body is not None else None
    return await context.execute(lambda work: support.assign(work, found, by, taken_from), bodies.queue_item_view)


@router.post(
    "/queue/{item_id}/notes",
    status_code=201,
    response_model=bodies.NoteView,
    responses=refusals(R.NOT_FOUND, R.NOT_A_PARTY),
    openapi_extra=SUPPORT,
)
async def post_support_note(item_id: ItemId, body: bodies.NoteIn, context: Context) -> Response:
    """Write a note for support; no user ever sees it."""
    found, by = conversation_of(item_id), context.caller.actor
    return await context.execute(lambda work: support.note(work, found, by, body.text), bodies.note_view, 201)


def _key(item: Item) -> tuple[str, str]:
    assert item.unanswered is not None
    return written(item.unanswered.at), str(item.conversation_id)


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise forged() from None
