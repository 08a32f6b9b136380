"""Plain SQL files, run once each, in order, under an advisory lock."""

from collections.abc import Sequence
from pathlib import Path

from shared.db.pool import Connection

LOCK = 0x526F6C6C  # "Roll"; one migrating process per database


class MigrationChanged(Exception):
    """A migration file that already ran has been edited: write a new file instead."""


async def migrate(connection: Connection, schema: str, folders: Sequence[Path]) -> list[str]:
    """Bring `schema` up to date from the `*.sql` files of `folders` (in that order) and return the names that ran now.

    The schema must exist and belong to the connection's role. Each file runs in a transaction of its own.
    Raises MigrationChanged if a file that ran before has other content now.
    """
    await connection.execute("SELECT pg_advisory_lock($1)", LOCK)
    try:
        await connection.execute(f'SET search_path TO "{schema}"')
        await connection.execute(
            "CREATE TABLE IF NOT EXISTS migration"
            " (name text PRIMARY KEY, sql text NOT NULL, ran_at timestamptz NOT NULL DEFAULT now())"
        )
        ran = {row["name"]: row["sql"] for row in await connection.fetch("SELECT name, sql FROM migration")}
        return [name for name, sql in _files(folders) if await _run(connection, name, sql, ran)]
    finally:
        await connection.execute("SELECT pg_advisory_unlock($1)", LOCK)


def _files(folders: Sequence[Path]) -> list[tuple[str, str]]:
    return [
        (f"{folder.parent.name}/{path.name}", path.read_text())
        for folder in folders
        for path in sorted(folder.glob("*.sql"))
    ]


async def _run(connection: Connection, name: str, sql: str, ran: dict[str, str]) -> bool:
    if name in ran:
        if ran[name] != sql:
            raise MigrationChanged(f"{name} was changed after it ran; write a new file instead")
        return False
    async with connection.transaction():
        await connection.execute(sql)
        await connection.execute("INSERT INTO migration (name, sql) VALUES ($1, $2)", name, sql)
    return True
