"""The database or the broker is away for a while. ROLLCALL_OUTAGE_SECONDS says how long (5 unless set)."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from deploy.embedded.postgres import EmbeddedPostgres, start_postgres
from deploy.migrate import migrate_all, service_url
from shared.contracts.topics import ATTENDANCE, LADDER
from tests.brokers import Broker
from tests.chaos.messaging.test_kills import assert_nothing_lost_nothing_doubled
from tests.integration.messaging.town import Town, ids, marks, open_town, records_of, until

SECONDS = float(os.environ.get("ROLLCALL_OUTAGE_SECONDS", "5"))
N = 3000
pytestmark = [pytest.mark.db, pytest.mark.broker, pytest.mark.chaos, pytest.mark.timeout(60 + 4 * SECONDS)]


class PrivatePostgres:
    """A server of this test's own, to be killed."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.server: EmbeddedPostgres = start_postgres(data)

    def url(self, service: str) -> str:
        return service_url(self.server.url(), "rollcall", service)

    def kill(self) -> None:
        """SIGKILL of the postmaster; its children end with it, as after a loss of power."""
        pid = int((self.data / "postmaster.pid").read_text().splitlines()[0])
        os.kill(pid, signal.SIGKILL)

    def start(self) -> None:
        self.server = start_postgres(self.data)


@pytest.fixture
def private(tmp_path: Path) -> Iterator[PrivatePostgres]:
    postgres = PrivatePostgres(tmp_path / "private")
    yield postgres
    postgres.server.stop()


@pytest.fixture
async def private_town(private: PrivatePostgres, broker: Broker) -> AsyncIterator[Town]:
    await migrate_all(private.server.url())
    async with open_town(private.url, broker.bootstrap, broker.kind, max_records=50) as town:
        yield town


async def wait_until(condition: object) -> None:
    await until(condition, seconds=40 + 2 * SECONDS)  # type: ignore[arg-type]


async def test_the_database_is_killed_and_comes_back(private_town: Town, private: PrivatePostgres) -> None:
    """In the middle of the stream; both services use it, so relay and consumer both lose it."""
    town = private_town
    await town.ingest.say(marks(N))
    async with town.at_work():
        await wait_until(lambda: has_some(town))
        private.kill()
        await asyncio.sleep(SECONDS)
        await asyncio.to_thread(private.start)
        before = await until_it_answers(town)
        assert before < N, "killed in the middle"
        await wait_until(lambda: town.has(N))
    await assert_nothing_lost_nothing_doubled(town, f"{before} facts at the kill")
    assert len(ids(await records_of(town.bootstrap, ATTENDANCE))) == N


async def has_some(town: Town) -> bool:
    return await town.facts() > 0


async def until_it_answers(town: Town) -> int:
    while True:
        try:
            return await town.facts()
        except OSError:
            await asyncio.sleep(0.1)


async def test_the_broker_is_away_and_what_is_said_meanwhile_arrives_afterwards(town: Town, broker: Broker) -> None:
    async with town.at_work():
        await town.ingest.say(marks(N))
        await until(lambda: has_some(town))
        broker.down()
        try:
            await town.ingest.say(marks(N, start=N))
            assert await town.ingest.count("event_log") == 2 * N, "accepted means durable, also now"
            await asyncio.sleep(SECONDS)
        finally:
            await asyncio.to_thread(broker.up)
        await wait_until(lambda: town.has(2 * N))
    assert (await town.facts(), await town.answers()) == (2 * N, 2 * N)
    for topic in (ATTENDANCE, LADDER):
        assert len(ids(await records_of(town.bootstrap, topic))) == 2 * N


async def test_services_start_while_the_broker_is_away(town: Town, broker: Broker) -> None:
    broker.down()
    try:
        async with town.at_work():
            await town.ingest.say(marks(N))
            await asyncio.sleep(1)
            await asyncio.to_thread(broker.up)
            await wait_until(lambda: town.has(N))
    finally:
        await asyncio.to_thread(broker.up)
    assert (await town.facts(), await town.answers()) == (N, N)
