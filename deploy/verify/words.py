"""SQL values made from code for the invariants: the transitions of orders, and which queue consumes which event."""

from collections.abc import Callable, Iterable, Mapping
from functools import cache

from services.orders.domain.lifecycle import TABLE, Moves
from services.orders.domain.request import Role
from shared.messaging.topology import bindings

_PLACED = ("T1", None, "waiting_payment", "buyer", "order.placed", False)


@cache
def legal() -> str:
    """Every transition: row, source, target, role (none for a deadline), event, and whether escrow is settled."""
    rows = [
        (
            row.id,
            str(source),
            str(row.target),
            None if row.role is Role.CLOCK else str(row.role),
            row.event,
            row.moves not in (Moves.NOTHING, Moves.FUNDS),
        )
        for row in TABLE
        for source in dict.fromkeys(status for status, _ in row.sources)
    ]
    return _values("legal", ("row", "source", "target", "role", "event", "settles"), [_PLACED, *rows])


@cache
def consumed() -> str:
    """Every queue with the keys that it is bound to; canaries are no events."""
    rows = [(queue, key) for queue, key in bindings() if not key.startswith("canary.")]
    return _values("consumed", ("queue", "key"), rows)


WORDS: Mapping[str, Callable[[], str]] = {"legal": legal, "consumed": consumed}
"""What `:legal` and `:consumed` in the .sql files stand for."""


def _values(name: str, columns: tuple[str, ...], rows: Iterable[tuple[str | bool | None, ...]]) -> str:
    lines = ", ".join(f"({', '.join(_literal(value) for value in row)})" for row in dict.fromkeys(rows))
    return f"(values {lines}) as {name} ({', '.join(columns)})"


def _literal(value: str | bool | None) -> str:
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return "null::text" if value is None else str(value).lower()
