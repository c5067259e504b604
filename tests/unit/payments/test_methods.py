"""The catalogue of methods: what is in it, and the fee that is quoted from it."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.local.layout import ROOT
from services.payments.domain.catalogue import CATALOGUE, offered_by
from services.payments.domain.methods import CARDS, FROM_BALANCE, FieldKind, Method, Tariff
from shared.money import AMOUNT_MAX, currencies
from tests.unit.payments.examples import DUE, T0

METHODS: dict[str, Method] = {each.name: each for each in CATALOGUE}
BY_CURRENCY = [
    pytest.param(
        method, tariff, id=f"{method.name}-{tariff.currency or 'any'}-{'-'.join(sorted(tariff.countries or ()))}"
    )
    for method in (FROM_BALANCE, *CATALOGUE)
    for tariff in method.tariffs
]


class TestWhatIsInTheCatalogue:
    @pytest.mark.parametrize(
        ("name", "currency", "country", "fee", "total_max", "validity", "disputed", "days"),
        [
            ("visa_mastercard_my", "MYR", "MY", 1_10, None, None, True, 180),
            ("ideal", "EUR", "NL", 0, None, timedelta(minutes=25), False, 365),
            ("kakaopay", "KRW", "KR", 3_30, 2_000_000, None, True, 180),
            ("boleto", "BRL", "BR", 3_45, 250_000_00, timedelta(days=3), False, None),
            ("paynow", "SGD", "SG", 1_30, None, timedelta(minutes=5), False, 90),
        ],
    )
    def test_published_figures(
        self,
        name: str,
        currency: str,
        country: str,
        fee: int,
        total_max: int | None,
        validity: timedelta | None,
        disputed: bool,
        days: int | None,
    ) -> None:
        method = METHODS[name]
        tariff = method.tariff(currency, country)
        assert tariff is not None
        assert (method.quote(100_00, currency, country), tariff.amount_max) == (fee, total_max)
        assert (method.validity, method.can_dispute) == (validity, disputed)
        assert (method.origin.days if method.origin is not None else None) == days

    def test_cards_of_the_sandbox_take_every_currency_for_nothing(self) -> None:
        card = METHODS["card"]
        assert {card.quote(amount, code) for code in currencies() for amount in (1, 99, AMOUNT_MAX)} == {0}
        assert card.can_authorise

    def test_every_currency_and_country_exists(self) -> None:
        named = {tariff.currency for method in CATALOGUE for tariff in method.tariffs if tariff.currency is not None}
        assert named <= currencies()
        countries = {country for method in CATALOGUE for tariff in method.tariffs for country in tariff.countries or ()}
        assert all(len(country) == 2 and country.isupper() for country in countries)

    def test_the_page_of_the_rules_has_every_method_with_its_currencies(self) -> None:
        rows = re.findall(
            r"^\| (`.+?`) \| (.+?) \|", (ROOT / "docs/rules.md").read_text(encoding="utf-8"), re.MULTILINE
        )
        page = {name: set(re.findall("[A-Z]{3}", of)) for names, of in rows for name in re.findall("`(.+?)`", names)}
        for method in CATALOGUE:
            assert page[method.name] == (method.currencies or set()), method.name

    def test_every_amount_is_of_one_currency(self) -> None:
        for of_won in (Tariff("KRW", fee_fixed=30), Tariff("KRW", amount_min=1), Tariff("KRW", amount_max=100)):
            with pytest.raises(AssertionError, match="one currency"):
                replace(of_won, currency=None)

    def test_what_is_written_on_a_card_is_asked_for_nowhere(self) -> None:
        fields = {field.name for method in CATALOGUE for field in method.fields}
        assert fields == {"name", "surname", "email", "tax_number", "phone", "bic", "bank"}
        assert all(not METHODS[name].fields for name in CARDS)
        assert all(each.choices for method in CATALOGUE for each in method.fields if each.kind is FieldKind.BANK)

    def test_a_provider_brings_each_method_once(self) -> None:
        brought = offered_by("sandbox")
        assert [(each.name, each.provider) for each in brought] == [(each.name, "sandbox") for each in CATALOGUE]
        assert len({each.name for each in brought}) == len(brought)


class TestWhatDoesItCost:
    @pytest.mark.parametrize(("method", "tariff"), BY_CURRENCY)
    @given(due=st.integers(1, AMOUNT_MAX))
    def test_a_fee_is_never_more_than_the_amount_and_the_total_within_the_limits(
        self, method: Method, tariff: Tariff, due: int
    ) -> None:
        fee = tariff.quote(due)
        if fee is None:
            rounded = (2 * due * tariff.fee_rate + 10_000) // 20_000 + tariff.fee_fixed
            total = due + min(due, rounded)
            assert total < (tariff.amount_min or 0) or total > (tariff.amount_max or total)
        else:
            assert 0 <= fee <= due
            assert (tariff.amount_min or 0) <= due + fee <= (tariff.amount_max or 2 * AMOUNT_MAX)

    @pytest.mark.parametrize(("due", "fee"), [(0, None), (-5, None), (1, 1), (24, 24), (25, 25), (26, 25), (32, 26)])
    def test_a_fixed_part_is_cut_to_the_amount(self, due: int, fee: int | None) -> None:
        assert METHODS["eps"].quote(due, "EUR") == fee

    @pytest.mark.parametrize(("due", "fee"), [(45, 0), (46, 1), (100_00, 1_10), (50, 1), (AMOUNT_MAX, 11 * 10**9)])
    def test_a_rate_is_rounded_half_up(self, due: int, fee: int) -> None:
        assert METHODS["visa_mastercard_my"].quote(due, "MYR") == fee

    @pytest.mark.parametrize(
        ("due", "fits"), [(47, False), (48, True), (1_936_108, True), (1_936_109, False), (10**12, False)]
    )
    def test_limits_are_those_of_what_is_charged(self, due: int, fits: bool) -> None:
        assert (METHODS["kakaopay"].quote(due, "KRW") is not None) == fits

    def test_the_same_number_is_another_amount_in_each_currency(self) -> None:
        transfer = METHODS["bank_transfer"]
        assert (transfer.quote(500_00, "MYR"), transfer.quote(500_00, "THB")) == (0, 10_00)
        assert transfer.quote(500_00, "EUR") is None

    @pytest.mark.parametrize(
        ("name", "country", "fee"),
        [
            ("neosurf", None, 700),
            ("neosurf", "FR", 600),
            ("neosurf", "DE", 700),
            ("mybank", None, 140),
            ("mybank", "GR", 180),
            ("mybank", "NL", None),
            ("ideal", "BE", None),
            ("crypto", "NL", 100),
        ],
    )
    def test_a_country_can_have_its_own_price(self, name: str, country: str | None, fee: int | None) -> None:
        assert METHODS[name].quote(100_00, "EUR", country) == fee


class TestHowLongIsAnAttemptValid:
    @pytest.mark.parametrize(
        ("name", "minutes_after_placing", "until"),
        [
            ("paynow", 0, 5),
            ("paynow", 57, 60),
            ("ideal", 35, 60),
            ("ideal", 34, 59),
            ("boleto", 0, 60),
            ("card", 10, 60),
            ("permata", 10, 60),
        ],
    )
    def test_as_long_as_its_code_but_not_longer_than_the_payment(
        self, name: str, minutes_after_placing: int, until: int
    ) -> None:
        made = T0 + timedelta(minutes=minutes_after_placing)
        assert METHODS[name].valid_until(made, DUE) == T0 + timedelta(minutes=until)
