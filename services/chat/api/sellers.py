"""HTTP of what a seller prepares to say."""

from fastapi import APIRouter, Request, Response

from services.chat import schemas
from services.chat.api.common import R
from services.chat.commands import sellers
from services.chat.queries.answers import answers
from shared.http.access import allowed
from shared.http.executor import Context, show
from shared.http.paths import AccountId
from shared.http.problems import refusals
from shared.http.strict import StrictRoute

router = APIRouter(prefix="/v1", route_class=StrictRoute, tags=["chat"])
PUT = (R.ACCOUNT_SUSPENDED, R.CONTACT_INFORMATION)


@router.get("/sellers/{user}/answers", response_model=schemas.AnswersView, openapi_extra=allowed("anyone"))
async def get_answers(user: AccountId, request: Request) -> Response:
    """How often and how soon a seller answers buyers, for everybody to see."""
    return await show(request, lambda session: answers(session, user), lambda found: schemas.answers_view(user, found))


@router.put(
    "/me/auto-reply",
    response_model=schemas.AutoReplyView,
    responses=refusals(*PUT),
    openapi_extra=allowed("user", "assistant"),
)
async def put_auto_reply(body: schemas.AutoReplyIn, context: Context) -> Response:
    """What a buyer who writes first is answered at once, at most once in 24 hours."""
    by = context.caller.actor
    return await context.execute(
        lambda work: sellers.put_auto_reply(work, by, body.text), lambda text: schemas.AutoReplyView(text=text)
    )


@router.put(
    "/me/quick-replies",
    response_model=schemas.QuickRepliesView,
    responses=refusals(*PUT),
    openapi_extra=allowed("user", "assistant"),
)
async def put_quick_replies(body: schemas.QuickRepliesIn, context: Context) -> Response:
    """Texts that the seller answers with often."""
    by = context.caller.actor
    return await context.execute(
        lambda work: sellers.put_quick_replies(work, by, body.replies),
        lambda replies: schemas.QuickRepliesView(replies=replies),
    )
