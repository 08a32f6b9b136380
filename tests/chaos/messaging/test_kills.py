"""kill -9 at each step of a batch and of the relay, in the middle of the stream. Then: none lost, none doubled."""

import signal
from pathlib import Path

import pytest

from shared.contracts.topics import ATTENDANCE, LADDER
from shared.messaging.relay import ROUND
from tests.chaos.messaging.processes import exit_code, running, start
from tests.integration.messaging.town import GROUP, Town, ids, marks, records_of, until

pytestmark = [pytest.mark.db, pytest.mark.broker, pytest.mark.chaos]
N = 3000
BATCH = 700
"""Records of one batch: several batches, so that the kill comes in the middle."""


@pytest.fixture
async def town(town: Town) -> Town:
    for house in (town.ingest, town.escalation):
        house.settings = house.settings.model_copy(update={"max_records": BATCH})
    return town


@pytest.mark.parametrize("step", ["fetched", "decoded", "handled", "committed", "acknowledged"])
async def test_the_consumer_is_killed(town: Town, tmp_path: Path, step: str) -> None:
    await town.ingest.say(marks(N))
    async with town.ingest.open():
        victim = start(town.escalation, tmp_path / "victim.log", KILL_LOOP=GROUP, KILL_STEP=step, KILL_NTH="2")
        assert await exit_code(victim) == -signal.SIGKILL
        before = await town.facts()
        assert 0 < before < N, "killed in the middle"
        async with running(town.escalation, tmp_path / "successor.log"):
            await until(lambda: town.has(N))
    await assert_nothing_lost_nothing_doubled(town, f"{step}: {before} facts at the kill")


@pytest.mark.parametrize("step", ["selected", "published", "removed"])
async def test_the_relay_is_killed(town: Town, tmp_path: Path, step: str) -> None:
    await town.ingest.say(marks(N))
    victim = start(town.ingest, tmp_path / "victim.log", KILL_LOOP="relay", KILL_STEP=step)
    assert await exit_code(victim) == -signal.SIGKILL
    pending = await town.ingest.count("event_pending")
    assert 0 < pending <= N
    async with town.escalation.open(town.marks()), running(town.ingest, tmp_path / "successor.log"):
        await until(lambda: town.has(N))
    sent = ids(await records_of(town.bootstrap, ATTENDANCE))
    assert len(sent) == N
    assert sent.total() == (N + ROUND if step == "published" else N)
    await assert_nothing_lost_nothing_doubled(town, f"{step}: {pending} pending at the kill")


async def test_another_relay_takes_over(town: Town, tmp_path: Path) -> None:
    """Two processes of one service: one publishes, the other waits for its end."""
    victim = start(town.ingest, tmp_path / "victim.log", KILL_LOOP="relay", KILL_STEP="removed", KILL_NTH="2")
    await town.ingest.say(marks(10))
    await until(town.all_published)
    async with running(town.ingest, tmp_path / "successor.log"):
        await town.ingest.say(marks(N - 10, start=10), at_once=N)
        assert await exit_code(victim) == -signal.SIGKILL
        await until(town.all_published)
    assert ids(await records_of(town.bootstrap, ATTENDANCE)).total() == N


async def assert_nothing_lost_nothing_doubled(town: Town, when: str) -> None:
    assert await town.facts() == N, when
    assert await town.answers() == N, when
    assert len(ids(await records_of(town.bootstrap, LADDER))) == N, when
