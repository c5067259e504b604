"""The refusals that only chat answers: code, HTTP status, sentence."""

from shared.refusals import RefusalCode


# fmt: off
class ChatRefusal(RefusalCode):
    """Beside the common codes of shared.refusals."""

    CLIENT_ID_CONFLICT = "client_id_conflict", 422, "Another message was sent under this client_id; choose a new one for a new message."
