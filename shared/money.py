"""Money is whole minor units and an ISO 4217 currency; rates are basis points. No float, no Decimal (rules 7)."""

from dataclasses import dataclass
from functools import cache

from iso4217 import Currency

AMOUNT_MAX = 1_000_000_000_000
"""The largest amount of one order, payment or wallet movement, in minor units; sums stay far below 2**53."""

BASIS_POINTS = 10_000


@dataclass(frozen=True, slots=True)
class Shares:
    """What becomes of the gross that leaves escrow for the seller; the three parts sum to the gross (rules 7.2)."""

    fee: int
    tax: int
    net: int


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units of one currency, as people read it."""

    amount: int
    currency: str

    def __str__(self) -> str:
        """The amount in the currency's own decimals, e.g. "MYR 94.60"; a code that is no longer current shows what is
        stored: "BGN 9460 in minor units".
        """
        decimals = precision(self.currency)
        if decimals is None:
            return f"{self.currency} {self.amount} in minor units"
        whole, part = divmod(abs(self.amount), 10**decimals)
        sign = "-" if self.amount < 0 else ""
        fraction = f".{part:0{decimals}d}" if decimals else ""
        return f"{self.currency} {sign}{whole:,}{fraction}"


def settle(gross: int, fee_rate: int, tax_rate: int) -> Shares:
    """Split what the seller earns into the platform's fee, the tax on that fee, and the seller's net.

    Amounts are minor units, rates basis points; rounding is half up, the tax is on the rounded fee (rules 7.2).
    """
    fee = half_up(gross * fee_rate, BASIS_POINTS)
    tax = half_up(fee * tax_rate, BASIS_POINTS)
    return Shares(fee=fee, tax=tax, net=gross - fee - tax)


def half_up(numerator: int, denominator: int) -> int:
    """Divide two non-negative integers and round half up, without ever leaving the integers."""
    return (2 * numerator + denominator) // (2 * denominator)


@cache
def minor_units() -> dict[str, int]:
    """The decimals of every current ISO 4217 code that has a minor unit; metals, test codes and the like have none."""
    return {each.code: each.exponent for each in Currency if each.exponent is not None}


def currencies() -> frozenset[str]:
    """Every code that a price may have."""
    return frozenset(minor_units())


def precision(currency: str) -> int | None:
    """How many decimals the currency's minor unit has: 0 for KRW, 2 for MYR, 3 for KWD; None for no current code."""
    return minor_units().get(currency)
