"""What a field of a request takes: no coercion, no unknown names, no invisible trickery in a text."""

import importlib
from collections.abc import Iterator
from typing import Annotated, Any

import pytest
from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from deploy.services import SERVICES
from shared.http.fields import Body, LongText, MoneyIn, Title
from shared.money import AMOUNT_MAX


class Text(Body):
    """A body with a title and a description."""

    title: Title = "gold"
    description: LongText = "gold"


def refuses(kind: type[Body], body: dict[str, Any]) -> bool:
    """Whether the body is refused."""
    try:
        kind.model_validate(body)
    except ValidationError:
        return True
    return False


class TestWhichAmountsAreTaken:
    @pytest.mark.parametrize("amount", [1, 10_000, AMOUNT_MAX])
    def test_whole_minor_units_above_zero(self, amount: int) -> None:
        assert MoneyIn.model_validate({"amount": amount, "currency": "MYR"}).amount == amount

    @pytest.mark.parametrize(
        "amount",
        [
            0,
            -1,
            AMOUNT_MAX + 1,
            2**63,
            True,
            False,
            1.0,
            1.5,
            -0.0,
            "1",
            "1_000",
            "\uff11\uff12",
            None,
            [],
            {},
            float("inf"),
        ],
    )
    def test_nothing_else(self, amount: object) -> None:
        assert refuses(MoneyIn, {"amount": amount, "currency": "MYR"})

    @pytest.mark.parametrize(
        "currency",
        [
            "XTS",
            "XAU",
            "DEM",
            "ZWD",
            "myr",
            "MY",
            "MYRR",
            "XYZ",
            "ZZZ",
            " MYR",
            "MYR\n",
            "\uff2d\uff39\uff32",
            "",
            458,
            None,
        ],
    )
    def test_only_in_a_current_currency_with_a_minor_unit(self, currency: object) -> None:
        assert refuses(MoneyIn, {"amount": 1, "currency": currency})

    def test_no_field_that_nobody_knows(self) -> None:
        assert refuses(MoneyIn, {"amount": 1, "currency": "MYR", "fee": 0})


class TestWhichTextsAreTaken:
    @pytest.mark.parametrize(
        "text", ["gold", "黄金 1000", "ذهب", "two\nlines\tand a tab", "👩‍👩‍👧", "'; drop table--", "%_\\"]
    )
    def test_every_language_and_every_sign(self, text: str) -> None:
        assert Text(title=text, description=text).title == text

    @pytest.mark.parametrize(
        "text",
        [
            "",
            " ",
            "\n",
            "\u00a0",
            "\u200b",
            "\ufeff \u3164",
            "\u2800",
            "a\x00b",
            "a\x1bb",
            "a\x7fb",
            "a\x85b",
            "\ud800",
            "\uffff",
        ],
    )
    def test_no_blank_text_and_no_control_characters(self, text: str) -> None:
        assert refuses(Text, {"title": text})

    @pytest.mark.parametrize("mark", "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    def test_no_marks_that_turn_the_direction_of_a_text(self, mark: str) -> None:
        assert refuses(Text, {"description": f"paid{mark}diap"})

    @pytest.mark.parametrize(("length", "too_long"), [(200, False), (201, True)])
    def test_no_title_beyond_200_characters(self, length: int, too_long: bool) -> None:
        assert refuses(Text, {"title": "x" * length}) is too_long

    @pytest.mark.parametrize("value", [1, True, None, ["gold"], b"gold"])
    def test_nothing_that_is_not_a_text(self, value: object) -> None:
        assert refuses(Text, {"title": value})


JUDGED = {
    *("RefundIn.reason", "RefundIn.description", "RefundRequestIn.reason", "RefundRequestIn.description"),
    *("RefuseIn.reason", "DecisionIn.reason", "RulingIn.reason", "ReasonIn.reason", "SuspendIn.reason"),
    *("ResolveIn.reason", "AdjustmentIn.reason", "AnyMoneyIn.currency", "TopUpIn.pin"),
}
"""Fields that the rules judge, because a blank one is refused with a code of its own."""


def bodies(kind: type[Body] = Body) -> Iterator[type[Body]]:
    """Every body that a service takes."""
    for service in SERVICES:
        importlib.import_module(f"services.{service}.app")
    for each in kind.__subclasses__():
        if not each.__module__.startswith("tests."):
            yield from (each, *bodies(each))


def takes(field: FieldInfo, text: str) -> bool:
    """Whether the field takes this text."""
    given: Any = Annotated[field.annotation, "the field", *field.metadata]
    try:
        TypeAdapter(given).validate_python(text, strict=True)
    except ValidationError:
        return False
    return True


class TestEveryFieldOfEveryService:
    @pytest.mark.parametrize("text", [" ", "\u200b", "\u3164"], ids=["space", "zero width", "filler"])
    def test_a_text_that_says_nothing_is_refused_by_the_field_or_judged_by_the_rules(self, text: str) -> None:
        every = {f"{body.__name__}.{name}": field for body in bodies() for name, field in body.model_fields.items()}
        assert every.keys() >= JUDGED
        assert {name for name, field in every.items() if takes(field, text)} <= JUDGED

    def test_no_field_takes_a_control_character(self) -> None:
        every = {f"{body.__name__}.{name}": field for body in bodies() for name, field in body.model_fields.items()}
        assert {name for name, field in every.items() if takes(field, "a\x1bb")} <= {
            "AnyMoneyIn.currency",
            "TopUpIn.pin",
        }
