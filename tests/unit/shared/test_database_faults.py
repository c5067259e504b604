"""What a database fault means: do it again, wait, or a mistake of ours that waiting would not mend."""

import ssl

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from shared.db.errors import Contention, DatabaseUnavailable, translate


class Driver(Exception):
    """What SQLAlchemy's adapter raises: Postgres' own code, and the driver's error as its cause."""

    def __init__(self, sqlstate: str | None = None) -> None:
        super().__init__(sqlstate)
        self.sqlstate = sqlstate


def through_sqlalchemy(sqlstate: str | None, *, lost: bool = False) -> DBAPIError:
    """The same fault as a read sees it."""
    return DBAPIError("select 1", {}, Driver(sqlstate), connection_invalidated=lost)


AGAIN = [asyncpg.SerializationError("x"), asyncpg.DeadlockDetectedError("x")]
AWAY = [
    asyncpg.AdminShutdownError("x"),
    asyncpg.CannotConnectNowError("x"),
    asyncpg.TooManyConnectionsError("x"),
    asyncpg.DiskFullError("x"),
    asyncpg.ConnectionDoesNotExistError("x"),
    asyncpg.LockNotAvailableError("x"),
    asyncpg.QueryCanceledError("x"),
    asyncpg.ReadOnlySQLTransactionError("x"),
    asyncpg.InterfaceError("connection is closed"),
    asyncpg.InternalClientError("cannot switch to state 15; another operation (2) is in progress"),
    ConnectionRefusedError("x"),
    ConnectionResetError("x"),
    ssl.SSLError("x"),
    ssl.SSLCertVerificationError("x"),
    TimeoutError("x"),
    PoolTimeout("x"),
]
OURS = [
    asyncpg.UniqueViolationError("x"),
    asyncpg.CheckViolationError("x"),
    asyncpg.UndefinedTableError("x"),
    asyncpg.InsufficientPrivilegeError("x"),
    asyncpg.NumericValueOutOfRangeError("x"),
    ValueError("x"),
    KeyError("x"),
]


class TestWhatDoesAFaultMean:
    @pytest.mark.parametrize("error", AGAIN, ids=lambda error: type(error).__name__)
    def test_two_were_in_each_others_way_so_do_it_again(self, error: Exception) -> None:
        assert isinstance(translate(error), Contention)

    @pytest.mark.parametrize("error", AWAY, ids=lambda error: type(error).__name__)
    def test_the_database_is_away_so_wait(self, error: Exception) -> None:
        assert isinstance(translate(error), DatabaseUnavailable)

    @pytest.mark.parametrize("error", OURS, ids=lambda error: type(error).__name__)
    def test_everything_else_is_a_mistake_and_stays_what_it_is(self, error: Exception) -> None:
        assert translate(error) is error

    def test_a_value_that_the_driver_refuses_is_a_mistake_though_it_looks_like_a_broken_connection(self) -> None:
        class RefusedValueError(asyncpg.InterfaceError, ValueError):
            """The family of asyncpg's own DataError."""

        error = RefusedValueError("invalid input for query argument $1: 2**63")
        assert translate(error) is error

    @pytest.mark.parametrize(
        ("state", "kind"),
        [("40001", Contention), ("40P01", Contention), ("57P01", DatabaseUnavailable), ("53300", DatabaseUnavailable)],
    )
    def test_it_means_the_same_through_sqlalchemy(self, state: str, kind: type[Exception]) -> None:
        assert isinstance(translate(through_sqlalchemy(state)), kind)

    def test_a_lost_connection_has_no_code(self) -> None:
        assert isinstance(translate(through_sqlalchemy(None, lost=True)), DatabaseUnavailable)
        unknown = through_sqlalchemy(None)
        assert translate(unknown) is unknown

    def test_a_broken_rule_of_the_tables_is_a_mistake_through_sqlalchemy_too(self) -> None:
        error = IntegrityError("insert", {}, Driver("23505"))
        assert translate(error) is error

    def test_the_code_of_the_cause_counts_where_the_adapter_has_none(self) -> None:
        outer = Driver()
        outer.__cause__ = asyncpg.DeadlockDetectedError("x")
        assert isinstance(translate(DBAPIError("update", {}, outer)), Contention)
