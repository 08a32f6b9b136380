"""Looks at the cases again whenever more is known about them, for as long as the service runs."""

import asyncio
from dataclasses import dataclass, field
from uuid import UUID

import structlog

from services.referrals import store_cases
from services.referrals.packet_pdf import CannotPrint
from services.referrals.refer import Referrer
from services.referrals.store_cases import OpenCase
from shared.db.pool import is_transient

RETRY_SECONDS = 60.0
"""A case whose file cannot be made is tried again after this time; the others go on."""
SHARE = 0.05
"""Of the time that may go into counting what is known, however many cases there are."""


@dataclass(slots=True)
class Assembler:
    referrer: Referrer
    seconds: float
    _failed: dict[UUID, float] = field(default_factory=dict)

    async def run(self) -> None:
        """Never ends. Raises when the database is away."""
        while True:
            counted = await self.round()
            await asyncio.sleep(max(self.seconds, counted / SHARE))

    async def round(self) -> float:
        """Look at every case about which more is known; the seconds that it took to find them."""
        started = asyncio.get_running_loop().time()
        async with self.referrer.pool.acquire() as connection:
            found = await store_cases.changed_cases(connection)
        now = asyncio.get_running_loop().time()
        for case in found:
            if self._failed.get(case.case.id, now) <= now:
                await self._look(case)
        return now - started

    async def _look(self, found: OpenCase) -> None:
        try:
            if await self.referrer.look(found):
                structlog.get_logger().info("packet assembled", id=str(found.case.id), version=found.version + 1)
            self._failed.pop(found.case.id, None)
        except CannotPrint as error:
            await self._give_up(found, error, str(error))
        except Exception as error:
            if is_transient(error):
                raise
            await self._give_up(found, error, f"the file could not be made: {type(error).__name__}")

    async def _give_up(self, found: OpenCase, error: Exception, why: str) -> None:
        """For now: one case never stops the others."""
        self._failed[found.case.id] = asyncio.get_running_loop().time() + RETRY_SECONDS
        structlog.get_logger().error("no case file", id=str(found.case.id), exc_info=error)
        async with self.referrer.pool.acquire() as connection:
            await store_cases.look_failed(connection, found.case.id, why)
