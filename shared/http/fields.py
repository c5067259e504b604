"""The small types of request and answer bodies: strict, bounded, unknown fields refused (architecture 8)."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema

from shared.clock import written
from shared.money import AMOUNT_MAX, precision
from shared.texts import has_text, is_printable


class Body(BaseModel):
    """A request body: no coercion, no unknown fields."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, use_attribute_docstrings=True)


class View(BaseModel):
    """An answer body; it never changes once it is made."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    @classmethod
    def of(cls, source: object, /, **others: Any) -> Self:
        """The view of an object: `others` as given, every other field from the source's attribute of that name."""
        return cls(**{name: getattr(source, name) for name in cls.model_fields if name not in others}, **others)


class Whole(View):
    """All that a GET shows of a thing: a command that answers it answers its ETag too."""


def _currency(code: str) -> str:
    if precision(code) is None:
        raise ValueError("not a current ISO 4217 currency with a minor unit")
    return code


def _printable(value: str) -> str:
    """The text. Raises ValueError for control and bidirectional characters; line breaks are allowed."""
    if not all(map(is_printable, value)):
        raise ValueError("control characters and direction overrides are not allowed")
    return value


def _clean(value: str) -> str:
    if not has_text(value):
        raise ValueError("must not be blank")
    return _printable(value)


def _each_once(ids: list[UUID]) -> list[UUID]:
    if len(set(ids)) != len(ids):
        raise ValueError("must name each once")
    return ids


Currency = Annotated[str, Field(pattern="^[A-Z]{3}$", examples=["MYR"]), AfterValidator(_currency)]
Printable = AfterValidator(_printable)
Clean = AfterValidator(_clean)
EachOnce = AfterValidator(_each_once)
Title = Annotated[str, Field(min_length=1, max_length=200), Clean]
LongText = Annotated[str, Field(min_length=1, max_length=4000), Clean]
ShortText = Annotated[str, Field(min_length=1, max_length=1000), Clean]
ReasonText = Annotated[str, Field(max_length=1000), Printable]
"""A text whose absence has a refusal of its own: a blank one is judged by the rules, with `has_text`."""
Moment = Annotated[
    datetime,
    PlainSerializer(written, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}, mode="serialization"),
]
"""A time in an answer: RFC 3339 UTC with milliseconds."""


class MoneyIn(Body):
    """An amount in a request: whole minor units, more than zero."""

    amount: int = Field(gt=0, le=AMOUNT_MAX, examples=[10000])
    currency: Currency


class AnyMoneyIn(Body):
    """An amount whose refusal has a code of its own: any whole number, judged by the rules."""

    amount: int = Field(ge=-(2**53), le=2**53)
    currency: str = Field(max_length=3)


class MoneyView(View):
    """An amount in an answer: whole minor units."""

    amount: int
    currency: str
