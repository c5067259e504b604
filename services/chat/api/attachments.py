"""HTTP of attachments: a picture comes in as raw bytes, and goes out over a link that works for a minute (0012)."""

from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response

from services.chat import queries, schemas
from services.chat.api.common import R, conversation_of
from services.chat.commands import attachments
from services.chat.domain.attachment import Attachment, UploadContext
from services.chat.files import Files, FilesUnavailable
from services.chat.links import Links
from services.chat.pictures.reader import PictureReader, QueueFull
from services.chat.refusals import ChatRefusal
from services.chat.unit_of_work import ChatWork
from shared.clock import real_now
from shared.db.errors import Contention, DatabaseUnavailable
from shared.db.repeating import retry_on_contention
from shared.db.unit_of_work import Database
from shared.http.access import allowed
from shared.http.executor import Context, RequestContext
from shared.http.problems import RefusedError, problem, refusals
from shared.http.strict import StrictRoute
from shared.refusals import Refused
from shared.telemetry.logs import logger

UPLOAD_BYTES_MAX = 5 * 1024 * 1024
TYPES = ("image/png", "image/jpeg", "image/webp")
TRIES = 3
Result = TypeVar("Result")
PROTECTION = {
    "Cache-Control": "private, no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
"""The headers of every picture. The gateway sets them too: of an answer that it sends itself only the first is kept."""
INSIDE = "/-/files/"
"""The path under which the gateway finds the folder of files; it is none from outside."""
PICTURE = {
    "required": True,
    "description": "A PNG, JPEG or WebP of at most 5 MiB, 24 megapixels and one frame; its content decides.",
    "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in TYPES},
}
router = APIRouter(prefix="/v1", route_class=StrictRoute, tags=["chat"])
Name = Annotated[str | None, Query(max_length=64)]
AttachmentId = Annotated[str, Path(max_length=64)]


@router.post(
    "/attachments",
    status_code=201,
    response_model=schemas.UploadView,
    responses=refusals(
        R.NOT_FOUND,
        R.NOT_A_PARTY,
        R.ORDER_NOT_FOUND,
        R.ACCOUNT_SUSPENDED,
        ChatRefusal.IMAGE_INVALID,
        ChatRefusal.IMAGE_ANIMATED,
    ),
    openapi_extra={**allowed("user", "assistant"), "requestBody": PICTURE},
    max_body_size=UPLOAD_BYTES_MAX,
)
async def post_attachment(
    request: Request,
    context: Context,
    conversation_id: Name = None,
    order_number: Name = None,
    dispute_id: Name = None,
) -> Response:
    """Upload a picture for a conversation, an order's log or a dispute: exactly one of them is named.

    It is turned upright, brought to sRGB and written anew without metadata; the hash of the original is kept. It can
    be used once, there, by its uploader, and is purged after 24 hours if it is not.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() not in TYPES:
        raise RefusedError(R.UNSUPPORTED_MEDIA_TYPE)
    wanted = _context(conversation_id, order_number, dispute_id)
    context.check_key()
    try:
        async with request.app.state.pictures.place():
            return await _uploaded(request, context, wanted)
    except QueueFull:
        raise RefusedError(R.RATE_LIMITED) from None
    except FilesUnavailable as error:
        raise _unavailable(error) from error


@router.get(
    "/attachments/{attachment_id}",
    response_model=schemas.AttachmentView,
    responses=refusals(R.NOT_FOUND, R.NOT_A_PARTY),
    openapi_extra=allowed("buyer", "seller", "assistant", "support"),
)
async def get_attachment(attachment_id: AttachmentId, context: Context) -> Response:
    """A link to a picture, for the parties of what it was uploaded for; of a purged one only the hash is left."""
    found, by = conversation_of(attachment_id), context.caller.actor
    links: Links = context.request.app.state.links
    now = real_now()

    def view(attachment: Attachment) -> schemas.AttachmentView:
        url, expires_at = None, None
        if attachment.purged_at is None:
            signed, expires_at = links.make(attachment.id, by, now)
            url = f"{context.settings.public_url}/v1/files/{signed}"
        return schemas.AttachmentView.of(attachment.picture, id=attachment.id, url=url, expires_at=expires_at)

    return await context.show(lambda session: queries.attachment(session, found, by), view)


@router.get(
    "/files/{signed}",
    response_class=Response,
    responses={**refusals(R.NOT_FOUND), 200: {"content": {kind: {} for kind in TYPES[:2]}}},
    openapi_extra=allowed("anyone"),
)
async def get_file(signed: Annotated[str, Path(max_length=4000)], request: Request) -> Response:
    """The picture of a link, as long as the link works and whoever asked for it may still read the picture."""
    link = request.app.state.links.read(signed, real_now())
    if link is None:
        raise RefusedError(R.NOT_FOUND)
    database: Database[ChatWork] = request.app.state.database
    async with database.reading() as session:
        found = await queries.attachment(session, link.attachment_id, link.reader)
    if isinstance(found, Refused) or found.purged_at is not None:
        raise RefusedError(R.NOT_FOUND)
    return await _sent(request.app.state.files, found)


async def _sent(files: Files, attachment: Attachment) -> Response:
    """The picture's bytes, or where the gateway finds them."""
    kind = attachment.picture.type
    name = f"{attachment.id}.{kind.removeprefix('image/')}"
    headers = {**PROTECTION, "Content-Disposition": f'attachment; filename="{name}"'}
    if (path := files.path(attachment.id)) is not None:
        return Response(None, 200, {**headers, "X-Accel-Redirect": INSIDE + path}, media_type=kind)
    try:
        content = await files.get(attachment.id)
    except FilesUnavailable as error:
        raise _unavailable(error) from error
    if content is None:
        raise RefusedError(R.NOT_FOUND)
    return Response(content, 200, headers, media_type=kind)


async def _uploaded(request: Request, context: RequestContext[ChatWork], wanted: UploadContext) -> Response:
    """A place for the picture, then the picture, then its file: in this order, so that no file is without a row.

    What is refused, or was answered before under this key, leaves nothing behind. After a fault nobody knows whether
    the command was committed: the purge finds out. Raises FilesUnavailable.
    """
    reader: PictureReader = request.app.state.pictures
    attachment_id = await _committed(request, lambda work: attachments.reserve(work, context.caller.actor, wanted))
    if isinstance(attachment_id, Refused):
        return problem(attachment_id)
    made = await reader.read(await request.body())
    if isinstance(made, Refused):
        await _discard(request, attachment_id)
        return problem(made)
    await request.app.state.files.put(attachment_id, made.content)
    try:
        answer = await context.execute(
            lambda work: attachments.stored(work, attachment_id, made.picture),
            schemas.upload_view,
            201,
            body_digest=bytes.fromhex(made.picture.sha256),
        )
    except RefusedError:
        await _discard(request, attachment_id)
        raise
    if answer.status_code != 201 or "idempotency-replayed" in answer.headers:
        await _discard(request, attachment_id)
    return answer


async def _discard(request: Request, attachment_id: UUID) -> None:
    """Delete what was reserved; if that fails, the purge does it a day later."""
    files: Files = request.app.state.files
    try:
        await _committed(request, lambda work: attachments.discard(work, attachment_id, files.delete))
    except (FilesUnavailable, DatabaseUnavailable, Contention) as error:
        logger().warning("attachment.not_discarded", attachment=str(attachment_id), reason=str(error))


async def _committed(request: Request, act: Callable[[ChatWork], Awaitable[Result]]) -> Result:
    """Run this in one transaction of its own, again after contention."""
    database: Database[ChatWork] = request.app.state.database

    async def once() -> Result:
        async with database.transaction() as work:
            return await act(work)

    return await retry_on_contention(once, TRIES)


def _context(conversation_id: str | None, order_number: str | None, dispute_id: str | None) -> UploadContext:
    """The one context that is named. Raises RefusedError: 422 for none or several, 404 for what can't be an id."""
    named = {"conversation_id": conversation_id, "order_number": order_number, "dispute_id": dispute_id}
    given = [name for name, value in named.items() if value is not None]
    if len(given) != 1:
        errors = [{"pointer": f"/query/{name}", "detail": "exactly one of the three is needed"} for name in named]
        raise RefusedError(R.VALIDATION_FAILED, errors=errors)
    return UploadContext(
        conversation_of(conversation_id) if conversation_id is not None else None,
        order_number,
        conversation_of(dispute_id) if dispute_id is not None else None,
    )


def _unavailable(error: FilesUnavailable) -> RefusedError:
    logger().error("files.unavailable", reason=str(error))
    return RefusedError(R.UNAVAILABLE)
