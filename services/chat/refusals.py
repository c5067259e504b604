"""The refusals that only chat answers: code, HTTP status, sentence."""

from shared.refusals import RefusalCode


# fmt: off
class ChatRefusal(RefusalCode):
    """Beside the common codes of shared.refusals."""

    ATTACHMENT_NOT_ALLOWED = "attachment_not_allowed", 422, "A picture can be used once, by who uploaded it, where it was uploaded for."
    ALREADY_ASSIGNED = "already_assigned", 409, "Somebody else of support takes care of this; name them to take it over."
    CLIENT_ID_CONFLICT = "client_id_conflict", 422, "Another message was sent under this client_id; choose a new one for a new message."
    IMAGE_ANIMATED = "image_animated", 422, "A picture must have one frame; animations and videos are not taken."
    IMAGE_INVALID = "image_invalid", 422, "The picture can't be read, or it is too large: 24 megapixels at most."
