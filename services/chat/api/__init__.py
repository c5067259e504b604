"""HTTP of chat: paths, bodies and callers; commands run in the command executor."""

from fastapi import APIRouter

from services.chat.api import attachments, conversations, live, log, sellers, support

router = APIRouter()
for part in (
    attachments.router,
    conversations.router,
    live.router,
    live.socket_router,
    log.router,
    sellers.router,
    support.router,
):
    router.include_router(part)
