"""A whole service for the tests of its life: `uvicorn tests.chaos.messaging.app:build_app --factory`.

CRASH=consumer|background|outage makes a part of it fail.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from fastapi import APIRouter, FastAPI

from shared.messaging.subscription import Subscription
from shared.runtime.service import Runtime, build_service
from shared.runtime.settings import Settings
from tests.integration.messaging.town import answer, marks_subscription
from tests.unit.messaging.examples import event


def subscriptions(runtime: Runtime) -> Sequence[Subscription]:
    return [marks_subscription(runtime.log)]


def routers(runtime: Runtime) -> Sequence[APIRouter]:
    router = APIRouter()

    @router.post("/say", status_code=202)
    async def say() -> int:
        async with runtime.log.transaction() as connection:
            await runtime.log.append(connection, [answer(event())])
            count: int = await connection.fetchval("SELECT count(*) FROM event_log")
            return count

    return [router]


def loops(_: Runtime) -> Sequence[Callable[[], Awaitable[None]]]:
    failures = iter([ConnectionResetError(), TimeoutError()])

    async def crash() -> None:
        await asyncio.sleep(0.5)
        if os.environ.get("CRASH") == "background":
            raise KeyError("Ana Example")
        if (failure := next(failures, None)) is not None:
            raise failure
        Path(os.environ["RECOVERED"]).touch()  # noqa: ASYNC240
        await asyncio.Event().wait()

    return [crash] if "CRASH" in os.environ else []


def build_app() -> FastAPI:
    return build_service(
        "escalation",
        Settings(),
        subscriptions=subscriptions,
        routers=routers,
        background=loops,
        needs_broker="READY_ALONE" not in os.environ,
    )
