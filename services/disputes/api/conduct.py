"""HTTP of conduct: the status of accounts, and what support does about it."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from services.disputes import queries, schemas
from services.disputes.api.cases import case_id
from services.disputes.commands import conduct
from services.disputes.unit_of_work import DisputesWork
from shared.http.access import allowed
from shared.http.auth import Caller
from shared.http.conditions import Thing
from shared.http.executor import Context
from shared.http.pages import CursorText, Limit, Page, page, read_id_cursor
from shared.http.paths import AccountId
from shared.http.problems import refusals
from shared.http.strict import StrictRoute
from shared.refusals import Refusal

R = Refusal
router = APIRouter(prefix="/v1", route_class=StrictRoute, tags=["conduct"])
OF_SUPPORT = (R.NOT_A_PARTY, R.REASON_REQUIRED, R.WRONG_STATUS)


@router.get("/conduct/{user}", response_model=schemas.ConductView, openapi_extra=allowed("self", "support"))
async def get_conduct(user: AccountId, context: Context) -> Response:
    """The status of an account and its offences, for itself and for support."""
    shown = _the_account(user, context.caller)
    return await context.show(shown.query, shown.render)


@router.post(
    "/conduct/{user}/offences/{offence_id}/annul",
    response_model=schemas.AccountStatusView,
    responses=refusals(*OF_SUPPORT, R.NOT_FOUND),
    openapi_extra=allowed("support"),
)
async def annul(
    user: AccountId,
    offence_id: Annotated[str, Path(max_length=64)],
    context: Context,
    body: schemas.ReasonIn | None = None,
) -> Response:
    """Support finds that an offence was none; a suspension stays until support reinstates."""
    actor, found, reason = context.caller.actor, case_id(offence_id), body.reason if body else None
    return await context.execute(
        lambda work: conduct.annul(work, user, found, actor, reason),
        schemas.account_status_view,
        about=_the_account(user, context.caller),
    )


@router.post(
    "/conduct/{user}/suspend",
    response_model=schemas.AccountStatusView,
    responses=refusals(*OF_SUPPORT),
    openapi_extra=allowed("support"),
)
async def suspend(user: AccountId, context: Context, body: schemas.SuspendIn | None = None) -> Response:
    """Support suspends an account, with or without its money, until it is reinstated or for ever."""
    actor, how = context.caller.actor, body or schemas.SuspendIn()
    return await context.execute(
        lambda work: conduct.suspend(work, user, actor, how.reason, freeze=how.freeze, permanent=how.permanent),
        schemas.account_status_view,
        about=_the_account(user, context.caller),
    )


@router.post(
    "/conduct/{user}/reinstate",
    response_model=schemas.AccountStatusView,
    responses=refusals(*OF_SUPPORT),
    openapi_extra=allowed("support"),
)
async def reinstate(user: AccountId, context: Context, body: schemas.ReasonIn | None = None) -> Response:
    """Support lets a suspended account do everything again."""
    actor, reason = context.caller.actor, body.reason if body else None
    return await context.execute(
        lambda work: conduct.reinstate(work, user, actor, reason),
        schemas.account_status_view,
        about=_the_account(user, context.caller),
    )


@router.post(
    "/conduct/{user}/flags",
    status_code=201,
    response_model=schemas.FlagView,
    openapi_extra=allowed("user", given={"kind=duplicate_listing": ("support",), "kind=off_site_offer": ("support",)}),
)
async def post_flag(user: AccountId, body: schemas.FlagIn, context: Context) -> Response:
    """Report somebody's conduct to support; support also notes duplicate listings and off-site offers."""
    actor = context.caller.actor
    return await context.execute(
        lambda work: conduct.flag(work, user, actor, body.kind, body.text),
        schemas.flag_view,
        201,
        about=_the_account(user, context.caller),
    )


@router.get("/flags", response_model=Page[schemas.FlagView], openapi_extra=allowed("support"))
async def get_flags(
    context: Context,
    user: Annotated[str | None, Query(max_length=128, pattern=r"^[^\x00]*$")] = None,
    kind: schemas.FlagKind | None = None,
    open_: Annotated[bool | None, Query(alias="open")] = None,
    limit: Limit = 20,
    cursor: CursorText = None,
) -> Response:
    """Records that support has to work through, oldest first."""
    after = read_id_cursor(cursor, "flags")
    return await context.show(
        lambda session: queries.flags(session, user, kind, open_, after, limit + 1),
        lambda rows: page("flags", rows, limit, schemas.flag_view, lambda flag: (str(flag.id),)),
    )


@router.post(
    "/flags/{flag_id}/resolve",
    response_model=schemas.FlagView,
    responses=refusals(R.NOT_FOUND, R.WRONG_STATUS),
    openapi_extra=allowed("support"),
)
async def resolve_flag(
    flag_id: Annotated[str, Path(max_length=64)], body: schemas.ResolutionIn, context: Context
) -> Response:
    """Support closes a record with what was done about it."""
    actor, found = context.caller.actor, case_id(flag_id)
    return await context.execute(lambda work: conduct.resolve(work, found, actor, body.resolution), schemas.flag_view)


def _the_account(user: str, caller: Caller) -> Thing[DisputesWork, queries.ConductFile]:
    """The account of a path as its GET shows it to this caller."""
    return Thing(
        lambda session: queries.conduct(session, user, caller.actor),
        schemas.conduct_view,
        lambda work: work.conduct.lock(user),
    )
