"""The pay page: where the sandbox's provider sends a buyer who pays; it works without JavaScript.

Whoever has the address may use it, as with any provider's page. Its forms carry a token that is good only in the
browser to which the page was sent, so no page elsewhere can send one. A form is one event at the bank: sent
twice, sent again after going back or reloading, it changes nothing more.
"""

import hmac
import secrets
from datetime import timedelta
from hashlib import sha256
from typing import Annotated
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse

from services.payments.refusals import PaymentsRefusal
from services.payments.sandbox import queries, rendering
from services.payments.sandbox.clerk import Clerk
from services.payments.sandbox.deeds import CHALLENGE, LATE, Form, deeds
from services.payments.sandbox.queries import Shown
from services.payments.sandbox.rendering import PageForm
from shared.http.access import allowed
from shared.http.problems import RefusedError, refusals
from shared.ids import new_id
from shared.refusals import Refusal

COOKIE = "holdfast_pay_page"
FORM_MAX = 2048
"""Bytes of a form."""
LATER = timedelta(minutes=1)
"""So long after the order has expired a late payment comes."""
FORM_TYPE = "application/x-www-form-urlencoded"
FORM = {
    "requestBody": {
        "required": True,
        "description": "The page's own form.",
        "content": {FORM_TYPE: {"schema": {"type": "object"}}},
    }
}
ReturnTo = Annotated[str | None, Query(max_length=500, description="Where the buyer goes back to; if it is allowed.")]


def add(routes: APIRouter, clerk: Clerk) -> None:
    """Add the page and its form to the sandbox's routes."""

    @routes.get(
        "/sandbox/payments/{attempt_id}",
        response_class=Response,
        responses={200: {"content": {"text/html": {}}}, **refusals(Refusal.NOT_FOUND)},
        openapi_extra=allowed("anyone"),
    )
    async def pay_page(attempt_id: UUID, request: Request, return_to: ReturnTo = None) -> Response:
        """Where the buyer pays: amount, fee, the time that is left, a code to scan or type in, the bank's choices."""
        shown = await _shown(request, clerk, attempt_id)
        nonce = request.cookies.get(COOKIE) or secrets.token_urlsafe(24)
        back = return_to if return_to and _is_allowed(return_to, request.app.state.settings.return_origins) else None
        return _page(shown, _form(clerk, shown, nonce, return_to), nonce, back=back)

    @routes.post(
        "/sandbox/payments/{attempt_id}/page",
        response_class=Response,
        status_code=303,
        responses=refusals(Refusal.NOT_FOUND, PaymentsRefusal.FORM_INVALID),
        openapi_extra={**allowed("anyone"), **FORM},
    )
    async def choose(attempt_id: UUID, request: Request, return_to: ReturnTo = None) -> Response:
        """A choice on the pay page; leads back to the page, which shows what payments knows by now."""
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM_TYPE:
            raise RefusedError(Refusal.UNSUPPORTED_MEDIA_TYPE)
        nonce = request.cookies.get(COOKIE, "")
        form = _read(await request.body(), _key(clerk), nonce, attempt_id)
        shown = await _shown(request, clerk, attempt_id)
        found = deeds(form, shown.attempt)
        if found is None:
            raise RefusedError(PaymentsRefusal.FORM_INVALID)
        if form.choice == CHALLENGE and shown.is_open:
            return _page(shown, _form(clerk, shown, nonce, return_to), nonce, challenge=True)
        if shown.is_open and not await clerk.provider.bank.is_recorded(f"evt_{form.id}"):
            send_at = shown.due_at + LATER if form.choice == LATE else None
            for deed in found:
                await clerk.does(shown.attempt, deed, send_at=send_at)
        return Response(status_code=303, headers={"Location": _address(attempt_id, return_to)})


async def _shown(request: Request, clerk: Clerk, attempt_id: UUID) -> Shown:
    async with request.app.state.database.reading() as session:
        shown: Shown | None = await queries.shown(session, attempt_id)
    if shown is None or shown.attempt.provider != clerk.provider.name:
        raise RefusedError(Refusal.NOT_FOUND)
    return shown


def _page(shown: Shown, form: PageForm, nonce: str, *, back: str | None = None, challenge: bool = False) -> Response:
    content = rendering.page(shown, form, back=back, challenge=challenge)
    response = HTMLResponse(content, headers=rendering.HEADERS)
    response.set_cookie(
        COOKIE, nonce, path="/v1/sandbox/payments", httponly=True, samesite="strict", secure=form.secure
    )
    return response


def _form(clerk: Clerk, shown: Shown, nonce: str, return_to: str | None) -> PageForm:
    form_id, attempt = new_id().hex, shown.attempt
    token = _token(_key(clerk), nonce, attempt.id, form_id)
    address = _address(attempt.id, return_to, "/page")
    return PageForm(address, form_id, token, secure=clerk.provider.public_url.startswith("https"))


def _address(attempt_id: UUID, return_to: str | None, more: str = "") -> str:
    query = f"?{rendering.query(return_to=return_to)}" if return_to else ""
    return f"/v1/sandbox/payments/{attempt_id}{more}{query}"


def _read(body: bytes, key: bytes, nonce: str, attempt_id: UUID) -> Form:
    """The form in a body. Raises RefusedError for one that this page did not send to this browser."""
    try:
        pairs = parse_qsl(body.decode("ascii"), strict_parsing=True, max_num_fields=8) if len(body) <= FORM_MAX else []
    except ValueError:
        pairs = []
    given = dict(pairs)
    form_id, token = given.get("form", ""), given.get("token", "")
    expected = _token(key, nonce, attempt_id, form_id)
    if len(given) != len(pairs) or not nonce or not hmac.compare_digest(token.encode(), expected.encode()):
        raise RefusedError(PaymentsRefusal.FORM_INVALID)
    return Form(form_id, given.get("choice", ""), given.get("reason", ""))


def _token(key: bytes, nonce: str, attempt_id: UUID, form_id: str) -> str:
    return hmac.new(key, f"{nonce}\n{attempt_id}\n{form_id}".encode(), sha256).hexdigest()


def _key(clerk: Clerk) -> bytes:
    return sha256(b"pay page\n" + clerk.provider.secret.encode()).digest()


def _is_allowed(address: str, origins: tuple[str, ...]) -> bool:
    """Whether it is a page of one of these origins."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return f"{parts.scheme}://{parts.netloc}" in origins and parts.scheme in ("http", "https")
