"""Escalation's tables and its HTTP on the real database."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from services.escalation.http import routers
from services.escalation.settings import EscalationSettings
from shared.db.pool import Pool, open_pool
from shared.messaging.event_log import EventLog
from shared.runtime.clock import RealClock
from shared.runtime.metrics import Metrics
from shared.runtime.service import Runtime
from tests.conftest import Database

TOKEN = "a token for tests only"


@pytest.fixture
async def pool(database: Database) -> AsyncIterator[Pool]:
    async with open_pool(database.url("escalation"), "escalation", max_size=4) as pool:
        yield pool


@pytest.fixture
def log(pool: Pool) -> EventLog:
    return EventLog(pool, "escalation")


@pytest.fixture
async def staff(database: Database, pool: Pool, log: EventLog) -> AsyncIterator[httpx.AsyncClient]:
    """A staff tool's client of escalation's HTTP."""
    settings = EscalationSettings(
        database_url=database.url("escalation"), kafka_bootstrap="not used", staff_token=SecretStr(TOKEN)
    )
    app = FastAPI()
    for router in routers(Runtime(settings, pool, log, RealClock(), Metrics())):
        app.include_router(router)
    transport, headers = httpx.ASGITransport(app), {"Authorization": f"Bearer {TOKEN}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://inside", headers=headers) as client:
        yield client
