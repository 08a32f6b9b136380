"""Each of the four services is killed (-9) again and again while a district streams in. In the end nothing is lost, nothing
was done twice: the ladder has decided what it decides undisturbed, and every message went out once."""

import asyncio
import random
from collections import Counter
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer

from deploy.demo.run import run_demo
from deploy.embedded.stack import Stack, StackOptions
from shared.contracts.topics import ATTENDANCE, LADDER, NOTICES, ROSTER

pytestmark = [pytest.mark.chaos, pytest.mark.db, pytest.mark.broker, pytest.mark.timeout(300)]

PUPILS, SEED, DAYS = 120, 5, 30
SERVICES = ("ingest", "escalation", "notifications", "referrals")
GROUPS = tuple(
    (f"{service}.{topic.removesuffix('.v1')}", topic)
    for service, topics in {
        "escalation": (ATTENDANCE, ROSTER, NOTICES),
        "notifications": (ROSTER, LADDER),
        "referrals": (ATTENDANCE, ROSTER, LADDER, NOTICES),
    }.items()
    for topic in topics
)
DECIDED = """
SELECT type, student, body->>'day' AS day, body->'days' AS days FROM artefact
WHERE type IN ('truancy.occasion.counted', 'truancy.report.issued') ORDER BY student, type, day, days
"""


async def test_services_killed_in_turn(tmp_path: Path) -> None:
    undisturbed, _, _ = await _stream(tmp_path / "calm", kills=0)
    disturbed, messages, kills = await _stream(tmp_path / "killed", kills=12)
    assert sum(kills.values()) == 12
    assert set(kills) == set(SERVICES)
    assert disturbed == undisturbed
    assert undisturbed["escalation decided"], "nothing was decided: the run proves nothing"
    twice = [count for count in Counter(messages).values() if count > 1]
    assert not twice, f"{len(twice)} of {len(messages)} messages went out more than once"


async def _stream(folder: Path, kills: int) -> tuple[dict[str, Any], list[str], Counter[str]]:
    """Facts of each service after the run, the identity of every caught message, and how often each service was killed."""
    async with Stack(StackOptions(folder, clock="driven")) as stack:
        killed: Counter[str] = Counter()
        killer = asyncio.create_task(_kill(stack, kills, killed))
        await run_demo(stack.info, PUPILS, SEED, DAYS)
        await killer
        facts = await _settled(stack)
        messages = [f"{one.to} {one.message_id}" for one in stack.catcher.messages(channel="email")]
        return facts, messages, killed


async def _kill(stack: Stack, times: int, killed: Counter[str]) -> None:
    chance = random.Random(SEED)
    for number in range(times):
        await asyncio.sleep(chance.uniform(0.2, 1.2))
        name = SERVICES[number % len(SERVICES)]
        stack.kill(name)
        killed[name] += 1
        await stack.restart(name)


async def _settled(stack: Stack) -> dict[str, Any]:
    """The facts, once every record is handled and they no longer change.

    A consumer that was killed keeps its partitions until its session ends, so facts that stand still prove nothing.
    """
    before, same = None, 0
    async with AsyncExitStack() as opened:

        async def client(*topics: str, group: str | None = None) -> AIOKafkaConsumer:
            """Looks on, and is no member of the group."""
            bootstrap = stack.info.bootstrap
            return await opened.enter_async_context(
                AIOKafkaConsumer(
                    *topics,
                    bootstrap_servers=bootstrap,
                    group_id=group,
                    auto_offset_reset="earliest",
                    enable_auto_commit=False,
                )
            )

        reader = await client(*{topic for _, topic in GROUPS})
        groups = {(group, topic): await client(group=group) for group, topic in GROUPS}
        for _ in range(240):
            behind, now = await _not_handled(reader, groups), await _facts(stack)
            same = same + 1 if now == before and not behind else 0
            if same >= 4:
                return now
            before = now
    raise AssertionError(f"the run did not settle; records not handled, by group: {behind}")


async def _not_handled(reader: AIOKafkaConsumer, groups: Mapping[tuple[str, str], AIOKafkaConsumer]) -> dict[str, int]:
    """Records after what a group has committed. Topics are read to their ends: Tansu names an end before its last batch's."""
    while await reader.getmany(timeout_ms=500):
        pass
    ends = {partition: await reader.position(partition) for partition in reader.assignment()}
    behind: Counter[str] = Counter()
    for (group, topic), client in groups.items():
        for partition, end in ends.items():
            if partition.topic == topic:
                behind[group] += end - (await client.committed(partition) or 0)
    return dict(+behind)


async def _facts(stack: Stack) -> dict[str, Any]:
    return {
        "escalation decided": await _rows(stack, "escalation", DECIDED),
        "escalation statements": await _rows(stack, "escalation", "SELECT count(*) FROM mark_statement"),
        "referrals statements": await _rows(stack, "referrals", "SELECT count(*) FROM mark_statement"),
        "pupils": [
            await _rows(stack, service, "SELECT count(*) FROM pupil") for service in ("escalation", "notifications")
        ],
        "not published": [await _rows(stack, service, "SELECT count(*) FROM event_pending") for service in SERVICES],
        "dead": [await _rows(stack, service, "SELECT count(*) FROM dead_letter") for service in SERVICES],
    }


async def _rows(stack: Stack, service: str, query: str) -> list[tuple[Any, ...]]:
    url = stack.info.database_url(service)
    connection = await asyncpg.connect(url, server_settings={"search_path": service})
    try:
        return [tuple(row) for row in await connection.fetch(query)]
    finally:
        await connection.close()
