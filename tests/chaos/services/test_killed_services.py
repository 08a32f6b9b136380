"""Each of the four services is killed (-9) again and again while a district streams in. In the end nothing is lost, nothing
was done twice: the ladder has decided what it decides undisturbed, and every message went out once."""

import asyncio
import random
from collections import Counter
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from deploy.demo.run import run_demo
from deploy.embedded.stack import Stack, StackOptions

pytestmark = [pytest.mark.chaos, pytest.mark.db, pytest.mark.broker, pytest.mark.timeout(300)]

PUPILS, SEED, DAYS = 120, 5, 30
SERVICES = ("ingest", "escalation", "notifications", "referrals")
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
    """The facts, once they no longer change."""
    before, same = None, 0
    for _ in range(240):
        now = await _facts(stack)
        same = same + 1 if now == before else 0
        if same >= 8:
            return now
        before = now
        await asyncio.sleep(0.5)
    raise AssertionError("the run did not settle")


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
