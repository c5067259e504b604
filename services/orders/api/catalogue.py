"""HTTP of looking for something to buy: search and order of listings, one's own drafts, reviews of a seller."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from services.orders.domain.listing import Category, State
from services.orders.queries import catalogue
from services.orders.queries.catalogue import ListingFilter, Place, Sort
from services.orders.schemas.listings import ListingView, listing_view
from services.orders.schemas.lists import PublicReviewView, public_review_view
from shared.clock import written
from shared.http.access import allowed
from shared.http.executor import show
from shared.http.pages import CursorText, Limit, Page, page, read_cursor, read_time_cursor
from shared.http.paths import AccountId
from shared.http.problems import RefusedError
from shared.http.strict import StrictRoute
from shared.money import AMOUNT_MAX
from shared.refusals import Refusal

R = Refusal
router = APIRouter(prefix="/v1", route_class=StrictRoute)
WORDS_MAX = 8
Price = Annotated[int | None, Query(ge=0, le=AMOUNT_MAX, description="In minor units; needs `currency`.")]
Person = Annotated[str | None, Query(max_length=128, pattern=r"^[^\x00]*$")]
Words = Annotated[
    str | None,
    Query(
        max_length=200,
        pattern=r"^[^\x00]*$",
        description=f"Up to {WORDS_MAX} words, which all occur in title or description.",
    ),
]


async def listing_filter(
    request: Request,
    q: Words = None,
    seller: Person = None,
    category: Category | None = None,
    currency: Annotated[str | None, Query(pattern="^[A-Z]{3}$")] = None,
    min_price: Price = None,
    max_price: Price = None,
    sort: Annotated[Sort, Query(description="Sorting by price needs `currency`.")] = Sort.OLDEST,
    mine: Annotated[bool, Query(description="One's own listings, drafts too; needs a token.")] = False,
    state: Annotated[State | None, Query(description="Only together with mine=true.")] = None,
) -> ListingFilter:
    """Which listings the list shows. Raises RefusedError where parameters contradict each other."""
    words = tuple((q or "").split())
    if len(words) > WORDS_MAX:
        raise _wrong("q", f"at most {WORDS_MAX} words")
    if currency is None and (min_price is not None or max_price is not None or sort.by_price):
        raise _wrong("currency", "needed to compare prices")
    if state is not None and not mine:
        raise _wrong("state", "only together with mine=true")
    given = {"seller": seller, "category": category, "currency": currency}
    facts = {name: str(value) for name, value in given.items() if value is not None}
    owner = request.state.caller.user if mine else None
    return ListingFilter(owner, state, facts, words, min_price, max_price, sort)


@router.get(
    "/listings",
    response_model=Page[ListingView],
    tags=["listings"],
    openapi_extra=allowed("anyone", given={"mine=true": ("user", "assistant")}),
)
async def get_listings(
    request: Request,
    which: Annotated[ListingFilter, Depends(listing_filter)],
    limit: Limit = 20,
    cursor: CursorText = None,
) -> Response:
    """Listings for sale, oldest first unless sorted otherwise; those of closed stores are left out.

    With mine=true the caller's own listings: drafts, and those of a closed store, too.
    """
    kind, after = f"listings {which.sort}", _place(cursor, which.sort)
    return await show(
        request,
        lambda session: catalogue.listings(session, which, after, limit + 1),
        lambda rows: page(kind, rows, limit, lambda row: listing_view(row[0]), lambda row: _key(row[1])),
    )


@router.get(
    "/sellers/{user}/reviews", response_model=Page[PublicReviewView], tags=["reviews"], openapi_extra=allowed("anyone")
)
async def get_seller_reviews(
    user: AccountId, request: Request, limit: Limit = 20, cursor: CursorText = None
) -> Response:
    """The reviews of a seller, newest first, without the buyers' names; hidden ones are left out."""
    after = read_time_cursor(cursor, "reviews")
    return await show(
        request,
        lambda session: catalogue.reviews(session, user, after, limit + 1),
        lambda rows: page("reviews", rows, limit, public_review_view, lambda row: (written(row.posted_at), row.number)),
    )


def _wrong(name: str, detail: str) -> RefusedError:
    return RefusedError(R.VALIDATION_FAILED, errors=[{"pointer": f"/query/{name}", "detail": detail}])


def _place(text: str | None, sort: Sort) -> Place | None:
    """The place in a list in this order; a cursor of another order is refused."""
    kind = f"listings {sort}"
    if not sort.by_price:
        return read_time_cursor(text, kind)
    key = read_cursor(text, kind, int, str)
    return (int(key[0]), str(key[1])) if key is not None else None


def _key(place: Place) -> tuple[str | int, str]:
    """What the cursor of a place holds."""
    first, listing_id = place
    return first if isinstance(first, int) else written(first), listing_id
