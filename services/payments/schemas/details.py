"""The details of an attempt, checked by the kind of each field (rules 6.2); none of them is stored or logged."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from schwifty import BIC
from schwifty.exceptions import SchwiftyException
from validate_docbr import CNPJ, CPF

from services.payments.domain.methods import DetailField, FieldKind, Method
from shared.http.pointers import pointer
from shared.texts import has_text, is_printable

NAME_LENGTH_MAX = 200
PHONE_LENGTH_MAX = 40
TAX_NUMBER = re.compile("[0-9A-Za-z./-]{11,18}", re.ASCII)
DIGITS = re.compile(r"\d(?:[ .-]?\d){12,18}(?![ .-]?\d)")
"""As many digits as a card's number has, written together or in groups."""

Fault = Mapping[str, Any]


def faults(method: Method, given: Mapping[str, str]) -> tuple[Fault, ...]:
    """Where the details that an attempt gives are not what its method asks for; never repeats what was given.

    A proof of who pays is judged by the command, because it is asked for outside of the sandbox in another way.
    """
    known = {each.name: each for each in method.fields}
    unknown = tuple(_fault(name, "This method does not ask for it.") for name in given if name not in known)
    wrong = ((each, _complaint(each, given.get(each.name))) for each in method.fields)
    return unknown + tuple(_fault(each.name, detail, each.choices) for each, detail in wrong if detail is not None)


def holds_card_number(text: str) -> bool:
    """Whether it has 13 to 19 digits in a row that pass the check of card numbers (Luhn)."""
    return any(_passes_luhn(re.sub(r"[ .-]", "", found)) for found in DIGITS.findall(text))


def _fault(name: str, detail: str, choices: tuple[str, ...] = ()) -> Fault:
    return {"pointer": pointer("body", "details", name), "detail": detail, **({"allowed": choices} if choices else {})}


def _complaint(field: DetailField, value: str | None) -> str | None:
    """What is wrong with the value of a field; None if it will do."""
    if field.kind is FieldKind.PROOF:
        return CARD_NUMBER if holds_card_number(value or "") else None
    if value is None:
        return "This method needs it." if field.required else None
    right, otherwise = CHECKS[field.kind]
    if field.kind in FREE and holds_card_number(value):
        return CARD_NUMBER
    return None if right(value) and (not field.choices or value in field.choices) else otherwise


def _is_name(text: str) -> bool:
    return len(text) <= NAME_LENGTH_MAX and has_text(text) and all(map(is_printable, text)) and "\n" not in text


def _is_email(text: str) -> bool:
    try:
        validate_email(text, check_deliverability=False)
    except EmailNotValidError:
        return False
    return True


def _is_phone(text: str) -> bool:
    if len(text) > PHONE_LENGTH_MAX or not text.startswith("+"):
        return False
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(text, None))
    except phonenumbers.NumberParseException:
        return False


def _is_tax_number(text: str) -> bool:
    """A CPF, or a CNPJ as it was until July 2026 or with letters, with or without its punctuation."""
    return TAX_NUMBER.fullmatch(text) is not None and (CPF().validate(text) or CNPJ().validate(text))


def _is_bic(text: str) -> bool:
    try:
        BIC(text)
    except SchwiftyException:
        return False
    return True


def _passes_luhn(digits: str) -> bool:
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(map(int, digits[-1::-2])) + sum(doubled)) % 10 == 0


CARD_NUMBER = "A card's number is asked for on the provider's page only."
FREE = frozenset({FieldKind.NAME, FieldKind.EMAIL})
"""Kinds in whose values a card's number would pass."""
CHECKS: Mapping[FieldKind, tuple[Callable[[str], bool], str]] = {
    FieldKind.NAME: (_is_name, "A name of at most 200 characters, on one line."),
    FieldKind.EMAIL: (_is_email, "An e-mail address."),
    FieldKind.PHONE: (_is_phone, "A phone number with + and the country's code."),
    FieldKind.TAX_NUMBER: (_is_tax_number, "A CPF or CNPJ with right check digits."),
    FieldKind.BANK: (has_text, "One of the banks that can be chosen."),
    FieldKind.BIC: (_is_bic, "A bank's BIC."),
}
