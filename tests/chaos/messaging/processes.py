"""Services of the town as child processes."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from deploy.embedded.process import Process, spawn
from tests.integration.messaging.town import House

LOG_LINES = 30


HOUSE = ("-m", "tests.chaos.messaging.house")


def start(house: House, log: Path, command: Sequence[str] = HOUSE, **environment: str) -> Process:
    """The process of `house`, which reads what the house's settings say."""
    settings = house.settings
    told = {
        "NAME": house.name,
        "ROLLCALL_DATABASE_URL": settings.database_url,
        "ROLLCALL_KAFKA_BOOTSTRAP": settings.kafka_bootstrap,
        "ROLLCALL_BROKER_KIND": settings.broker_kind,
        "ROLLCALL_SESSION_TIMEOUT": str(settings.session_timeout),
        "ROLLCALL_MAX_RECORDS": str(settings.max_records),
        "ROLLCALL_INSTANCE": house.name,
    }
    return spawn([sys.executable, *command], log, {**os.environ, **told, **environment})


async def exit_code(process: Process, seconds: float = 40) -> int:
    """Negative for a signal. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while process.poll() is None:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    assert process.returncode is not None
    return process.returncode


def end_of(log: Path) -> str:
    return "\n".join(log.read_text().splitlines()[-LOG_LINES:])


@asynccontextmanager
async def running(house: House, log: Path, **environment: str) -> AsyncIterator[Process]:
    """`house` serves inside the block; at its end it is asked to end and must do so in good order."""
    process = start(house, log, **environment)
    try:
        yield process
        process.send_signal(signal.SIGTERM)
        assert await exit_code(process) == 0, end_of(log)
    finally:
        process.kill()
        process.wait()
