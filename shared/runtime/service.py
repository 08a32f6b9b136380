"""A service: one process with its HTTP, its relay, its consumers and its own loops."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

import structlog
from fastapi import APIRouter, FastAPI

from shared.db.pool import TRANSIENT_ERRORS, Pool, open_pool
from shared.messaging.backoff import Backoff
from shared.messaging.event_log import EventLog
from shared.messaging.runner import Messaging
from shared.messaging.subscription import Subscription
from shared.runtime.clock import Clock, build_clock
from shared.runtime.health import Health, health_router
from shared.runtime.logging import configure_logging
from shared.runtime.metrics import Metrics
from shared.runtime.settings import Settings

Loop = Callable[[], Awaitable[None]]
STOP_TIMEOUT = 20.0
"""Seconds for what is in flight to finish; keep it below the container's grace."""


@dataclass(frozen=True, slots=True)
class Runtime:
    """What the parts of a service share. `pool` (and so `log`) can be used from the start of the service to its end."""

    settings: Settings
    pool: Pool
    log: EventLog
    clock: Clock
    metrics: Metrics


class _LatePool:
    """Stands for the pool from before it is open: an app is built without connecting to anything."""

    def __init__(self) -> None:
        self.opened: Pool | None = None

    def __getattr__(self, name: str) -> Any:
        if self.opened is None:
            raise RuntimeError("the database pool is open only while the service runs")
        return getattr(self.opened, name)


def _none(_: Runtime) -> Sequence[Any]:
    return ()


def build_service(
    name: str,
    settings: Settings,
    *,
    subscriptions: Callable[[Runtime], Sequence[Subscription]] = _none,
    routers: Callable[[Runtime], Sequence[APIRouter]] = _none,
    background: Callable[[Runtime], Sequence[Loop]] = _none,
    needs_broker: bool = True,
) -> FastAPI:
    """The app of service `name`; nothing connects before its lifespan starts.

    A service that does its work also while the broker is away (what it accepts is in the event log) sets `needs_broker` to
    False: it stays ready then.

    A loop of `background` runs until it is cancelled; one that fails because the database or the network was away is
    started again, any other end of a loop ends the process.
    """
    configure_logging(name, settings.log_level, settings.log_json)
    late = _LatePool()
    pool, metrics = cast("Pool", late), Metrics()
    runtime = Runtime(settings, pool, EventLog(pool, name), build_clock(settings.clock), metrics)
    messaging = Messaging(settings, pool, runtime.log, runtime.clock, metrics, subscriptions(runtime))
    health = Health(pool, messaging, needs_broker)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with open_pool(settings.database_url, name) as late.opened:
            tasks = _start(messaging, background(runtime), health)
            try:
                yield
            finally:
                await _stop(messaging, tasks)

    app = FastAPI(title=f"Rollcall {name}", lifespan=lifespan)
    for router in (health_router(health, metrics), *routers(runtime)):
        app.include_router(router)
    return app


def _start(messaging: Messaging, background: Sequence[Loop], health: Health) -> list[asyncio.Task[None]]:
    own = [("relay", messaging.run_relay), ("consumers", messaging.run_consumers)]
    loops = own + [(f"background-{number}", _again(loop)) for number, loop in enumerate(background)]

    async def run(name: str, loop: Loop) -> None:
        try:
            await loop()
            error = None if messaging.stopping.is_set() or name == "consumers" else "its own end"
        except Exception as failure:
            error = type(failure).__name__
            structlog.get_logger().error("loop crashed", state=name, exc_info=failure)
        if error:
            health.crashed[name] = error
            signal.raise_signal(signal.SIGTERM)

    return [asyncio.create_task(run(name, loop), name=name) for name, loop in loops]


def _again(loop: Loop) -> Loop:
    """`loop`, started again after an outage."""

    async def run() -> None:
        backoff = Backoff()
        while True:
            try:
                return await loop()
            except TRANSIENT_ERRORS as error:
                delay = backoff.next()
                structlog.get_logger().warning("loop starts again", error_class=type(error).__name__, delay=delay)
                await asyncio.sleep(delay)

    return run


async def _stop(messaging: Messaging, tasks: Sequence[asyncio.Task[None]]) -> None:
    messaging.stop()
    for task in tasks:
        if task.get_name().startswith("background"):
            task.cancel()
    _, late = await asyncio.wait(tasks, timeout=STOP_TIMEOUT)
    for task in late:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
