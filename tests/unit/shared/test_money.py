"""Money is whole minor units: shares sum to the whole, halves round up, amounts read in their own decimals."""

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.money import AMOUNT_MAX, BASIS_POINTS, Money, Shares, currencies, half_up, precision, settle

AMOUNTS = st.integers(0, AMOUNT_MAX)
RATES = st.integers(0, BASIS_POINTS)


class TestHowIsTheSellersIncomeSplit:
    @given(AMOUNTS, RATES, st.integers(0, 2000))
    def test_the_parts_always_sum_to_the_whole(self, gross: int, fee_rate: int, tax_rate: int) -> None:
        shares = settle(gross, fee_rate, tax_rate)
        assert shares.fee + shares.tax + shares.net == gross
        assert shares.fee >= 0
        assert shares.tax >= 0

    @given(AMOUNTS, st.integers(0, 5000), st.integers(0, BASIS_POINTS))
    def test_the_seller_never_owes(self, gross: int, fee_rate: int, tax_rate: int) -> None:
        assert settle(gross, fee_rate, tax_rate).net >= 0

    @given(AMOUNTS, RATES)
    def test_fee_and_tax_round_half_up_once_each(self, gross: int, rate: int) -> None:
        exact = (Decimal(gross) * rate / BASIS_POINTS).quantize(Decimal(1), ROUND_HALF_UP)
        tax = (exact * 800 / BASIS_POINTS).quantize(Decimal(1), ROUND_HALF_UP)
        shares = settle(gross, rate, 800)
        assert (shares.fee, shares.tax) == (int(exact), int(tax))

    @pytest.mark.parametrize(
        ("gross", "fee_rate", "expected"),
        [
            (1_05, 300, Shares(fee=3, tax=0, net=1_02)),
            (1, 500, Shares(fee=0, tax=0, net=1)),
            (10, 500, Shares(fee=1, tax=0, net=9)),
            (9, 500, Shares(fee=0, tax=0, net=9)),
            (0, 500, Shares(fee=0, tax=0, net=0)),
            (AMOUNT_MAX, 1000, Shares(fee=10**11, tax=8 * 10**9, net=892 * 10**9)),
        ],
    )
    def test_the_small_and_the_large(self, gross: int, fee_rate: int, expected: Shares) -> None:
        assert settle(gross, fee_rate, 800) == expected

    @pytest.mark.parametrize(("numerator", "rounded"), [(0, 0), (4, 0), (5, 1), (14, 1), (15, 2), (19, 2)])
    def test_a_half_goes_up(self, numerator: int, rounded: int) -> None:
        assert half_up(numerator, 10) == rounded


class TestHowIsAnAmountWritten:
    @pytest.mark.parametrize(
        ("amount", "currency", "text"),
        [
            (94_60, "MYR", "MYR 94.60"),
            (5, "MYR", "MYR 0.05"),
            (33_000, "KRW", "KRW 33,000"),
            (10_001, "KWD", "KWD 10.001"),
            (-1_05, "SGD", "SGD -1.05"),
            (0, "JPY", "JPY 0"),
            (1_000_000_00, "EUR", "EUR 1,000,000.00"),
        ],
    )
    def test_in_the_decimals_of_its_currency(self, amount: int, currency: str, text: str) -> None:
        assert str(Money(amount, currency)) == text

    @given(st.integers(-AMOUNT_MAX, AMOUNT_MAX), st.sampled_from(sorted(currencies())))
    def test_no_digit_is_lost(self, amount: int, currency: str) -> None:
        decimals = precision(currency)
        assert decimals is not None
        text = str(Money(amount, currency)).removeprefix(f"{currency} ").replace(",", "")
        assert Decimal(text).scaleb(decimals) == amount
        assert len(text.partition(".")[2]) == decimals

    def test_an_amount_of_a_withdrawn_currency_shows_what_is_stored(self) -> None:
        assert str(Money(94_60, "DEM")) == "DEM 9460 in minor units"


class TestWhichCurrenciesAreThere:
    """ISO 4217 itself, not what people write on price tags."""

    @pytest.mark.parametrize(
        ("decimals", "codes"),
        [
            (0, "KRW JPY ISK VND CLP PYG XOF"),
            (2, "MYR EUR SGD BRL IDR THB USD LAK RSD HUF TWD COP PKR LBP ALL MMK AFN"),
            (3, "KWD IQD BHD JOD OMR TND LYD"),
            (4, "CLF UYW"),
        ],
    )
    def test_the_decimals_are_those_of_the_standard(self, decimals: int, codes: str) -> None:
        assert {code: precision(code) for code in codes.split()} == dict.fromkeys(codes.split(), decimals)

    def test_a_code_without_a_minor_unit_and_a_withdrawn_one_are_no_currencies(self) -> None:
        none = {"XBA", "XTS", "XAU", "XAG", "XPT", "XPD", "XDR", "DEM", "ZWD", "myr", "", "XX", "EURO"}
        assert not none & currencies()
        assert {precision(code) for code in none} == {None}

    def test_no_currency_has_more_decimals_than_an_amount_has_digits(self) -> None:
        assert {precision(code) for code in currencies()} == {0, 2, 3, 4}
