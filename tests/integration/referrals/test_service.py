"""The whole service as it runs: a pupil's history comes from a real broker, and staff can fetch the packet."""

import asyncio
from collections.abc import AsyncIterator
from itertools import groupby

import httpx
import pytest

from services.referrals.app import build_app
from shared.db.pool import open_pool
from shared.messaging.event_log import EventLog
from tests.brokers import Broker
from tests.conftest import Database
from tests.unit.referrals.history import CASE, history

pytestmark = [pytest.mark.db, pytest.mark.broker]
TOKEN = "invented-staff-token"


async def publish(database: Database) -> None:
    """Lay the history into the service's own event log: its relay publishes it, its consumers hear it."""
    whole = history()
    events = (*whole.calendars, whole.student, *whole.marks, *whole.closes, *whole.ladder, *whole.notices)
    async with open_pool(database.url("referrals"), "referrals") as pool:
        log = EventLog(pool, "referrals")
        async with log.transaction() as connection:
            for _, same in groupby(events, key=lambda event: event.data.topic):
                await log.append(connection, list(same))


@pytest.fixture
async def staff(
    database: Database, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[httpx.AsyncClient]:
    for name, value in {
        "DATABASE_URL": database.url("referrals"), "KAFKA_BOOTSTRAP": broker.bootstrap, "BROKER_KIND": broker.kind,
        "STAFF_TOKEN": TOKEN, "LOOK_SECONDS": "0.1", "SESSION_TIMEOUT": "6",
    }.items():  # fmt: skip
        monkeypatch.setenv(f"ROLLCALL_{name}", value)
    await publish(database)
    app = build_app()
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test", headers=headers) as client,
    ):
        yield client


async def test_a_history_on_the_broker_becomes_a_packet(staff: httpx.AsyncClient) -> None:
    async with asyncio.timeout(40):
        while (await staff.get("/v1/summary")).json()["packets"] == 0:  # noqa: ASYNC110 (the service says it by HTTP only)
            await asyncio.sleep(0.1)
    case = (await staff.get(f"/v1/cases/{CASE.id}")).json()
    assert (case["state"], case["waiting_for"]) == ("draft", [])
    assert (await staff.get(f"/v1/cases/{CASE.id}/verify")).json()["whole"] is True
