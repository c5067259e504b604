"""The pay page as HTML: what is owed, how long, how it can be paid, and what payments knows of it."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urlencode

import segno
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from services.payments.domain.attempt import OPEN, AttemptStatus
from services.payments.sandbox import instructions
from services.payments.sandbox.deeds import CHALLENGES, CHOICES, REASONS
from services.payments.sandbox.queries import Shown
from shared.money import Money
from shared.texts import shown as visible

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
REFRESH_SECONDS = 15
NAMES = {
    "banco_do_brasil": "Banco do Brasil",
    "dana": "DANA",
    "eps": "EPS",
    "ideal": "iDEAL",
    "itau": "Itaú",
    "kakaopay": "KakaoPay",
    "mybank": "MyBank",
    "onecard": "OneCard",
    "paynow": "PayNow",
    "razer_gold": "Razer Gold",
    "samsung_pay": "Samsung Pay",
    "visa_mastercard_my": "Visa or Mastercard of a Malaysian bank",
}
"""Methods whose name needs other letters than its code's own."""


@dataclass(frozen=True, slots=True)
class PageForm:
    """What a form of the page carries."""

    action: str
    id: str
    token: str
    secure: bool
    """Whether the page comes over TLS."""


def page(shown: Shown, form: PageForm, *, back: str | None, challenge: bool) -> str:
    """The page; `back` is an address that is allowed."""
    attempt = shown.attempt
    code = instructions.of(attempt)
    return _template().render(
        attempt=attempt,
        shown=shown,
        state=_state(shown),
        due=Money(attempt.amount - attempt.fee, attempt.currency),
        fee=Money(attempt.fee, attempt.currency),
        total=Money(attempt.amount, attempt.currency),
        left=_left(shown),
        code=code,
        qr=_qr(code.qr) if code.qr else None,
        form=form,
        choices=CHALLENGES if challenge else CHOICES,
        reasons=REASONS,
        challenge=challenge,
        back=back,
        refresh=REFRESH_SECONDS,
    )


def query(**values: str | None) -> str:
    """The query of an address."""
    return urlencode({name: value for name, value in values.items() if value is not None})


def words(code: str) -> str:
    """A code as people read it."""
    return NAMES.get(code) or code.replace("_", " ").capitalize()


def _state(shown: Shown) -> str:
    """What the page says: `paid` only when payments has the money."""
    status = shown.attempt.status
    if status is AttemptStatus.CAPTURED:
        return "paid"
    if shown.is_open:
        return "open"
    is_over = shown.at >= shown.attempt.valid_until and status in (*OPEN, AttemptStatus.ABANDONED)
    return "expired" if is_over else str(status)


def _left(shown: Shown) -> str:
    """How long it can be paid, by the sandbox's clock."""
    seconds = max(0, int((shown.attempt.valid_until - shown.at).total_seconds()))
    hours, minutes = divmod(seconds // 60, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {seconds % 60:02d} s"


def _qr(text: str) -> Markup:
    return Markup(segno.make(text, error="m").svg_inline(scale=5, border=4, dark="#111", light="#fff"))  # noqa: S704 - drawn by the library


@cache
def _template() -> Template:
    pages = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=lambda value: visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.filters["words"] = words
    return pages.get_template("pay.html")
