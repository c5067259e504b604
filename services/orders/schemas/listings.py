"""HTTP bodies of listings, stores and sellers."""

from typing import Literal

from pydantic import Field

from services.orders.commands.listings import Shown
from services.orders.domain.listing import STOCK_MAX, Category, DeliveryMethod, State
from services.orders.domain.seller import SellerPage
from shared.http.fields import Body, LongText, Moment, MoneyIn, MoneyView, Title, View, Whole

LISTING_ID = "^[A-Za-z0-9_-]{1,64}$"


class ListingIn(Body):
    """What a seller offers."""

    title: Title
    description: LongText
    category: Literal["item", "currency", "account", "top_up", "gift_card"]
    unit_price: MoneyIn
    stock: int | None = Field(
        default=None,
        ge=0,
        le=STOCK_MAX,
        description="Pieces left to sell; needed to make a listing, an existing one keeps its own.",
        examples=[10],
    )
    delivery_method: Literal[
        "in_game_trade",
        "in_game_mail",
        "auction_house",
        "player_id_top_up",
        "login_top_up",
        "code_in_chat",
        "account_transfer",
    ]
    delivery_hours: int = Field(ge=1, le=72, description="The seller's own promise.")
    state: Literal["draft", "live"] = "live"
    account_declaration: bool = Field(
        default=False, description="For accounts: legal source, owner, full original access."
    )


class StockIn(Body):
    """How many pieces are left to sell, those that orders have reserved left out."""

    stock: int = Field(ge=0, le=STOCK_MAX)


class StockChangeIn(Body):
    """How many pieces are added, or with a minus taken off sale."""

    change: int = Field(ge=-STOCK_MAX, le=STOCK_MAX, examples=[5])


class ListingView(Whole):
    """A listing as everybody sees it."""

    listing_id: str
    seller: str
    title: str
    description: str
    category: Category
    unit_price: MoneyView
    stock: int
    delivery_method: DeliveryMethod
    delivery_hours: int
    """The seller's own promise."""
    state: State
    store_open: bool
    account_declaration: bool
    version: int
    """Raised by every change."""
    updated_at: Moment


class StoreIn(Body):
    """Whether the seller takes orders."""

    open: bool


class StoreView(Whole):
    """The seller's store."""

    seller: str
    open: bool


class SellerView(View):
    """What everybody can know of a seller; averages and shares are null while there is nothing to count."""

    seller: str
    completed_orders: int
    level: int
    """1 to 15, by completed orders."""
    reviews: int
    """Their number."""
    rating_average_hundredths: int | None
    delivered_on_time_basis_points: int | None
    store_open: bool


def listing_view(shown: Shown) -> ListingView:
    """A listing as everybody sees it."""
    listing = shown.listing
    price = MoneyView(amount=listing.unit_price, currency=listing.currency)
    return ListingView.of(listing, unit_price=price, store_open=shown.store_open, updated_at=shown.at)


def seller_view(page: SellerPage) -> SellerView:
    """A seller's page."""
    average, on_time = page.average_hundredths, page.on_time_basis_points
    return SellerView.of(page, rating_average_hundredths=average, delivered_on_time_basis_points=on_time)
