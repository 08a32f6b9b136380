"""ingest as it runs, on the real PostgreSQL; only the relay is off (its broker has tests of its own)."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import orjson
import pytest
from fastapi import FastAPI

from services.ingest.app import install, routers
from services.ingest.keys import create_key
from services.ingest.settings import IngestSettings
from shared.db.pool import Pool, open_pool
from shared.messaging.event_log import EventLog
from shared.runtime.clock import DrivenClock
from shared.runtime.metrics import Metrics
from shared.runtime.service import Runtime
from tests.conftest import Database

DISTRICT = "test-district"
AT = "2025-09-08T09:00:00-07:00"


@dataclass
class Ingest:
    """The service's HTTP for one district, and what the service has said so far."""

    http: httpx.AsyncClient
    pool: Pool
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
        """Bodies of the events in the log, in order, with their type and id."""
        rows = await self.pool.fetch("SELECT event_id, type, time, value FROM event_log ORDER BY id")
        return [
            {"type": row["type"], "id": str(row["event_id"]), "time": row["time"], **orjson.loads(row["value"])}
            for row in rows
            if not types or row["type"] in types
        ]


@pytest.fixture
async def pool(database: Database) -> AsyncIterator[Pool]:
    async with open_pool(database.url("ingest"), "ingest") as pool:
        yield pool


@pytest.fixture
def app(pool: Pool) -> FastAPI:
    settings = IngestSettings(database_url="unused", kafka_bootstrap="unused", clock="driven")
    runtime = Runtime(settings, pool, EventLog(pool, "ingest"), DrivenClock(), Metrics())
    app = FastAPI()
    for router in routers(runtime):
        app.include_router(router)
    return install(app)


@pytest.fixture
async def ingest(app: FastAPI, pool: Pool) -> AsyncIterator[Ingest]:
    async with pool.acquire() as connection:
        key = await create_key(connection, DISTRICT, "test")
    transport = httpx.ASGITransport(app=app)
    headers = {"Authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://ingest.test", headers=headers) as http:
        yield Ingest(http, pool, key)
