"""The refusals that only payments answers: code, HTTP status, sentence."""

from shared.refusals import PASSES, RefusalCode


# fmt: off
class PaymentsRefusal(RefusalCode):
    """Beside the common codes of shared.refusals."""

    SIGNATURE_INVALID = "signature_invalid", 401, "The signature is missing or wrong."
    SIGNATURE_STALE = "signature_stale", 401, "The signature's time is too far from now."
    FORM_INVALID = "form_invalid", 403, "This form was not sent by this page to this browser: open the page again."
    REAUTHENTICATION_REQUIRED = "reauthentication_required", 403, "Confirm who you are again, then repeat this."
    PAYMENT_METHOD_UNAVAILABLE = "payment_method_unavailable", 409, "This method can't pay this payment."
    REFUND_TO_ORIGIN_UNAVAILABLE = "refund_to_origin_unavailable", 409, "This money can't go back where it came from."
    REFERENCE_CLAIMED = "reference_claimed", 409, "The money of this reference is booked already."
    BALANCE_INSUFFICIENT = "balance_insufficient", 409, "The balance is too small."
    INVALID_DETAILS = "invalid_details", 422, "The details can't be right for what is asked."
    GIFT_CARD_REFUSED = "gift_card_refused", 422, "This gift card can't be used."
    NOT_YET_KNOWN = "not_yet_known", 503, "This is not known here yet: it may be on its way, or may not exist; come again.", PASSES
