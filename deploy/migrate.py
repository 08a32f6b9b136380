"""Creates the database, a role and a schema per service, and runs the migrations of each as its own role.

As a job (`python -m deploy.migrate`): `ROLLCALL_ADMIN_URL` is the server as its superuser, `ROLLCALL_PASSWORD_INGEST` and so
on are the passwords that the roles get.
"""

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from shared.db.migrations import migrate
from shared.db.pool import Connection

ROOT = Path(__file__).parent.parent
SERVICES = ("ingest", "escalation", "notifications", "referrals")
SETUP_LOCK = 0x526F6C6D
"""Another one than the lock of `shared.db.migrations`, which is taken inside this one."""


def role_of(service: str) -> str:
    return f"rollcall_{service}"


def service_url(admin_url: str, database: str, service: str) -> str:
    """The address that a service uses: its own role, the same server."""
    parts = urlsplit(admin_url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{role_of(service)}@{host}", path=f"/{database}"))


async def migrate_all(
    admin_url: str, database: str = "rollcall", passwords: Mapping[str, str] | None = None
) -> dict[str, list[str]]:
    """Create what is missing and run new migrations; returns per service the names that ran.

    `passwords` by service, where roles log in with one. Processes that do this at the same time wait for each other.
    Raises asyncpg.PostgresError.
    """
    admin = await asyncpg.connect(admin_url)
    try:
        await admin.execute("SELECT pg_advisory_lock($1)", SETUP_LOCK)  # given back when the connection closes
        await _create_database(admin, database)
        ran = {service: await _migrate_service(admin_url, database, service) for service in SERVICES}
        for service, password in (passwords or {}).items():
            await _set_password(admin, role_of(service), password)
        return ran
    finally:
        await admin.close()


async def _create_database(admin: Connection, database: str) -> None:
    if not await admin.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", database):
        await admin.execute(f'CREATE DATABASE "{database}"')


async def _set_password(admin: Connection, role: str, password: str) -> None:
    await admin.execute(
        await admin.fetchval("SELECT format('ALTER ROLE %I PASSWORD %L', $1::text, $2::text)", role, password)
    )


async def _migrate_service(admin_url: str, database: str, service: str) -> list[str]:
    role = role_of(service)
    admin = await asyncpg.connect(admin_url, database=database)
    try:
        if not await admin.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role):
            await admin.execute(f'CREATE ROLE "{role}" LOGIN')
        await admin.execute(f'CREATE SCHEMA IF NOT EXISTS "{service}" AUTHORIZATION "{role}"')
        await admin.execute(f'SET ROLE "{role}"')
        folders = [ROOT / "shared/messaging/migrations", ROOT / "services" / service / "migrations"]
        return await migrate(admin, service, folders)
    finally:
        await admin.close()


def main() -> None:
    """The job: settings from the environment, one line per migration that ran."""
    passwords = {
        service: value for service in SERVICES if (value := os.environ.get(f"ROLLCALL_PASSWORD_{service.upper()}"))
    }
    ran = asyncio.run(migrate_all(os.environ["ROLLCALL_ADMIN_URL"], passwords=passwords))
    for service, names in ran.items():
        print(f"{service}: {', '.join(names) or 'nothing new'}")


if __name__ == "__main__":
    main()
