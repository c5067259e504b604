"""What the seller, the platform and the tax office get, computed apart from the product: in decimals, as on paper."""

from decimal import ROUND_HALF_UP, Decimal


def shares(gross: int, fee_rate: int, tax_rate: int) -> tuple[int, int, int]:
    """Fee, tax and net of an amount in minor units; rates in basis points, each product rounded half up, once."""
    fee = _rounded(Decimal(gross) * fee_rate / 10_000)
    tax = _rounded(Decimal(fee) * tax_rate / 10_000)
    return fee, tax, gross - fee - tax


def _rounded(amount: Decimal) -> int:
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))
