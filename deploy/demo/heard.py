"""Waits, at the end of a day of the time-lapse, until every family has heard what that day brought and escalation knows it.

Without it the days run away from the messages, and what the ladder knows at a close depends on how fast they go out.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from deploy.embedded.state import StackInfo
from shared.db.pool import Connection

PATIENCE = 20.0
"""Seconds. A message whose outcome is unknown never comes back: after this the demo no longer waits for its days."""

REQUIRED = "SELECT count(*) FROM artefact WHERE district = $1 AND type = 'notice.required'"
CONTACTS = "SELECT count(*) FROM act WHERE district = $1 AND body->>'by' = 'notifications'"
NOTICES = "SELECT count(*) FROM notice WHERE district = $1 AND state <> 'required'"
ON_THE_WAY = """
SELECT count(*) FROM delivery JOIN notice USING (notice)
WHERE district = $1 AND (delivery.state IN ('queued', 'attempting') OR delivery.state = 'held' AND until <= $2)
"""
INVITED = """
SELECT count(*) FROM delivery JOIN notice USING (notice)
WHERE district = $1 AND kind = 'meeting_invitation' AND channel <> 'letter' AND sent_at IS NOT NULL
"""


@dataclass(slots=True)
class Heard:
    """Looks into the databases of both services: no number that they publish is exact enough while events are under way."""

    district: str
    escalation: Connection
    notifications: Connection
    gave_up: bool = False

    async def wait(self, now: datetime) -> None:
        """Return when nothing of this district is on its way any more, or at once if that was waited for in vain before."""
        deadline = time.monotonic() + PATIENCE
        while not self.gave_up and not await self._all(now):
            self.gave_up = time.monotonic() > deadline
            await asyncio.sleep(0.02)

    async def _all(self, now: datetime) -> bool:
        district = self.district
        if await self.escalation.fetchval(REQUIRED, district) > await self.notifications.fetchval(NOTICES, district):
            return False
        if await self.notifications.fetchval(ON_THE_WAY, district, now):
            return False
        invited = await self.notifications.fetchval(INVITED, district)
        return bool(await self.escalation.fetchval(CONTACTS, district) >= invited)


@asynccontextmanager
async def hearing(info: StackInfo, district: str) -> AsyncIterator[Heard]:
    """Raises asyncpg.PostgresError, OSError."""
    escalation, notifications = [
        await asyncpg.connect(info.database_url(name), server_settings={"search_path": name})
        for name in ("escalation", "notifications")
    ]
    try:
        yield Heard(district, escalation, notifications)
    finally:
        await escalation.close()
        await notifications.close()
