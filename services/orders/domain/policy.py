"""The marketplace's windows and lists of reasons; windows are pinned on every order. Rates are in fees.py."""

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
