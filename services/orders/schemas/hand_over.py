"""Bodies of the sealed hand-over: the data that a seller delivers an account with, and its answer to the buyer."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, PlainValidator, SecretStr, WithJsonSchema

from services.orders.commands.hand_over import Revealed
from services.orders.domain.hand_over import LENGTH_MAX, NAME_LENGTH_MAX, NAMES_MAX, SECRET_LENGTH_MAX
from shared.http.fields import Body, Moment, View
from shared.texts import has_text, is_printable


def _pairs(given: Any) -> dict[str, SecretStr]:
    """The pairs. Raises ValueError, which names none of them: a secret may have come into the place of a name."""
    if not isinstance(given, Mapping) or not 1 <= len(given) <= NAMES_MAX:
        raise ValueError(f"must be an object of 1 to {NAMES_MAX} names and texts")
    if not all(_is_text(name, NAME_LENGTH_MAX) for name in given):
        raise ValueError(f"each name must be a printable text of 1 to {NAME_LENGTH_MAX} characters")
    if not all(_is_text(secret, SECRET_LENGTH_MAX) for secret in given.values()):
        raise ValueError(f"each value must be a printable text of 1 to {SECRET_LENGTH_MAX} characters")
    if sum(len(name) + len(secret) for name, secret in given.items()) > LENGTH_MAX:
        raise ValueError(f"all names and values may have {LENGTH_MAX} characters")
    return {name: SecretStr(secret) for name, secret in given.items()}


def _is_text(value: Any, length_max: int) -> bool:
    is_bounded = isinstance(value, str) and len(value) <= length_max
    return is_bounded and has_text(value) and all(map(is_printable, value))


_SCHEMA = {
    "type": "object",
    "minProperties": 1,
    "maxProperties": NAMES_MAX,
    "propertyNames": {"minLength": 1, "maxLength": NAME_LENGTH_MAX},
    "additionalProperties": {
        "type": "string",
        "minLength": 1,
        "maxLength": SECRET_LENGTH_MAX,
        "format": "password",
        "writeOnly": True,
    },
    "examples": [{"login": "sword_of_dawn", "password": "…", "registration e-mail": "…"}],
}
Pairs = Annotated[dict[str, SecretStr], PlainValidator(_pairs), WithJsonSchema(_SCHEMA)]
"""Secret texts by name, bounded. Exempt from contact detection: accounts are registered with e-mail addresses."""


class DeliverIn(Body):
    """What is handed over with the delivery of an account."""

    hand_over: Pairs | None = Field(default=None, repr=False)
    """Only for orders of accounts: log-in, password, registration data. Stored sealed; only the buyer can reveal it."""


class RevealView(View):
    """What the seller handed over; each time that it is shown is in the order's history."""

    number: str
    hand_over: dict[str, str] = Field(repr=False)
    revealed_at: Moment
    """Now: the time that the history shows."""


def reveal_view(revealed: Revealed) -> RevealView:
    """The secrets in clear."""
    secrets = {name: secret.get_secret_value() for name, secret in revealed.secrets.items()}
    return RevealView(number=revealed.order.number, hand_over=secrets, revealed_at=revealed.at)
