"""Referrals on the real PostgreSQL, without a broker: events go to the handlers as messaging would hand them over."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from services.referrals.assembler import Assembler
from services.referrals.handlers import subscriptions
from services.referrals.packet_pdf import build_printer
from services.referrals.refer import Referrer
from services.referrals.rules import load_rules
from shared.contracts.envelope import Event
from shared.db.pool import Pool, open_pool
from shared.messaging.event_log import EventLog
from shared.runtime.logging import configure_logging
from tests.conftest import Database
from tests.unit.referrals.history import History


@dataclass(frozen=True)
class Referrals:
    pool: Pool
    assembler: Assembler

    async def take(self, topic: str, events: Sequence[Event[Any]]) -> None:
        [handler] = [one.handler for one in subscriptions(None) if one.topic == topic]
        async with self.pool.acquire() as connection, connection.transaction():
            await handler(connection, events)

    async def take_all(self, history: History) -> None:
        await self.take("roster.v1", (*history.calendars, history.student))
        await self.take("attendance.v1", (*history.marks, *history.closes))
        await self.take("ladder.v1", history.ladder)
        await self.take("notices.v1", history.notices)

    async def told(self) -> list[dict[str, Any]]:
        """What is in the event log, in order."""
        rows = await self.pool.fetch(
            "SELECT event_id, type, convert_from(value, 'UTF8')::jsonb AS body FROM event_log ORDER BY id"
        )
        return [dict(row) for row in rows]


@pytest.fixture(autouse=True)
def logs() -> None:
    configure_logging("referrals")


@pytest.fixture
async def referrals(database: Database) -> AsyncIterator[Referrals]:
    async with open_pool(database.url("referrals"), "referrals") as pool:
        referrer = Referrer(pool, EventLog(pool, "referrals"), load_rules("us-ca"), build_printer())
        yield Referrals(pool, Assembler(referrer, seconds=0.05))
