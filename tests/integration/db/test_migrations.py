"""Migrations run once each, in order, are never edited, and two processes may start at once."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from deploy.embedded.postgres import EmbeddedPostgres
from deploy.migrate import SERVICES, migrate_all
from shared.db.migrations import MigrationChanged, migrate

pytestmark = pytest.mark.db
SCHEMA = "sample"


@pytest.fixture
async def url(postgres: EmbeddedPostgres) -> AsyncIterator[str]:
    """An empty database with the schema `sample`."""
    name = f"migrations_{uuid4().hex[:8]}"
    admin = await asyncpg.connect(postgres.url())
    await admin.execute(f"CREATE DATABASE {name}")
    connection = await asyncpg.connect(postgres.url(name))
    await connection.execute(f"CREATE SCHEMA {SCHEMA}")
    await connection.close()
    yield postgres.url(name)
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    migrations = tmp_path / "sample" / "migrations"
    migrations.mkdir(parents=True)
    (migrations / "0001_pupil.sql").write_text("CREATE TABLE pupil (id int); SELECT pg_sleep(0.2);")
    (migrations / "0002_rows.sql").write_text("INSERT INTO pupil VALUES (1);")
    return migrations


async def run(url: str, *folders: Path) -> list[str]:
    connection = await asyncpg.connect(url)
    try:
        return await migrate(connection, SCHEMA, folders)
    finally:
        await connection.close()


async def value(url: str, query: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def test_each_file_runs_once_in_order(url: str, folder: Path) -> None:
    assert await run(url, folder) == ["sample/0001_pupil.sql", "sample/0002_rows.sql"]
    assert await run(url, folder) == []
    assert await value(url, "SELECT count(*) FROM sample.pupil") == 1


async def test_a_new_file_runs_alone(url: str, folder: Path) -> None:
    await run(url, folder)
    (folder / "0003_more.sql").write_text("INSERT INTO pupil VALUES (2);")
    assert await run(url, folder) == ["sample/0003_more.sql"]
    assert await value(url, "SELECT count(*) FROM sample.pupil") == 2


async def test_an_edited_file_is_refused_and_nothing_runs(url: str, folder: Path) -> None:
    await run(url, folder)
    (folder / "0002_rows.sql").write_text("INSERT INTO pupil VALUES (7);")
    (folder / "0003_more.sql").write_text("INSERT INTO pupil VALUES (2);")
    with pytest.raises(MigrationChanged, match=r"sample/0002_rows\.sql was changed after it ran"):
        await run(url, folder)
    assert await value(url, "SELECT count(*) FROM sample.pupil") == 1


async def test_a_failing_file_leaves_nothing_and_may_be_mended(url: str, folder: Path) -> None:
    broken = folder / "0003_broken.sql"
    broken.write_text("INSERT INTO pupil VALUES (2); SELECT 1/0;")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await run(url, folder)
    assert await value(url, "SELECT count(*) FROM sample.pupil") == 1
    broken.write_text("INSERT INTO pupil VALUES (2);")
    assert await run(url, folder) == ["sample/0003_broken.sql"]


async def test_two_at_once_run_each_file_once(url: str, folder: Path) -> None:
    first, second = await asyncio.gather(run(url, folder), run(url, folder))
    assert sorted(first + second) == ["sample/0001_pupil.sql", "sample/0002_rows.sql"]
    assert await value(url, "SELECT count(*) FROM sample.pupil") == 1


async def test_the_lock_is_free_afterwards_also_after_a_failure(url: str, folder: Path) -> None:
    (folder / "0001_pupil.sql").write_text("SELECT 1/0;")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await run(url, folder)
    assert await value(url, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == 0


async def test_the_whole_system_may_be_set_up_by_two_processes_at_once(postgres: EmbeddedPostgres) -> None:
    name = f"twice_{uuid4().hex[:8]}"
    try:
        first, second = await asyncio.gather(*(migrate_all(postgres.url(), name) for _ in range(2)))
        for service in SERVICES:
            assert not set(first[service]) & set(second[service])
        assert sum(map(len, [*first.values(), *second.values()])) > 0
    finally:
        admin = await asyncpg.connect(postgres.url())
        await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await admin.close()
