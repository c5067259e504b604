"""What HTTP itself requires of a request: its method, the type of its body, the form of the answer (RFC 9110)."""

import re
from collections.abc import Iterable, Sequence

_QUALITY = re.compile(r"0(\.[0-9]{0,3})?|1(\.0{0,3})?")


def allow(methods: Iterable[str]) -> str:
    """The Allow header of a path with operations of these methods: HEAD goes with GET, the gateway answers OPTIONS."""
    found = {method.upper() for method in methods}
    return ", ".join(sorted(found | {"OPTIONS"} | ({"HEAD"} if "GET" in found else set())))


def is_json(content_type: str | None) -> bool:
    """Whether a Content-Type is JSON in UTF-8."""
    kind, parameters = _read(content_type or "")
    return kind == "application/json" and parameters.get("charset", "utf-8").lower() == "utf-8"


def preferred(accept: str | None, offers: Sequence[str]) -> str:
    """The offer that an Accept header prefers; of equals, or if none is acceptable, the earliest."""
    wanted = [_read(each) for each in (accept or "*/*").split(",")]
    return max(offers, key=lambda offer: _quality(offer, wanted))


def _quality(offer: str, wanted: Sequence[tuple[str, dict[str, str]]]) -> float:
    """The quality of the most specific range that covers the offer; 0 for one that can't be read."""
    given = {kind: parameters.get("q", "1") for kind, parameters in wanted}
    ranges = (offer, f"{offer.partition('/')[0]}/*", "*/*")
    quality = next((given[each] for each in ranges if each in given), "0")
    return float(quality) if _QUALITY.fullmatch(quality) else 0.0


def _read(text: str) -> tuple[str, dict[str, str]]:
    """A media type or range in lower case, and its parameters."""
    kind, *pairs = text.split(";")
    parameters = (pair.partition("=") for pair in pairs)
    return kind.strip().lower(), {name.strip().lower(): value.strip().strip('"') for name, _, value in parameters}
