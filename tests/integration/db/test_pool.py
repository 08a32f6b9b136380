"""A service's pool sees that service's schema and nothing else; transient errors are told from bugs."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from deploy.migrate import SERVICES
from shared.db.pool import Pool, is_transient, open_pool
from tests.conftest import Database

pytestmark = pytest.mark.db
OTHERS = [(service, other) for service in SERVICES for other in SERVICES if service != other]


@pytest.fixture
async def pool(database: Database) -> AsyncIterator[Pool]:
    async with open_pool(database.url("escalation"), "escalation", max_size=2) as pool:
        yield pool


async def test_names_without_a_schema_are_the_service_s_own(pool: Pool) -> None:
    assert await pool.fetchval("SELECT current_schemas(false)") == ["escalation"]
    assert await pool.fetchval("SELECT current_user") == "rollcall_escalation"


async def test_times_come_in_utc(pool: Pool) -> None:
    assert await pool.fetchval("SHOW timezone") == "UTC"


@pytest.mark.parametrize("value", [{"days": ["2025-09-08"], "n": 3, "é": None}, [], "text", 1.5, True, None])
async def test_jsonb_comes_and_goes_as_python_values(pool: Pool, value: object) -> None:
    assert await pool.fetchval("SELECT coalesce($1::jsonb, 'null'::jsonb)", value) == value


@pytest.mark.parametrize(("service", "other"), OTHERS)
async def test_no_role_sees_another_service_s_schema(database: Database, service: str, other: str) -> None:
    connection = await asyncpg.connect(database.url(service))
    try:
        assert await connection.fetchval(f"SELECT count(*) FROM {service}.migration") is not None
        for statement in (f"SELECT * FROM {other}.migration", f"CREATE TABLE {other}.mine (id int)"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
    finally:
        await connection.close()


async def test_no_role_writes_into_the_public_schema(pool: Pool) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await pool.execute("CREATE TABLE public.mine (id int)")


async def test_a_query_that_is_cancelled_by_the_server_is_transient(pool: Pool) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL statement_timeout = 20")
        with pytest.raises(asyncpg.PostgresError) as raised:
            await connection.execute("SELECT pg_sleep(5)")
    assert is_transient(raised.value)


@pytest.mark.parametrize("seconds", [None, 0, 0.01])
async def test_a_connection_that_the_server_ends_is_transient(
    pool: Pool, database: Database, seconds: float | None
) -> None:
    """Whether our query comes before, with or after the news, asyncpg raises another class each time."""
    admin = await asyncpg.connect(database.admin_url)
    for _ in range(5):
        async with pool.acquire() as connection:
            await admin.execute("SELECT pg_terminate_backend($1)", connection.get_server_pid())
            if seconds is not None:
                await asyncio.sleep(seconds)
            with pytest.raises(Exception) as raised:  # noqa: PT011
                await connection.execute("SELECT 1")
        assert is_transient(raised.value), type(raised.value)
    await admin.close()


async def test_a_broken_rule_of_the_schema_is_not_transient(pool: Pool) -> None:
    with pytest.raises(asyncpg.UniqueViolationError) as raised:
        await pool.execute("INSERT INTO migration SELECT * FROM migration")
    assert not is_transient(raised.value)
