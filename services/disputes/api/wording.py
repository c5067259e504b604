"""Words of the printed case file for codes and minor units."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from markupsafe import Markup

from shared.money import Money
from shared.texts import shown

NAMES: Mapping[str, str] = {
    "buyer_wins": "The buyer wins",
    "seller_wins": "The seller wins",
    "split": "The money is split",
    "seller_agreed": "The seller agreed to the refund after all",
    "withdrawn": "The buyer confirmed receipt after all",
    "escalated": "The buyer does not accept the seller's refusal",
    "charged_back": "The buyer's bank took the payment back",
    "reminder": "Reminder to support",
    "escalation": "Notice to an operator",
    "pre_delivery": "Before delivery",
    "post_delivery": "After delivery",
    "clock": "Deadline",
    "provider": "Payment provider",
}
"""What needs other words than its code's own."""
_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))


def words(code: str) -> str:
    """A code as people read it: `not_received` is "Not received"."""
    return NAMES.get(code) or code.replace("_", " ").capitalize()


def amount(minor_units: int, currency: str) -> str:
    """An amount in the currency's own decimals: 10000, MYR is "MYR 100.00"."""
    return str(Money(minor_units, currency))


def rate(basis_points: int | None) -> str:
    """A rate in per cent: 500 is "5 %", 825 is "8.25 %"; a rate that is not pinned yet says so."""
    if basis_points is None:
        return "not fixed yet"
    whole, hundredths = divmod(basis_points, 100)
    return f"{whole}.{hundredths:02d}".rstrip("0").rstrip(".") + " %"


def duration(seconds: int) -> str:
    """A length of time in the largest unit that it is whole in: 259200 is "3 days"."""
    size, name = next((size, name) for size, name in _UNITS if seconds % size == 0)
    count = seconds // size
    return f"{count} {name}" + ("" if count == 1 else "s")


def moment(at: datetime | str) -> Markup:
    """A time in UTC that stays on one line, with the exact one for machines."""
    exact = datetime.fromisoformat(at) if isinstance(at, str) else at
    exact = exact.astimezone(UTC)
    machine = exact.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return Markup('<time datetime="{}">{}</time>').format(machine, f"{exact.day} {exact:%b %Y, %H:%M} UTC")


def visible(value: Any) -> Any:
    """Whatever goes onto the page: characters that turn the direction of what follows, and controls, are
    shown and not obeyed.
    """
    return shown(value) if isinstance(value, str) and not isinstance(value, Markup) else value
