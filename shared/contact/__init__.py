"""Finds contact information in what people write: an e-mail address, a phone number, a link, a messenger's handle.

Only sales on the platform are protected (rules 8.5), so people disguise such things; the disguise is undone first, then
each kind is looked for. Pure: no clock, no storage, and work that grows no faster than the text.
"""

import re
from hashlib import sha256

from shared.contact.folding import fold
from shared.contact.handles import has_handle
from shared.contact.links import has_email, has_link
from shared.contact.phones import has_phone, has_word_for_calling
from shared.contact.views import views_of

SEPARATOR = re.compile(r"[-_]+")
KINDS = ("email", "phone", "link", "handle")
"""What is looked for, in the order in which it is reported."""


def kinds(text: str) -> tuple[str, ...]:
    """Which kinds of contact information a text holds, in a fixed order; nothing when it is innocent."""
    seen = views_of(fold(text))
    found = (
        any(has_email(view) for view in seen),
        has_phone(seen[0]),  # joins separated digits itself
        any(has_link(view) for view in seen),
        any(has_handle(view) for view in seen),
    )
    return tuple(kind for kind, is_there in zip(KINDS, found, strict=True) if is_there)


def fingerprint(text: str) -> str:
    """The same for texts that a reader takes for one: folded as for detection, without any space (rules 2.4)."""
    return sha256("".join(fold(text).split()).encode("utf-8", "surrogatepass")).hexdigest()


def kinds_in_id(identifier: str) -> tuple[str, ...]:
    """Which kinds an identifier of letters, digits, hyphens and underscores holds, read as the words in it.

    A phone number counts beside a word for calling, or if there are no letters at all: ids are full of digits.
    """
    read = SEPARATOR.sub(" ", identifier)
    phone_counts = has_word_for_calling(fold(read)) or not any(map(str.isalpha, read))
    return tuple(kind for kind in kinds(read) if kind != "phone" or phone_counts)
