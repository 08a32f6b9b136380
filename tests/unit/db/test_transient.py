"""Which errors mean 'later may work', and which are bugs or poison."""

import asyncpg
import pytest

from shared.db.pool import is_transient

TRANSIENT = [
    asyncpg.ConnectionDoesNotExistError,
    asyncpg.ConnectionFailureError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.QueryCanceledError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.LockNotAvailableError,
    asyncpg.TooManyConnectionsError,
    asyncpg.OutOfMemoryError,
    asyncpg.DiskFullError,
    ConnectionRefusedError,
    ConnectionResetError,
    TimeoutError,
]
FINAL = [
    asyncpg.UniqueViolationError,
    asyncpg.ForeignKeyViolationError,
    asyncpg.CheckViolationError,
    asyncpg.NotNullViolationError,
    asyncpg.UndefinedTableError,
    asyncpg.InsufficientPrivilegeError,
    asyncpg.InvalidTextRepresentationError,
    asyncpg.DataError,
    asyncpg.PostgresSyntaxError,
    ValueError,
    KeyError,
]


@pytest.mark.parametrize("error", TRANSIENT)
def test_later_may_work(error: type[Exception]) -> None:
    assert is_transient(error("x"))


@pytest.mark.parametrize("error", FINAL)
def test_later_will_not_help(error: type[Exception]) -> None:
    assert not is_transient(error("x"))
