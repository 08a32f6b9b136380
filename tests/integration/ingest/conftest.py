"""ingest as it runs, on the real PostgreSQL; only the relay is off (its broker has tests of its own)."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import asyncpg
import httpx
import orjson
import pytest
from fastapi import FastAPI

from deploy.embedded.postgres import EmbeddedPostgres
from services.ingest.app import install, routers
from services.ingest.keys import create_key
from services.ingest.settings import IngestSettings
from shared.db.pool import Pool, open_pool
from shared.messaging.event_log import EventLog
from shared.runtime.clock import build_clock
from shared.runtime.metrics import Metrics
from shared.runtime.service import Runtime
from tests.conftest import Database

_numbers = itertools.count(1)
AT = "2025-09-08T09:00:00-07:00"


@dataclass
class Ingest:
    """The service's HTTP for one district, and what the service has said so far."""

    http: httpx.AsyncClient
    pool: Pool
    district: str
    key: str

    async def ask(self, method: str, path: str, json: Any = None, status: int | None = None, at: str = AT) -> Any:
        response = await self.http.request(method, path, json=json, headers={"Rollcall-At": at})
        if status is not None:
            assert response.status_code == status, response.text
        return response.json()

    async def marks(self, *records: dict[str, Any], at: str = AT) -> list[dict[str, Any]]:
        answer = await self.ask("POST", "/v1/marks", {"records": list(records)}, 202, at)
        return list(answer["records"])

    async def calendar(self, *days: str, school: str = "north", at: str = AT) -> Any:
        body = {"school_year": "2025-2026", "name": "North School (invented)", "instructional_days": list(days)}
        return await self.ask("PUT", f"/v1/schools/{school}/calendar", body, 200, at)

    async def said(self, *types: str) -> list[dict[str, Any]]:
        """Bodies of the district's events in the log, in order, with their type and id."""
        rows = await self.pool.fetch(
            "SELECT event_id, type, time, value FROM event_log WHERE starts_with(subject, $1 || '/') ORDER BY id",
            self.district,
        )
        return [
            {"type": row["type"], "id": str(row["event_id"]), "time": row["time"], **orjson.loads(row["value"])}
            for row in rows
            if not types or row["type"] in types
        ]


@pytest.fixture(scope="module")
def module_database(postgres: EmbeddedPostgres, template: str) -> Iterator[Database]:
    """One database for a module: each test has a district of its own."""
    database = Database(postgres, f"ingest_{next(_numbers)}")
    run(postgres, f"CREATE DATABASE {database.name} TEMPLATE {template}")
    yield database
    run(postgres, f"DROP DATABASE {database.name} WITH (FORCE)")


def run(postgres: EmbeddedPostgres, statement: str) -> None:
    async def execute() -> None:
        connection = await asyncpg.connect(postgres.url())
        await connection.execute(statement)
        await connection.close()

    asyncio.run(execute())


@pytest.fixture
async def pool(module_database: Database) -> AsyncIterator[Pool]:
    async with open_pool(module_database.url("ingest"), "ingest") as pool:
        yield pool


@pytest.fixture
def app(pool: Pool) -> FastAPI:
    return build(pool, "driven")


def build(pool: Pool, clock: Literal["driven", "real"]) -> FastAPI:
    settings = IngestSettings(database_url="unused", kafka_bootstrap="unused", clock=clock)
    runtime = Runtime(settings, pool, EventLog(pool, "ingest"), build_clock(clock), Metrics())
    app = FastAPI()
    for router in routers(runtime):
        app.include_router(router)
    return install(app)


@pytest.fixture
async def ingest(app: FastAPI, pool: Pool) -> AsyncIterator[Ingest]:
    district = f"district-{next(_numbers)}"
    async with pool.acquire() as connection:
        key = await create_key(connection, district, "test")
    async with client_of(app, key) as http:
        yield Ingest(http, pool, district, key)


def client_of(app: FastAPI, key: str) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {key}"}
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://ingest.test", headers=headers)
