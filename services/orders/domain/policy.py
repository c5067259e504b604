"""The marketplace's numbers: windows and rates, pinned on every order, so that a change never touches an old one."""

from datetime import UTC, datetime

from services.orders.domain.order import Windows

HOUR = 3600
POLICY_VERSION = 1
WINDOWS = Windows(
    payment=1 * HOUR,
    gate=1 * HOUR,
    delivery=72 * HOUR,
    answer_pre_delivery=6 * HOUR,
    confirmation=72 * HOUR,
    answer_post_delivery=24 * HOUR,
    escalation=72 * HOUR,
)
"""D1 to D7 (rules 3.3)."""

LINES_MAX = 20
"""Lines of one checkout at most."""
SELLER_REASONS = frozenset(
    {
        "buyer_requested",
        "listing_mistake",
        "out_of_stock",
        "unable_to_deliver",
        "buyer_unreachable",
        "wrong_buyer_data",
        "other",
    }
)
"""Why a seller may give the money back (rules 4.4)."""
BUYER_REASONS = frozenset(
    {
        "not_received",
        "not_as_described",
        "wrong_quantity",
        "wrong_item",
        "seller_no_response",
        "late_delivery",
        "wrong_payment_method",
        "agreed_with_seller",
        "other",
    }
)
"""Why a buyer may ask for money back (rules 4.2)."""
DESCRIPTION_MAX = 1000

_TAX_SINCE = ((datetime(2024, 3, 1, tzinfo=UTC), 800), (datetime(1970, 1, 1, tzinfo=UTC), 600))


def fee_rate(category: str) -> int:
    """The seller's fee in basis points: 10 % for game accounts, else 5 % (rules 3.7 C8)."""
    return 1000 if category == "account" else 500


def tax_rate(at: datetime) -> int:
    """The service tax on the fee in basis points: 8 % since 1 March 2024, 6 % before (rules 3.7 C7)."""
    return next(rate for since, rate in _TAX_SINCE if at >= since)
