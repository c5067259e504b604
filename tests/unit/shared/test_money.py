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

    @given(st.integers(-AMOUNT_MAX, AMOUNT_MAX), st.sampled_from(["KRW", "MYR", "KWD"]))
    def test_no_digit_is_lost(self, amount: int, currency: str) -> None:
        text = str(Money(amount, currency)).removeprefix(f"{currency} ").replace(",", "")
        assert Decimal(text).scaleb(precision(currency)) == amount

    def test_every_currency_of_a_listed_method_is_known(self) -> None:
        assert {"MYR", "EUR", "KRW", "SGD", "BRL", "IDR", "THB", "USD"} <= currencies()
        assert not {"myr", "", "XX", "EURO"} & currencies()
