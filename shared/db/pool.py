"""Connections to PostgreSQL: one pool per service, bound to that service's schema and role."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import asyncpg
import orjson

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    Connection = asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]
    Pool = asyncpg.Pool[asyncpg.Record]
else:
    Connection = asyncpg.Connection
    Pool = asyncpg.Pool

TRANSIENT_ERRORS: tuple[type[BaseException], ...] = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # "cannot switch to state": the server ended the connection just before our query
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.LockNotAvailableError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    OSError,
    TimeoutError,
)


def is_transient(error: BaseException) -> bool:
    """True if the same work may succeed later: the database was away, restarting, overloaded, or chose us in a deadlock."""
    return isinstance(error, TRANSIENT_ERRORS)


async def _prepare(connection: Connection) -> None:
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        format="binary",
        encoder=lambda value: b"\x01" + orjson.dumps(value),
        decoder=lambda value: orjson.loads(value[1:]),
    )


@asynccontextmanager
async def open_pool(database_url: str, schema: str, max_size: int = 8, lasting: bool = False) -> AsyncIterator[Pool]:
    """A pool whose connections see `schema` only; jsonb comes and goes as Python values.

    `lasting`: a connection is never replaced by a new one, because something lives as long as it does (temporary tables).
    Raises OSError or asyncpg.PostgresError if the database does not answer within 10 s.
    """
    async with asyncpg.create_pool(
        database_url,
        min_size=1,
        max_size=max_size,
        timeout=10,
        command_timeout=60,
        max_queries=2**62 if lasting else 50_000,
        max_inactive_connection_lifetime=0 if lasting else 300,
        init=_prepare,
        server_settings={"search_path": schema, "application_name": f"rollcall-{schema}", "timezone": "UTC"},
    ) as pool:
        yield pool
