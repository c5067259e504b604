"""Classifies every fault of the database (each case is tested in tests/unit/shared/test_database_faults.py)."""

import ssl

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

_RETRY = frozenset({"40001", "40P01"})
DRIVER_FAULTS = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""What the driver raises when its connection is in trouble; the last when Postgres shuts down under an idle one."""

_AWAY_CLASSES = ("08", "53", "57P", "58")
_AWAY = frozenset({"55P03", "57014", "25006"})


class DatabaseUnavailable(Exception):
    """The database can't answer now: a request gets 503 and may be sent again, a message waits."""


class Contention(Exception):
    """Two transactions met (deadlock or serialization failure): the whole command can be done again."""


def translate(error: BaseException) -> BaseException:
    """The fault as DatabaseUnavailable or Contention where it is one of them, else unchanged."""
    origin = error.orig if isinstance(error, DBAPIError) else error
    state = getattr(origin, "sqlstate", None) or getattr(getattr(origin, "__cause__", None), "sqlstate", None)
    if state in _RETRY:
        return Contention(state)
    if state in _AWAY or (state is not None and state.startswith(_AWAY_CLASSES)):
        return DatabaseUnavailable(state)
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return DatabaseUnavailable("connection lost")
    lost = (OSError, TimeoutError, PoolTimeout, asyncpg.InterfaceError, asyncpg.InternalClientError)
    if isinstance(error, ValueError) and not isinstance(error, ssl.SSLError):
        return error  # the driver's own DataError is an InterfaceError too, but waiting would not mend a wrong value
    if isinstance(error, lost):
        return DatabaseUnavailable(type(error).__name__)
    return error
