"""The way to a fault inside a request, e.g. /body/lines/0/quantity."""

import re
from itertools import takewhile

_NAME = re.compile("[A-Za-z_][A-Za-z0-9_-]{0,63}")


def pointer(*place: str | int) -> str:
    """The way as far as its parts are names: a misspelt name helps its sender, any other text may be a secret."""
    return "".join(f"/{part}" for part in takewhile(_is_name, place))


def _is_name(part: str | int) -> bool:
    return isinstance(part, int) or _NAME.fullmatch(part) is not None
