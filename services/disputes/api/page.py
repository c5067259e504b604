"""The case file as one page to print: it says what the JSON says, with whatever people wrote escaped."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.disputes import schemas
from services.disputes.queries import CaseFile
from shared.money import Money

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "X-Content-Type-Options": "nosniff",
}
_AMOUNTS = frozenset({"unit_price", "amount", "held", "requested_amount"})
_PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parents[1] / "templates"), autoescape=True, undefined=StrictUndefined
)


def printed(file: CaseFile) -> str:
    """The page of a case."""
    view = schemas.case_file_view(file)
    ruling = view.decision
    ruled = Money(ruling.buyer_amount.amount, ruling.buyer_amount.currency) if ruling else None
    held = Money(view.held.amount, view.held.currency)
    shown = view.model_dump(mode="json")
    order = {name: _said(name, value, view.held.currency) for name, value in shown["order"].items()}
    asked = shown["order"].get("refund_request") or {}
    request = {name: _said(name, value, view.held.currency) for name, value in asked.items()}
    return _PAGES.get_template("case.html").render(case=shown, order=order, request=request, held=held, ruled=ruled)


def _said(name: str, value: Any, currency: str) -> str:
    """A fact of the order in words: amounts with their currency, several facts in one line."""
    if isinstance(value, Mapping):
        return ", ".join(f"{each} {_said(each, inner, currency)}" for each, inner in value.items())
    if name in _AMOUNTS and isinstance(value, int):
        return str(Money(value, currency))
    return "" if value is None else str(value)
