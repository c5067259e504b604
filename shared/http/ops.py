"""What operators do with parked messages: see why, replay, or skip with a reason; audited (architecture 5)."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.db.tables import KeptMessage
from shared.db.unit_of_work import UnitOfWork
from shared.http.access import allowed
from shared.http.door import Ask
from shared.http.fields import Body, Moment, ShortText, View
from shared.http.pages import CursorText, Limit, Page, cursor, read_cursor
from shared.http.problems import refusals
from shared.http.strict import StrictRoute
from shared.messaging import retries
from shared.refusals import Refusal, Refused
from shared.telemetry.logs import logger

LIST = "parked"


class Reason(Body):
    """Why the operator does this; it stays on record with the message."""

    reason: ShortText


class ParkedView(View):
    """A message that could not be handled, with everything needed to understand why."""

    id: int
    queue: str
    message_id: str
    event: str
    state: str
    attempts: int
    error: str
    kept_at: Moment
    headers: dict[str, Any]
    body: str


class Settled(View):
    """What became of the parked message."""

    id: int
    state: str
    at: Moment


def router(service: str) -> APIRouter:
    """The operator's routes of one service."""
    routes = APIRouter(prefix=f"/v1/ops/{service}/parked", route_class=StrictRoute, tags=["operations"])

    @routes.get(
        "",
        response_model=Page[ParkedView],
        responses=refusals(Refusal.UNAUTHENTICATED, Refusal.FORBIDDEN),
        openapi_extra=allowed("operator"),
    )
    async def parked(ask: Ask, limit: Limit = 20, cursor: CursorText = None) -> Response:
        """Messages that wait for an operator, oldest first."""
        return await ask.show(lambda session: _parked(session, ask, cursor, limit), lambda page: page)

    @routes.post(
        "/{kept_id}/replay",
        response_model=Settled,
        responses=refusals(Refusal.FORBIDDEN, Refusal.NOT_FOUND, Refusal.IDEMPOTENCY_KEY_REQUIRED),
        openapi_extra=allowed("operator"),
    )
    async def replay(kept_id: Annotated[int, Path(ge=1, le=2**62)], body: Reason, ask: Ask) -> Response:
        """Try the message again at once, with all its tries."""
        return await ask.answer(lambda work: _settle(work, ask, kept_id, body.reason, "waiting"), lambda done: done)

    @routes.post(
        "/{kept_id}/skip",
        response_model=Settled,
        responses=refusals(Refusal.FORBIDDEN, Refusal.NOT_FOUND, Refusal.IDEMPOTENCY_KEY_REQUIRED),
        openapi_extra=allowed("operator"),
    )
    async def skip(kept_id: Annotated[int, Path(ge=1, le=2**62)], body: Reason, ask: Ask) -> Response:
        """Give the message up; it stays on record and is never handled."""
        return await ask.answer(lambda work: _settle(work, ask, kept_id, body.reason, "skipped"), lambda done: done)

    return routes


async def _parked(session: AsyncSession, ask: Ask, text: str | None, limit: int) -> Page[ParkedView] | Refused:
    if not ask.caller.has("operator"):
        return Refused(Refusal.FORBIDDEN)
    after = (read_cursor(text, LIST, int) or (0,))[0]
    query = select(KeptMessage).where(col(KeptMessage.state) == "parked", col(KeptMessage.id) > after)
    rows = (await session.exec(query.order_by(col(KeptMessage.id)).limit(limit + 1))).all()
    items = [_view(row) for row in rows[:limit]]
    return Page(items=items, next_cursor=cursor(LIST, items[-1].id) if len(rows) > limit else None)


def _view(row: KeptMessage) -> ParkedView:
    assert row.id is not None
    return ParkedView(
        id=row.id,
        queue=row.consumer,
        message_id=row.message_id,
        event=row.event,
        state=row.state,
        attempts=row.attempts,
        error=row.error,
        kept_at=row.kept_at,
        headers=row.headers,
        body=row.body.decode("utf-8", "backslashreplace"),
    )


async def _settle(work: UnitOfWork, ask: Ask, kept_id: int, reason: str, state: str) -> Settled | Refused:
    if not ask.caller.has("operator"):
        return Refused(Refusal.FORBIDDEN)
    act = retries.replay if state == "waiting" else retries.skip
    if not await act(work, kept_id, ask.caller.sub, reason):
        return Refused(Refusal.NOT_FOUND)
    logger().warning(f"message.{state}", kept_id=kept_id, user=ask.caller.sub, reason=reason)
    at: datetime = await work.sql.fetchval("select clock_timestamp()")
    return Settled(id=kept_id, state=state, at=at)
