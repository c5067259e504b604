"""Ids of people in a path: an identity provider may use any characters, also a slash, which comes as %2F.

A server that decodes a path before it is split into segments can't tell such a slash from the path's own. Here it is
kept apart until the parameter is read.
"""

import re
from typing import Annotated
from urllib.parse import unquote

from fastapi import Path
from pydantic import AfterValidator
from starlette.types import Scope

SLASH = "\ue000"
"""Stands for a slash inside of a segment; of private use, so that no account's id can hold it."""
_ENCODED = re.compile("%2f", re.IGNORECASE)


def split(scope: Scope) -> Scope:
    """The same request with a path whose segments are as the client wrote them."""
    raw = scope.get("raw_path") or b""
    if b"%2f" not in raw.lower():
        return scope
    return {**scope, "path": unquote(_ENCODED.sub("%EE%80%80", raw.decode("ascii")))}


def read(segment: str) -> str:
    """A segment of a split path as its client meant it."""
    return segment.replace(SLASH, "/")


AccountId = Annotated[
    str,
    Path(
        min_length=1,
        max_length=128,
        pattern=r"^[^\x00-\x1f\x7f]*$",
        description="An account's id, percent-encoded as one segment: a slash is %2F.",
    ),
    AfterValidator(read),
]
