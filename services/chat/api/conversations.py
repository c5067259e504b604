"""HTTP of conversations and their messages."""

from uuid import UUID

from fastapi import APIRouter, Response

from services.chat import queries, schemas
from services.chat.api.common import AfterSeq, ConversationId, R, conversation_of
from services.chat.commands import conversations
from services.chat.domain.conversation import Conversation
from services.chat.refusals import ChatRefusal
from services.chat.unit_of_work import ChatWork
from shared.clock import written
from shared.http.access import allowed
from shared.http.conditions import Thing
from shared.http.executor import Context
from shared.http.pages import CursorText, Limit, Page, forged, page, read_time_cursor
from shared.http.problems import refusals
from shared.http.strict import StrictRoute

router = APIRouter(prefix="/v1", route_class=StrictRoute, tags=["chat"])
PARTY = allowed("buyer", "seller", "assistant")


@router.post(
    "/conversations",
    response_model=schemas.MarkView,
    responses=refusals(R.NOT_FOUND, R.NOT_A_PARTY, R.LISTING_NOT_FOUND, R.ORDER_NOT_FOUND, R.ACCOUNT_SUSPENDED),
    openapi_extra=allowed("user", "assistant", given={"as=buyer": ("user",)}),
)
async def post_conversation(body: schemas.ConversationIn, context: Context) -> Response:
    """Open the conversation with a seller, or with the buyer of an order; there is one per pair, in these roles."""
    opening = conversations.Opening(body.with_, body.as_, body.listing_id, body.order_number)
    by = context.caller.actor
    return await context.execute(lambda work: conversations.open_conversation(work, by, opening), _marked)


@router.get(
    "/conversations",
    response_model=Page[schemas.ConversationView],
    openapi_extra=allowed("user", "assistant"),
)
async def get_conversations(context: Context, limit: Limit = 20, cursor: CursorText = None) -> Response:
    """One's own conversations, the last active first."""
    key, by = read_time_cursor(cursor, "conversations"), context.caller.actor
    before = (key[0], _id(key[1])) if key is not None else None
    return await context.show(
        lambda session: queries.conversations(session, by, before, limit + 1),
        lambda rows: page("conversations", rows, limit, schemas.conversation_view, _key),
    )


@router.get(
    "/conversations/{conversation_id}",
    response_model=schemas.ConversationView,
    responses=refusals(R.NOT_FOUND, R.NOT_A_PARTY),
    openapi_extra=PARTY,
)
async def get_conversation(conversation_id: ConversationId, context: Context) -> Response:
    """A conversation, its head, and what its reader has not read."""
    thing = _the_conversation(conversation_id, context)
    return await context.show(thing.query, thing.render)


@router.get(
    "/conversations/{conversation_id}/messages",
    response_model=schemas.MessagesView,
    responses=refusals(R.NOT_FOUND, R.NOT_A_PARTY),
    openapi_extra=PARTY,
)
async def get_messages(
    conversation_id: ConversationId, context: Context, after_seq: AfterSeq = 0, limit: Limit = 100
) -> Response:
    """Messages behind a number, oldest first, without a gap."""
    found, by = conversation_of(conversation_id), context.caller.actor
    return await context.show(
        lambda session: queries.messages(session, found, by, after_seq, limit), schemas.messages_view
    )


@router.post(
    "/conversations/{conversation_id}/messages",
    status_code=201,
    response_model=schemas.MessageView,
    responses=refusals(
        R.NOT_FOUND,
        R.NOT_A_PARTY,
        R.ACCOUNT_SUSPENDED,
        R.CONTACT_INFORMATION,
        ChatRefusal.CLIENT_ID_CONFLICT,
        ChatRefusal.ATTACHMENT_NOT_ALLOWED,
    ),
    openapi_extra=PARTY,
)
async def post_message(conversation_id: ConversationId, body: schemas.MessageIn, context: Context) -> Response:
    """Write a message. Contact information is withheld: it takes no number, and nobody else sees it."""
    found, by = conversation_of(conversation_id), context.caller.actor
    draft = conversations.Draft(body.client_id, body.text, body.attachments)
    return await context.execute(lambda work: conversations.send(work, found, by, draft), schemas.message_view, 201)


@router.post(
    "/conversations/{conversation_id}/read",
    response_model=schemas.MarkView,
    responses=refusals(R.NOT_FOUND, R.NOT_A_PARTY),
    openapi_extra=PARTY,
)
async def post_read(conversation_id: ConversationId, body: schemas.ReadIn, context: Context) -> Response:
    """Everything up to this message is read; the mark only rises, and never above the newest message."""
    found, by = conversation_of(conversation_id), context.caller.actor
    return await context.execute(lambda work: conversations.read(work, found, by, body.seq), _marked)


def _marked(conversation: Conversation) -> schemas.MarkView:
    return schemas.MarkView(id=conversation.id, head=conversation.head)


def _the_conversation(conversation_id: str, context: Context) -> Thing[ChatWork, queries.Seen]:
    found, by = conversation_of(conversation_id), context.caller.actor
    return Thing(
        lambda session: queries.conversation(session, found, by),
        schemas.conversation_view,
        lambda work: work.conversations.lock(found),
    )


def _key(seen: queries.Seen) -> tuple[str, str]:
    return written(seen.conversation.active_at), str(seen.conversation.id)


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise forged() from None
