"""Tickets, presence and the socket itself."""

from typing import Annotated

from fastapi import APIRouter, Query, Response, WebSocket

from services.chat import queries, schemas
from services.chat.api.common import R
from services.chat.commands import sessions
from services.chat.domain.session import Presence
from shared.http.access import allowed
from shared.http.executor import Context
from shared.http.problems import refusals
from shared.http.sockets import accepted
from shared.http.strict import StrictRoute

PRESENCE_MAX = 50
router = APIRouter(prefix="/v1", route_class=StrictRoute, tags=["chat"])
socket_router = APIRouter(prefix="/v1")
PERSON = allowed("user", "assistant")
Users = Annotated[
    str,
    Query(
        min_length=1, max_length=1500, pattern=r"^[^\x00]*$", description="Accounts, separated by commas; at most 50."
    ),
]


@router.post(
    "/chat/tickets",
    status_code=201,
    response_model=schemas.TicketView,
    responses=refusals(R.ACCOUNT_SUSPENDED),
    openapi_extra=PERSON,
)
async def post_chat_ticket(context: Context) -> Response:
    """A ticket for the socket at /v1/chat?ticket=…: good once, for 30 seconds."""
    caller = context.caller
    return await context.execute(
        lambda work: sessions.issue_ticket(work, caller.actor, caller.expires_at),
        lambda ticket: schemas.TicketView(ticket=ticket),
        201,
    )


@router.delete("/chat/tickets", response_model=schemas.WithdrawnView, openapi_extra=PERSON)
async def delete_chat_tickets(context: Context) -> Response:
    """Sign out of chat: the person's tickets are void and their sockets are closed with 4401, everywhere."""
    by = context.caller.actor
    return await context.execute(
        lambda work: sessions.withdraw_tickets(work, by), lambda _: schemas.WithdrawnView(withdrawn=True)
    )


@router.get(
    "/presence",
    response_model=schemas.PresencesView,
    openapi_extra=PERSON,
)
async def get_presence(users: Users, context: Context) -> Response:
    """Who is online. Sellers are shown to everybody, buyers to people they share a conversation with (rules 8.2)."""
    wanted, by = tuple(dict.fromkeys(filter(None, users.split(","))))[:PRESENCE_MAX], context.caller.actor
    return await context.show(lambda session: queries.presence(session, wanted, by), _shown)


@socket_router.websocket("/chat")
async def chat(websocket: WebSocket) -> None:
    """The live socket; who comes with a bad ticket is accepted and closed, since browsers can't see a refusal."""
    socket = await accepted(websocket)
    await websocket.app.state.hub.serve(socket, websocket.query_params.get("ticket", ""))


def _shown(found: list[Presence]) -> schemas.PresencesView:
    return schemas.PresencesView(items=[schemas.presence_view(each) for each in found])
