"""A listing and its seller's store: what can be ordered, and why not (rules 2)."""

from dataclasses import dataclass
from enum import StrEnum

from services.orders.refusals import OrdersRefusal
from shared.money import AMOUNT_MAX
from shared.refusals import Refusal, RefusalCode

STOCK_MAX = 1_000_000
"""The most pieces that a seller can put on sale, and that one line can order."""


class Category(StrEnum):
    """What kind of goods; accounts have a fee of their own (rules 2.1)."""

    ITEM = "item"
    CURRENCY = "currency"
    ACCOUNT = "account"
    TOP_UP = "top_up"
    GIFT_CARD = "gift_card"


class DeliveryMethod(StrEnum):
    """How the goods reach the buyer (rules 2.1)."""

    IN_GAME_TRADE = "in_game_trade"
    IN_GAME_MAIL = "in_game_mail"
    AUCTION_HOUSE = "auction_house"
    PLAYER_ID_TOP_UP = "player_id_top_up"
    LOGIN_TOP_UP = "login_top_up"
    CODE_IN_CHAT = "code_in_chat"
    ACCOUNT_TRANSFER = "account_transfer"


class State(StrEnum):
    """Whether a listing is for sale."""

    DRAFT = "draft"
    LIVE = "live"


@dataclass(frozen=True, slots=True)
class Listing:
    """Something a seller offers; amounts in minor units of the seller's one currency."""

    listing_id: str
    seller: str
    title: str
    description: str
    category: Category
    unit_price: int
    currency: str
    stock: int
    delivery_method: DeliveryMethod
    delivery_hours: int
    state: State
    account_declaration: bool
    version: int

    def __post_init__(self) -> None:
        """Raises AssertionError for facts that contradict each other."""
        assert 0 < self.unit_price <= AMOUNT_MAX, "a price is more than zero"
        assert self.stock >= 0, "stock is never negative"


def orderable(
    listing: Listing | None, store_open: bool, buyer: str, quantity: int, currency: str
) -> RefusalCode | None:
    """Why this buyer can't order so many of it, in the order of the checks; stock is checked last (T1)."""
    if listing is None or listing.state is not State.LIVE:
        return Refusal.LISTING_NOT_FOUND
    if not store_open:
        return OrdersRefusal.STORE_CLOSED
    if listing.seller == buyer:
        return OrdersRefusal.SELF_PURCHASE
    if listing.currency != currency:
        return OrdersRefusal.CURRENCY_MISMATCH
    if listing.unit_price * quantity > AMOUNT_MAX:
        return Refusal.VALIDATION_FAILED
    return None
