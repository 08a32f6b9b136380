"""Two replicas on one database: one sends, the other takes over, and nothing goes out twice."""

import asyncio
from contextlib import suppress
from uuid import uuid4

import pytest

from deploy.embedded.catcher import Catcher
from services.notifications.send import Sender
from shared.db.pool import open_pool
from tests.integration.notifications.world import RENDERER, TEMPLATES, Preparer, World, jo, rosa

pytestmark = pytest.mark.db
PUPILS = 60


def replica(world: World) -> Sender:
    return Sender(world.settings, world.pool, world.notifier, Preparer(world.settings, TEMPLATES, RENDERER))


async def stop(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_two_replicas_and_events_at_the_same_time_are_one_send_each(world: World, catcher: Catcher) -> None:
    senders = [asyncio.create_task(replica(world).run()) for _ in range(2)]
    for number in range(PUPILS):
        pupil = world.pupil(
            rosa(email=f"r{number}@example.org"), jo(email=f"j{number}@example.org"), student=f"p{number}"
        )
        notice = world.notice(student=pupil.student, notice=uuid4())
        await asyncio.gather(world.ladder(notice), world.roster(pupil), world.ladder(notice))
    async with asyncio.timeout(30):
        while (await world.summary()) != {"truancy_notice_1": {"sent": 2 * PUPILS}}:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    for task in senders:
        await stop(task)
    addresses = [to for _, to in world.caught()]
    assert len(addresses) == len(set(addresses)) == 2 * PUPILS


async def test_the_other_takes_over(world: World, catcher: Catcher) -> None:
    await world.know(rosa())
    async with open_pool(world.settings.database_url, "notifications") as pool:
        first = asyncio.create_task(replica(world).run())
        await world.require()
        async with asyncio.timeout(20):
            while catcher.count < 1:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        other = Sender(world.settings, pool, world.notifier, Preparer(world.settings, TEMPLATES, RENDERER))
        second = asyncio.create_task(other.run())
        await asyncio.sleep(0.2)
        await stop(first)
        await world.require("recognition")
        async with asyncio.timeout(20):
            while catcher.count < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        await stop(second)
    assert {state for kind in (await world.summary()).values() for state in kind} == {"sent"}


async def test_a_stop_lets_a_message_that_is_on_its_way_be_recorded(world: World, catcher: Catcher) -> None:
    await world.know(rosa())
    notice = await world.require()
    sender = asyncio.create_task(replica(world).run())
    while (await world.states(notice))[("rosa", "email")] == "queued":  # noqa: ASYNC110
        await asyncio.sleep(0.001)
    await stop(sender)
    assert await world.states(notice) == {("rosa", "email"): "sent"}
