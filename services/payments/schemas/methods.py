"""Bodies of payment methods: what each takes, costs, asks for and allows."""

from typing import Annotated, Literal

from pydantic import Field

from services.payments.domain.methods import Category, DetailField, FieldKind, Method, MethodName, Origin, Tariff
from shared.http.fields import MoneyView, View

Country = Annotated[str, Field(pattern="^[A-Z]{2}$", examples=["MY"])]
"""ISO 3166, two letters."""


class DetailFieldView(View):
    """One of an attempt's `details`."""

    name: str
    kind: FieldKind
    required: bool
    choices: list[str]
    """The values that it can have; empty where they can't be listed."""


class TariffView(View):
    """What a method costs and takes in one currency: the rate in basis points, the others in its minor units."""

    currency: str | None
    """Nothing for any currency."""
    countries: list[str] | None
    """Nothing for any country."""
    fee_rate: int
    fee_fixed: int
    amount_min: int | None
    """The least that can be charged, the fee included."""
    amount_max: int | None
    """The most that can be charged, the fee included."""


class OriginView(View):
    """How support can send money back to where it came from."""

    to: Literal["card", "bank", "wallet"]
    parts: bool
    """Whether a part can go back; else only the whole."""
    days: int
    """For how long after the capture."""


class MethodView(View):
    """A payment method."""

    method: MethodName
    category: Category
    currencies: list[str] | None
    """Nothing for any currency."""
    fields: list[DetailFieldView]
    tariffs: list[TariffView]
    """Those for the currency and country of the request."""
    fee: MoneyView | None
    """What an attempt would be charged on top of the request's amount, if that names one with its currency."""
    valid_seconds: int | None
    """How long its page, voucher or code can be paid; nothing for as long as the payment."""
    single_use: bool
    """Whether its code or account is for one payment only."""
    can_authorise: bool
    """Whether the money can be held first and taken later."""
    can_dispute: bool
    """Whether the buyer's bank can take captured money back."""
    refund_to_origin: OriginView | None
    """Where support can send money back to; nothing for the balance only."""


class MethodsView(View):
    """The methods that fit the question."""

    items: list[MethodView]


def method_view(method: Method, fee: MoneyView | None, currency: str | None, country: str | None) -> MethodView:
    """A method, with its tariffs for this currency and country."""
    return MethodView.of(
        method,
        method=method.name,
        currencies=sorted(method.currencies) if method.currencies is not None else None,
        fields=[_field(each) for each in method.fields],
        tariffs=[_tariff(each) for each in method.tariffs if each.is_for(currency, country)],
        fee=fee,
        valid_seconds=int(method.validity.total_seconds()) if method.validity is not None else None,
        refund_to_origin=_origin(method.origin) if method.origin is not None else None,
    )


def _field(field: DetailField) -> DetailFieldView:
    return DetailFieldView.of(field, choices=list(field.choices))


def _tariff(tariff: Tariff) -> TariffView:
    return TariffView.of(tariff, countries=sorted(tariff.countries) if tariff.countries is not None else None)


def _origin(origin: Origin) -> OriginView:
    return OriginView.of(origin)
