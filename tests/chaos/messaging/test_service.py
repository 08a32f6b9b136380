"""The life of one service process: ready, not ready, asked to end, and never alive without working."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from deploy.embedded.process import Process, free_port
from shared.contracts.topics import ATTENDANCE
from shared.messaging.dead_letters import list_letters
from shared.messaging.isolation import FloodGuard
from tests.brokers import Broker, TansuBroker
from tests.chaos.messaging.processes import end_of, exit_code, start
from tests.integration.messaging.town import Town, marks, produce, until
from tests.unit.messaging.examples import headers_of, record_of

pytestmark = [pytest.mark.db, pytest.mark.broker, pytest.mark.chaos]


class Service:
    def __init__(self, process: Process, client: httpx.AsyncClient, log: Path) -> None:
        self.process, self.client, self.log = process, client, log

    async def status(self, path: str) -> int | None:
        """None while nobody listens."""
        try:
            return (await self.client.get(path)).status_code
        except httpx.TransportError:
            return None

    def has_status(self, path: str, status: int) -> Callable[[], Awaitable[bool]]:
        async def condition() -> bool:
            assert self.process.poll() is None, end_of(self.log)
            return await self.status(path) == status

        return condition


@asynccontextmanager
async def serving(town: Town, folder: Path, **environment: str) -> AsyncIterator[Service]:
    port, log = free_port(), folder / "service.log"
    uvicorn = ["-m", "uvicorn", "tests.chaos.messaging.app:build_app", "--factory", "--port", str(port)]
    process = start(town.escalation, log, [*uvicorn, "--log-level", "warning"], **environment)
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=5) as client:
            yield Service(process, client, log)
    finally:
        process.kill()
        process.wait()


async def test_it_is_ready_works_shows_its_numbers_and_ends_in_good_order(town: Town, tmp_path: Path) -> None:
    async with serving(town, tmp_path) as service, town.ingest.open():
        await until(service.has_status("/ready", 200))
        assert (await service.client.get("/live")).json() == {"status": "ok"}
        await town.ingest.say(marks(200))
        await until(lambda: town.has(200))
        numbers = (await service.client.get("/metrics")).text
        assert "rollcall_events_published_total 200.0" in numbers
        assert 'rollcall_batch_records_sum{group="escalation.attendance"} 200.0' in numbers
        assert 'rollcall_consumer_lag{group="escalation.attendance",partition="' in numbers
        assert "rollcall_relay_active 1.0" in numbers
        service.process.send_signal(signal.SIGTERM)
        assert await exit_code(service.process, 20) == -signal.SIGTERM
    assert (await town.facts(), await town.answers()) == (200, 200)


async def test_without_the_broker_it_says_so_and_still_takes_what_it_can_keep(
    town: Town, broker: Broker, tmp_path: Path
) -> None:
    async with serving(town, tmp_path) as service:
        await until(service.has_status("/ready", 200))
        broker.down()
        try:
            await until(service.has_status("/ready", 503))
            answer = await service.client.get("/ready")
            assert answer.json() == {"status": "failing", "wrong": {"broker": "does not answer"}}
            assert await service.status("/live") == 200
            said = await service.client.post("/say")
            assert (said.status_code, said.json()) == (202, 1)
        finally:
            await asyncio.to_thread(broker.up)
        await until(service.has_status("/ready", 200))
        await until(town.all_published)


async def test_one_that_needs_no_broker_for_its_work_stays_ready(
    tansu_town: Town, tansu: TansuBroker, tmp_path: Path
) -> None:
    async with serving(tansu_town, tmp_path, READY_ALONE="1") as service:
        await until(service.has_status("/ready", 200))
        tansu.down()
        await asyncio.sleep(1)
        assert await service.status("/ready") == 200


async def test_a_crashed_loop_ends_the_process_and_nobody_is_named(tansu_town: Town, tmp_path: Path) -> None:
    async with serving(tansu_town, tmp_path, CRASH="background") as service:
        assert await exit_code(service.process) == -signal.SIGTERM
        assert '"error_class": "KeyError"' in end_of(service.log)
        assert "Ana" not in end_of(service.log)


async def test_a_loop_that_met_an_outage_is_started_again(tansu_town: Town, tmp_path: Path) -> None:
    recovered = tmp_path / "recovered"
    async with serving(tansu_town, tmp_path, CRASH="outage", RECOVERED=str(recovered)) as service:
        await until(service.has_status("/live", 200))

        async def has_recovered() -> bool:
            return recovered.exists()

        await until(has_recovered)


async def test_a_flood_of_dead_records_ends_the_process_and_buries_nothing(town: Town, tmp_path: Path) -> None:
    """A new type that this version does not know: a fault of ours, not of the 500 records."""
    future = [{**headers_of(item), "ce_type": b"mark.of.the.future"} for item in marks(500)]
    await produce(town.bootstrap, *((b"d/north", b"{}", list(headers.items())) for headers in future))
    async with serving(town, tmp_path) as service:
        assert await exit_code(service.process) == -signal.SIGTERM
        assert "too many dead records" in end_of(service.log)
    assert await town.escalation.count("event_log") == 0
    assert await list_letters(town.bootstrap, ATTENDANCE) == []


async def test_after_a_flood_every_record_is_still_there(town: Town, tmp_path: Path) -> None:
    events = marks(500)
    bad = [{**headers_of(item), "ce_specversion": b"2.0"} for item in events[:300]]
    async with serving(town, tmp_path) as service:
        await until(service.has_status("/ready", 200))
        await produce(town.bootstrap, *((b"d/north", b"{}", list(headers.items())) for headers in bad))
        assert await exit_code(service.process) == -signal.SIGTERM
    async with town.escalation.open(town.marks()) as mended:
        mended.consumers[0].flood = FloodGuard(in_a_row=1000, share=1)
        records = [record_of(item) for item in events]
        await produce(town.bootstrap, *((record.key, record.value, record.headers) for record in records))
        await until(lambda: town.has(500))
    assert len(await list_letters(town.bootstrap, ATTENDANCE)) == 300
