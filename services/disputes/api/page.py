"""The case file as one page to read and to print, in words; whatever people wrote is text and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.disputes import schemas
from services.disputes.api import wording
from services.disputes.queries import CaseFile
from shared.money import settle

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
}
_PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parents[1] / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    finalize=wording.visible,
    trim_blocks=True,
    lstrip_blocks=True,
)
_PAGES.filters.update(
    words=wording.words, amount=wording.amount, rate=wording.rate, duration=wording.duration, moment=wording.moment
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What each side gets, in minor units; `fee` and `tax` go to the platform out of the seller's part."""

    to_buyer: int
    to_seller: int
    fee: int
    tax: int


def printed(file: CaseFile) -> str:
    """The page of a case."""
    view = schemas.case_file_view(file)
    order = view.order
    return _PAGES.get_template("case.html").render(
        case=view,
        order=order,
        request=order["refund_request"],
        history=_history(view),
        wins={"buyer": _outcome(view, view.held.amount), "seller": _outcome(view, 0)},
        ends=_outcome(view, given) if (given := _given(view)) is not None else None,
    )


def _given(view: schemas.CaseFileView) -> int | None:
    """What the buyer gets by the decision, or by how the parties ended it themselves; None while it is open."""
    if view.outcome == "withdrawn":
        return 0
    if view.outcome == "seller_agreed":
        request = view.order["refund_request"]
        return min(int(request["requested_amount"]), view.held.amount) if request else view.held.amount
    return view.decision.buyer_amount.amount if view.decision else None


def _outcome(view: schemas.CaseFileView, to_buyer: int) -> Outcome:
    terms = view.order["terms"]
    shares = settle(view.held.amount - to_buyer, terms["fee_rate"] or 0, terms["tax_rate"] or 0)
    return Outcome(to_buyer, shares.net, shares.fee, shares.tax)


def _history(view: schemas.CaseFileView) -> list[Mapping[str, Any]]:
    """What happened to the order and then in the case, oldest first."""
    of_order = [
        {**line, "role": line["role"] or "clock", "user": line["user"] or line["deadline"]}
        for line in view.order["history"]
    ]
    of_case = [{**step.model_dump(mode="json"), "user": step.by} for step in view.steps]
    return sorted([*of_order, *of_case], key=lambda line: str(line["at"]))
