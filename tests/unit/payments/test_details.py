"""What a buyer gives with an attempt is checked by its kind, and never a card's number."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payments.domain.catalogue import CATALOGUE
from services.payments.domain.methods import FROM_BALANCE, DetailField, FieldKind, Method
from services.payments.schemas.details import CARD_NUMBER, faults, holds_card_number

METHODS: dict[str, Method] = {each.name: each for each in (FROM_BALANCE, *CATALOGUE)}
PAYER = {"name": "Maria da Silva", "email": "maria@example.com", "tax_number": "529.982.247-25"}
GOOD: Mapping[FieldKind, tuple[str, ...]] = {
    FieldKind.NAME: ("Maria", "\uae40\ubbfc\uc900", "O'Neill, Anne-Marie", "3"),
    FieldKind.EMAIL: ("maria@example.com", "m.silva+pix@mail.example.com.br"),
    FieldKind.PHONE: ("+60 12-345 6789", "+6281234567890", "+82 10-1234-5678"),
    FieldKind.TAX_NUMBER: (
        "52998224725",
        "529.982.247-25",
        "11.222.333/0001-81",
        "12ABC34501DE35",
        "12.ABC.345/01DE-35",
    ),
    FieldKind.BIC: ("ABNANL2A", "GIBAATWWXXX"),
}
WRONG: Mapping[FieldKind, tuple[str, ...]] = {
    FieldKind.NAME: ("", "  ", "\u200b", "a\nb", "x" * 201, "a\u202eb"),
    FieldKind.EMAIL: ("", "maria", "maria@", "maria@localhost", "a@b@example.com", "maria@example..com", "x" * 2000),
    FieldKind.PHONE: (
        "",
        "0123456789",
        "+60",
        "+0000000000",
        "+999 123 456 789",
        "+60 12-345 6789 ext",
        "+" + "1" * 60,
    ),
    FieldKind.TAX_NUMBER: (
        *("", "11111111111", "111.111.111-11", "52998224724", "5299822472", "11.222.333/0001-82", "12ABC34501DE36"),
        *("00000000000000", "\uff15\uff12\uff19\uff19\uff18\uff12\uff12\uff14\uff17\uff12\uff15", "529982247250"),
    ),
    FieldKind.BIC: ("", "ABNA", "ABNAXX2A", "ABNANL2A0", "1BNANL2A?", "no bank at all"),
    FieldKind.BANK: ("", "sparkasse", "ING", " ing"),
}
CARDS = ("4111111111111111", "5555 5555 5555 4444", "3782-822463-10005", "6011.1111.1111.1117", "4000 0566 5566 5556")
FIELDS = [(method, field) for method in METHODS.values() for field in method.fields]


def a_method(field: DetailField) -> Method:
    """A method that asks for this only."""
    return replace(METHODS["card"], fields=(field,))


def where(method: Method, given: Mapping[str, str]) -> list[str]:
    return [each["pointer"].removeprefix("/body/details/") for each in faults(method, given)]


class TestWhatWillDo:
    @pytest.mark.parametrize(("kind", "value"), [(kind, value) for kind, values in GOOD.items() for value in values])
    def test_a_right_value(self, kind: FieldKind, value: str) -> None:
        assert faults(a_method(DetailField("it", kind)), {"it": value}) == ()

    def test_all_that_is_asked_for(self) -> None:
        assert faults(METHODS["boleto"], PAYER) == ()
        assert faults(METHODS["mybank"], {"bank": "bnl", "email": "a@example.com", "surname": "Rossi"}) == ()
        assert faults(METHODS["card"], {}) == ()

    def test_what_need_not_be_there(self) -> None:
        for name in ("ideal", "eps", "samsung_pay", "bank_transfer"):
            assert faults(METHODS[name], {}) == ()


class TestWhatWillNot:
    @pytest.mark.parametrize(("kind", "value"), [(kind, value) for kind, values in WRONG.items() for value in values])
    def test_a_wrong_value_is_named_and_not_repeated(self, kind: FieldKind, value: str) -> None:
        field = DetailField("it", kind, choices=("ing", "bunq") if kind is FieldKind.BANK else ())
        (fault,) = faults(a_method(field), {"it": value})
        assert fault["pointer"] == "/body/details/it"
        assert fault.get("allowed", ()) == field.choices
        assert not value.strip() or value not in fault["detail"]

    def test_what_is_missing_or_not_asked_for(self) -> None:
        assert where(METHODS["boleto"], {"name": "Maria", "birthday": "1.1.1990"}) == [
            "birthday",
            "email",
            "tax_number",
        ]
        assert where(METHODS["card"], {"card_number": "4111111111111111"}) == ["card_number"]
        assert where(METHODS["dana"], {}) == ["phone"]


class TestACardsNumberIsTakenNowhere:
    @pytest.mark.parametrize("number", CARDS)
    @pytest.mark.parametrize(
        ("method", "field"), [pytest.param(*each, id=f"{each[0].name}-{each[1].name}") for each in FIELDS]
    )
    def test_not_in_any_field_of_any_method(self, method: Method, field: DetailField, number: str) -> None:
        for text in (number, f"my card is {number}", f"{number}@example.com"):
            assert field.name in where(method, {field.name: text})

    @given(st.integers(10**11, 10**18 - 1), st.sampled_from(("", " ", "-", ".")))
    def test_as_many_digits_as_a_card_has_that_pass_its_check(self, digits: int, gap: str) -> None:
        passing = [f"{digits}{last}" for last in range(10) if holds_card_number(f"{digits}{last}")]
        assert len(passing) == (1 if 13 <= len(f"{digits}0") <= 19 else 0)
        for number in passing:
            groups = [number[at : at + 4] for at in range(0, len(number), 4)]
            assert holds_card_number(f"No. {gap.join(groups)}, thank you")

    @pytest.mark.parametrize("text", ["1234567890123", "4111111111111112", "411111111111", "4" * 20, "it is me", ""])
    def test_other_numbers_pass(self, text: str) -> None:
        assert not holds_card_number(text)

    def test_the_answer_says_where_to_type_it(self) -> None:
        (fault,) = faults(FROM_BALANCE, {"reauthentication": CARDS[0]})
        assert fault == {"pointer": "/body/details/reauthentication", "detail": CARD_NUMBER}
