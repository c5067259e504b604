"""Payment methods: what each accepts, costs and needs (rules 6.2)."""

from dataclasses import dataclass
from typing import Literal

from shared.money import AMOUNT_MAX, BASIS_POINTS, half_up

BALANCE: Literal["balance"] = "balance"
"""The name of the method, and of its provider, that pays from the buyer's own wallet."""

MethodName = Literal[
    "balance",
    "card",
    "visa_mastercard_my",
    "ideal",
    "bancontact",
    "eps",
    "mybank",
    "kakaopay",
    "samsung_pay",
    "paynow",
    "boleto",
    "banco_do_brasil",
    "itau",
    "permata",
    "dana",
    "onecard",
    "razer_gold",
    "neosurf",
    "crypto",
    "bank_transfer",
]
"""Every name that a method can have; which can be used depends on the installation, the currency and the amount."""


@dataclass(frozen=True, slots=True)
class Method:
    """One way to pay. Rates are basis points, amounts minor units; no currencies means any."""

    name: MethodName
    category: str
    provider: str
    currencies: frozenset[str] | None = None
    fields: tuple[str, ...] = ()
    fee_rate: int = 0
    fee_fixed: int = 0
    amount_min: int = 1
    amount_max: int = AMOUNT_MAX
    refund_to_origin: str | None = None
    """Where support can send the money back to: card, bank, wallet; None means the balance only."""

    def takes(self, amount: int, currency: str) -> bool:
        """Whether it can pay this amount in this currency (rules 6.3, 6.4)."""
        known = self.currencies is None or currency in self.currencies
        return known and self.amount_min <= amount <= self.amount_max

    def fee(self, amount: int) -> int:
        """The processing fee on top of the amount; none for the balance (rules 6.1)."""
        return half_up(amount * self.fee_rate, BASIS_POINTS) + self.fee_fixed


FROM_BALANCE = Method(BALANCE, "balance", BALANCE, fields=("reauthentication",))
"""Payment from the wallet: no fee, captured at once, needs a fresh proof of who pays."""
