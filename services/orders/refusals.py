"""The refusals that only orders answers: code, HTTP status, sentence."""

from shared.refusals import RefusalCode


# fmt: off
class OrdersRefusal(RefusalCode):
    """Beside the common codes of shared.refusals."""

    ESCALATION_NOT_ALLOWED = "escalation_not_allowed", 409, "A dispute can be requested only after the seller refused a refund."
    REFUND_TOO_EARLY = "refund_too_early", 409, "A refund can be requested from one hour after the payment."
    REFUND_ALREADY_USED = "refund_already_used", 409, "This order's refund request was already used."
    STOCK_EXHAUSTED = "stock_exhausted", 409, "There is not enough in stock."
    STORE_CLOSED = "store_closed", 409, "The seller's store is closed."
    SELF_PURCHASE = "self_purchase", 409, "A seller can't buy from themselves."
    NO_HAND_OVER = "no_hand_over", 409, "The seller handed no sealed data over with this order."
    HAND_OVER_UNREADABLE = "hand_over_unreadable", 503, "The sealed data can't be opened; an operator has to restore its key."
    REVIEW_EXISTS = "review_exists", 409, "This order has a review; it can't be changed."
    REPLY_EXISTS = "reply_exists", 409, "This review has a reply; it can't be changed."
    REPORT_EXISTS = "report_exists", 409, "This review was reported before."
    WINDOW_CLOSED = "window_closed", 409, "The 30 days for this are over."
    LISTING_ID_TAKEN = "listing_id_taken", 409, "Another seller uses this listing id."
    PAYMENT_AMOUNT_MISMATCH = "payment_amount_mismatch", 409, "The order is paid by exactly its amount, in its currency."
    REFUND_REASON_REQUIRED = "refund_reason_required", 422, "A refund needs one of its reasons and a description."
    REFUSAL_REASON_REQUIRED = "refusal_reason_required", 422, "A refusal needs a reason in words."
    CURRENCY_MISMATCH = "currency_mismatch", 422, "All lines, and all listings of one seller, have one currency."
