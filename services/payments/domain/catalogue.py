"""The catalogue: every payment method with its currencies, countries, fees, limits, details and terms (rules 6.2).

It is data: a provider takes these methods as they are (`offered_by`), or replaces what its contract says differently.
Published are the fee of visa_mastercard_my, the limits of kakaopay and boleto, and the validity of ideal, paynow and
boleto; the other fees, windows and validities are this installation's own figures.
"""

from dataclasses import replace
from datetime import timedelta

from services.payments.domain.methods import DetailField, FieldKind, Method, Origin, Tariff

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

NAME = DetailField("name", FieldKind.NAME)
SURNAME = DetailField("surname", FieldKind.NAME)
EMAIL = DetailField("email", FieldKind.EMAIL)
TAX_NUMBER = DetailField("tax_number", FieldKind.TAX_NUMBER)
PHONE = DetailField("phone", FieldKind.PHONE)
PHONE_OR_QR = replace(PHONE, required=False)
BIC_OR_PAGE = DetailField("bic", FieldKind.BIC, required=False)
PAYER = (NAME, EMAIL, TAX_NUMBER)


def _bank(*choices: str, required: bool = False) -> DetailField:
    return DetailField("bank", FieldKind.BANK, required, choices)


def _in(*countries: str) -> frozenset[str]:
    return frozenset(countries)


IDEAL_BANKS = _bank(
    "abn_amro", "asn_bank", "bunq", "ing", "knab", "n26", "rabobank", "regiobank", "sns", "triodos_bank"
)
MYBANK_BANKS = _bank("banca_sella", "bnl", "bper", "intesa_sanpaolo", "unicredit", required=True)
TRANSFER_BANKS = _bank("bangkok_bank", "cimb", "kasikorn", "maybank", "scb")

# Amounts are minor units of the tariff's currency: IDR 400000 is 4,000.00. Cards and prepaid codes are typed in on the
# provider's page, so no method asks for them.
# fmt: off
CATALOGUE: tuple[Method, ...] = (
    Method("card", "card", "", (Tariff(None),),
           can_authorise=True, can_dispute=True, origin=Origin("card", parts=True, days=180)),
    Method("visa_mastercard_my", "online_payment", "", (Tariff("MYR", _in("MY"), fee_rate=110),),
           can_dispute=True, origin=Origin("card", parts=True, days=180)),
    Method("ideal", "online_banking", "", (Tariff("EUR", _in("NL")),), (IDEAL_BANKS,),
           validity=25 * MINUTE, origin=Origin("bank", parts=True, days=365)),
    Method("bancontact", "online_banking", "", (Tariff("EUR", _in("BE"), fee_fixed=39),),
           origin=Origin("bank", parts=True, days=180)),
    Method("eps", "online_banking", "", (Tariff("EUR", _in("AT"), fee_rate=160, fee_fixed=25),), (BIC_OR_PAGE,),
           origin=Origin("bank", parts=True, days=180)),
    Method("mybank", "online_banking", "",
           (Tariff("EUR", _in("IT"), fee_rate=120, fee_fixed=20),
            Tariff("EUR", _in("ES", "GR"), fee_rate=150, fee_fixed=30)),
           (MYBANK_BANKS, EMAIL, SURNAME), origin=Origin("bank", parts=True, days=180)),
    Method("kakaopay", "e_wallet", "", (Tariff("KRW", _in("KR"), fee_rate=330, amount_min=50, amount_max=2_000_000),),
           can_dispute=True, origin=Origin("wallet", parts=True, days=180)),
    Method("samsung_pay", "e_wallet", "", (Tariff("KRW", _in("KR"), fee_rate=330),), (PHONE_OR_QR,),
           can_dispute=True, origin=Origin("wallet", parts=True, days=180)),
    Method("paynow", "online_payment", "", (Tariff("SGD", _in("SG"), fee_rate=130),),
           validity=5 * MINUTE, single_use=True, origin=Origin("bank", parts=True, days=90)),
    Method("boleto", "offline_payment", "", (Tariff("BRL", _in("BR"), fee_fixed=3_45, amount_max=250_000_00),), PAYER,
           validity=3 * DAY, single_use=True),
    Method("banco_do_brasil", "online_banking", "", (Tariff("BRL", _in("BR"), fee_rate=190),), PAYER,
           validity=4 * HOUR, origin=Origin("bank", parts=True, days=90)),
    Method("itau", "online_banking", "", (Tariff("BRL", _in("BR"), fee_rate=190),), PAYER,
           validity=4 * HOUR, origin=Origin("bank", parts=True, days=90)),
    Method("permata", "online_payment", "", (Tariff("IDR", _in("ID"), fee_fixed=4_000_00),),
           validity=4 * HOUR, single_use=True, origin=Origin("bank", parts=False, days=90)),
    Method("dana", "e_wallet", "", (Tariff("IDR", _in("ID"), fee_rate=150),), (PHONE,),
           origin=Origin("wallet", parts=False, days=90)),
    Method("onecard", "prepaid", "",
           (Tariff("SAR", _in("SA"), fee_rate=500), Tariff("AED", _in("AE"), fee_rate=500),
            Tariff("KWD", _in("KW"), fee_rate=650))),
    Method("razer_gold", "prepaid", "",
           (Tariff("MYR", _in("MY"), fee_rate=600), Tariff("SGD", _in("SG"), fee_rate=650))),
    Method("neosurf", "prepaid", "",
           (Tariff("EUR", fee_rate=700), Tariff("EUR", _in("FR"), fee_rate=600),
            Tariff("AUD", _in("AU"), fee_rate=750, fee_fixed=30))),
    Method("crypto", "online_payment", "", (Tariff(None, fee_rate=100),), (NAME,)),
    Method("bank_transfer", "offline_payment", "",
           (Tariff("MYR", _in("MY")), Tariff("THB", _in("TH"), fee_fixed=10_00)),
           (TRANSFER_BANKS,), origin=Origin("bank", parts=True, days=90)),
)
"""One row per method, by the names of the API; whoever offers it fills in its provider."""
# fmt: on


def offered_by(provider: str) -> tuple[Method, ...]:
    """Every method of the catalogue, as one provider brings it."""
    return tuple(replace(each, provider=provider) for each in CATALOGUE)


def validity(method: str) -> timedelta | None:
    """How long the page, voucher or code of a method can be paid; None as long as the payment."""
    return next((each.validity for each in CATALOGUE if each.name == method), None)
