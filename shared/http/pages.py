"""Cursor pages: `items` and `next_cursor`; the cursor is opaque to clients and names its list and version."""

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Generic, TypeVar
from uuid import UUID

import orjson
from fastapi import Query
from pydantic import AwareDatetime

from shared.clock import written
from shared.http.fields import View
from shared.http.problems import RefusedError
from shared.refusals import Refusal

LIMIT_MAX = 100
Item = TypeVar("Item")
Row = TypeVar("Row")

Limit = Annotated[int, Query(ge=1, le=LIMIT_MAX, description="How many items at most.")]
CursorText = Annotated[str | None, Query(max_length=500, description="next_cursor of the page before.")]


_EARLIEST, _LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
From = Annotated[
    AwareDatetime | None, Query(alias="from", ge=_EARLIEST, le=_LATEST, description="From this moment on.")
]
To = Annotated[AwareDatetime | None, Query(ge=_EARLIEST, le=_LATEST, description="Before this moment.")]


class Page(View, Generic[Item]):
    """One page of a list; `next_cursor` is null on the last one."""

    items: list[Item]
    next_cursor: str | None = None


def cursor(kind: str, *key: str | int) -> str:
    """The cursor behind which the next page of this list begins."""
    return base64.urlsafe_b64encode(orjson.dumps([kind, 1, *key])).decode().rstrip("=")


def read_cursor(text: str | None, kind: str, *shape: type) -> tuple[str | int, ...] | None:
    """The key in a cursor, None without one; raises RefusedError for one of another list or a forged one (422)."""
    if text is None:
        return None
    try:
        found = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        own, version, *key = found
        fits = own == kind and version == 1 and [type(part) for part in key] == list(shape)
    except (ValueError, TypeError, binascii.Error, orjson.JSONDecodeError):
        fits, key = False, []
    if not fits or not all(_storable(part) for part in key):
        raise forged()
    return tuple(key)


def read_time_cursor(text: str | None, kind: str) -> tuple[datetime, str] | None:
    """The time and the id in a cursor of a list that is sorted by time. Raises RefusedError for a forged one (422)."""
    key = read_cursor(text, kind, str, str)
    if key is None:
        return None
    try:
        moment = datetime.fromisoformat(str(key[0]))
        own = written(moment) == key[0]
    except (ValueError, OverflowError):
        own = False
    if not own:
        raise forged()
    return moment, str(key[1])


def read_id_cursor(text: str | None, kind: str) -> UUID | None:
    """The id in a cursor of a list that is sorted by it. Raises RefusedError for a forged one (422)."""
    key = read_cursor(text, kind, str)
    try:
        return UUID(str(key[0])) if key is not None else None
    except ValueError:
        raise forged() from None


def page(
    kind: str, rows: Sequence[Row], limit: int, view: Callable[[Row], Item], key: Callable[[Row], tuple[str | int, ...]]
) -> Page[Item]:
    """The page of a list that was read with one row more than `limit`; `key` is what its cursor names of a row."""
    shown = rows[:limit]
    following = cursor(kind, *key(shown[-1])) if len(rows) > limit else None
    return Page(items=[view(each) for each in shown], next_cursor=following)


def forged() -> RefusedError:
    """The refusal of a cursor that was not made by its list (422)."""
    errors = [{"pointer": "/query/cursor", "detail": "not a cursor of this list"}]
    return RefusedError(Refusal.VALIDATION_FAILED, errors=errors)


def _storable(part: str | int) -> bool:
    """Whether Postgres can compare with it; a forged cursor may hold anything."""
    return "\x00" not in part if isinstance(part, str) else -(2**63) <= part < 2**63
