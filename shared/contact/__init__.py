"""Finds contact information in what people write: an e-mail address, a phone number, a link, a messenger's handle.

Selling is protected only while it stays inside (rules 8.5), so people hide such things; every trick that is undone here
is undone before anything is looked for. Pure: no clock, no storage, and work that grows no faster than the text.
"""

from shared.contact.folding import fold
from shared.contact.handles import has_handle
from shared.contact.links import has_email, has_link
from shared.contact.phones import has_phone
from shared.contact.views import views_of

KINDS = ("email", "phone", "link", "handle")
"""What is looked for, in the order in which it is told."""


def kinds(text: str) -> tuple[str, ...]:
    """Which kinds of contact information a text holds, in a fixed order; nothing when it is innocent."""
    seen = views_of(fold(text))
    found = (
        any(has_email(view) for view in seen),
        has_phone(seen[0]),  # which puts digits that stand apart together itself
        any(has_link(view) for view in seen),
        any(has_handle(view) for view in seen),
    )
    return tuple(kind for kind, is_there in zip(KINDS, found, strict=True) if is_there)
