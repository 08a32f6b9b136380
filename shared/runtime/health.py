"""/live: do the loops move? /ready: can this service do its work now? /metrics: the numbers."""

import time
from collections.abc import Mapping, Sequence

import asyncpg
from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from shared.db.pool import TRANSIENT_ERRORS, Pool
from shared.messaging.progress import Progress
from shared.messaging.runner import Messaging
from shared.runtime.metrics import Metrics

STUCK_SECONDS = 120.0
"""Longer than any single step may take: a statement 60 s, an unanswered broker 20 s, the longest backoff 30 s."""
RELAY_FAILING_SECONDS = 30.0
DATABASE_TIMEOUT = 2.0
DATABASE_ERRORS: tuple[type[BaseException], ...] = (asyncpg.PostgresError, *TRANSIENT_ERRORS)


class Health:
    """What is wrong, by the name of the part; empty when nothing is."""

    def __init__(self, pool: Pool, messaging: Messaging, needs_broker: bool) -> None:
        self.pool = pool
        self.messaging = messaging
        self.needs_broker = needs_broker
        self.crashed: dict[str, str] = {}
        """Name of a loop -> class of the error that ended it."""

    def stuck(self) -> dict[str, str]:
        return {
            **_stuck(self.messaging.progress),
            **{name: f"ended by {error}" for name, error in self.crashed.items()},
        }

    async def unready(self) -> dict[str, str]:
        """Why no work should be sent here now."""
        wrong = self.stuck()
        if (error := await self._database_error()) is not None:
            wrong["database"] = error
        return {**wrong, **(await self.broker_trouble() if self.needs_broker else {})}

    async def broker_trouble(self) -> dict[str, str]:
        wrong = {} if await self.messaging.broker_answers() else {"broker": "does not answer"}
        since = self.messaging.relay.failing_since
        if since is not None and time.monotonic() - since > RELAY_FAILING_SECONDS:
            wrong["relay"] = f"fails for {time.monotonic() - since:.0f} s"
        return wrong

    async def _database_error(self) -> str | None:
        try:
            async with self.pool.acquire(timeout=DATABASE_TIMEOUT) as connection:
                await connection.fetchval("SELECT 1", timeout=DATABASE_TIMEOUT)
        except DATABASE_ERRORS as error:
            return type(error).__name__
        return None


def _stuck(loops: Sequence[Progress]) -> dict[str, str]:
    return {
        loop.loop: f"at step {loop.step} for {loop.idle_seconds:.0f} s"
        for loop in loops
        if loop.idle_seconds > STUCK_SECONDS
    }


def health_router(health: Health, metrics: Metrics) -> APIRouter:
    router = APIRouter(tags=["health"])

    @router.get("/live")
    async def live() -> JSONResponse:
        return _answer(health.stuck())

    @router.get("/ready")
    async def ready() -> JSONResponse:
        return _answer(await health.unready())

    @router.get("/metrics", response_class=Response)
    async def numbers() -> Response:
        return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)

    return router


def _answer(wrong: Mapping[str, str]) -> JSONResponse:
    if wrong:
        return JSONResponse({"status": "failing", "wrong": dict(wrong)}, status_code=503)
    return JSONResponse({"status": "ok"})
