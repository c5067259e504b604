"""Payment methods: what each accepts, costs and needs, and the fee that it quotes (rules 6.1 to 6.3)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from shared.money import BASIS_POINTS, half_up

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

Category = Literal["balance", "card", "online_banking", "online_payment", "e_wallet", "offline_payment", "prepaid"]
"""Under which heading a checkout page shows a method."""

CARDS: frozenset[MethodName] = frozenset({"card", "visa_mastercard_my"})
"""The methods that take a card: repeated declines close all of them together (rules 6.4)."""


class FieldKind(StrEnum):
    """What an attempt's detail is, and so how it is checked (services/payments/schemas/details.py)."""

    NAME = "name"  # of a person or a company
    EMAIL = "email"
    PHONE = "phone"  # with its country's code
    TAX_NUMBER = "tax_number"  # CPF or CNPJ
    BANK = "bank"  # one of the choices
    BIC = "bic"
    PROOF = "proof"  # that the buyer is at the keyboard; only the balance asks for it


@dataclass(frozen=True, slots=True)
class DetailField:
    """One detail that a method asks the buyer for. None of them is a card's number or a prepaid code."""

    name: str
    kind: FieldKind
    required: bool = True
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tariff:
    """What a method costs and takes in one currency, in some countries or in all; amounts in minor units of it."""

    currency: str | None
    """None for any currency: then it has no fixed fee and no limits, because they mean something else in each."""
    countries: frozenset[str] | None = None
    """ISO 3166 codes of the buyers whom it is for; None for all."""
    fee_rate: int = 0
    """In basis points of what is due."""
    fee_fixed: int = 0
    amount_min: int | None = None
    """The least that can be charged, the fee included."""
    amount_max: int | None = None
    """The most that can be charged, the fee included."""

    def __post_init__(self) -> None:
        """Raises AssertionError for amounts without a currency."""
        amounts = (self.fee_fixed, self.amount_min, self.amount_max)
        assert self.currency is not None or not any(amounts), "an amount is of one currency"

    def is_for(self, currency: str | None, country: str | None) -> bool:
        """Whether it is for this currency and country; None leaves the question open."""
        in_currency = currency is None or self.currency in (None, currency)
        return in_currency and (country is None or self.countries is None or country in self.countries)

    def quote(self, due: int) -> int | None:
        """The processing fee on top of what is due, never more than that (rules 6.1); None outside of the limits."""
        fee = min(half_up(due * self.fee_rate, BASIS_POINTS) + self.fee_fixed, due)
        least, most = self.amount_min or 1, self.amount_max
        return fee if due > 0 and least <= due + fee and (most is None or due + fee <= most) else None


@dataclass(frozen=True, slots=True)
class Origin:
    """How support can send money back to where it came from (rules 4.6)."""

    to: Literal["card", "bank", "wallet"]
    parts: bool
    """Whether a part can go back; else only the whole capture."""
    days: int
    """For how long after the capture."""


@dataclass(frozen=True, slots=True)
class Method:
    """One way to pay at one provider, with everything that the provider says of it."""

    name: MethodName
    category: Category
    provider: str
    tariffs: tuple[Tariff, ...]
    """For a question without a country, the first that fits holds."""
    fields: tuple[DetailField, ...] = ()
    validity: timedelta | None = None
    """How long its page, voucher or code can be paid; None as long as the payment."""
    single_use: bool = False
    """Whether its code or account is for one payment only."""
    can_authorise: bool = False
    """Whether the money can be held first and taken later."""
    can_dispute: bool = False
    """Whether the buyer's bank can take captured money back (rules 6.6.9)."""
    origin: Origin | None = None
    """Where support can send money back to; None means the balance only."""

    @property
    def currencies(self) -> frozenset[str] | None:
        """The currencies that it takes; None for any."""
        named = frozenset(each.currency for each in self.tariffs if each.currency is not None)
        return None if any(each.currency is None for each in self.tariffs) else named

    def tariff(self, currency: str, country: str | None = None) -> Tariff | None:
        """What it costs there: a tariff that names the country goes before one for all; None where it can't be used."""
        fit = [each for each in self.tariffs if each.is_for(currency, country)]
        named = [each for each in fit if country is not None and each.countries is not None]
        return next(iter((*named, *fit)), None)

    def quote(self, due: int, currency: str, country: str | None = None) -> int | None:
        """The fee that an attempt is charged on top of what is due (minor units); None if it can't pay that."""
        tariff = self.tariff(currency, country)
        return tariff.quote(due) if tariff is not None else None

    def valid_until(self, at: datetime, due_at: datetime) -> datetime:
        """Until when an attempt of this moment can pay its orders: its validity, at most until they are due."""
        return due_at if self.validity is None else min(due_at, at + self.validity)


FROM_BALANCE = Method(BALANCE, "balance", BALANCE, (Tariff(None),), (DetailField("reauthentication", FieldKind.PROOF),))
"""Payment from the wallet: no fee, captured at once, needs a fresh proof of who pays."""
