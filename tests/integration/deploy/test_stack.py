"""The whole system on one machine: what dies is started again, what stops leaves nothing, what starts again goes on."""

import asyncio
import os
import signal
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import get_args

import httpx
import psutil
import pytest

from deploy.demo.run import run_demo
from deploy.embedded.broker import BrokerKind
from deploy.embedded.kafka import kafka_available, start_kafka
from deploy.embedded.process import DidNotStart
from deploy.embedded.stack import Stack, StackOptions
from deploy.embedded.state import StackNotRunning, StackRunning, read_stack
from deploy.migrate import SERVICES
from deploy.numbers import Numbers, collect

pytestmark = [pytest.mark.db, pytest.mark.broker, pytest.mark.timeout(240)]
PUPILS, SEED = 40, 1


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=10) as client:
        yield client


async def settled(http: httpx.AsyncClient, stack: Stack) -> Numbers:
    """The numbers when all services answer and no event waits."""
    for _ in range(300):
        numbers = await collect(http, stack.info)
        if numbers.waiting == 0 and numbers.closes is not None:
            return numbers
        await asyncio.sleep(0.2)
    raise AssertionError(f"events still wait: {numbers}")


def kill(process: subprocess.Popen[bytes] | None) -> None:
    assert process
    os.kill(process.pid, signal.SIGKILL)


def facts(numbers: Numbers) -> tuple[object, ...]:
    """What must not change when events are lost or come twice."""
    return numbers.marks, numbers.occasions, numbers.reports, numbers.closes, dict(numbers.pupils)


def lives(process: psutil.Process) -> bool:
    """A zombie is dead: it only waits for whoever adopted it."""
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


@pytest.mark.parametrize("broker", get_args(BrokerKind))
async def test_what_dies_is_started_again_and_nothing_is_lost(
    broker: BrokerKind, tmp_path: Path, http: httpx.AsyncClient
) -> None:
    if broker == "kafka" and (reason := kafka_available()):
        pytest.skip(f"not run: {reason}")
    said: list[str] = []
    options = StackOptions(tmp_path, broker, clock="driven")

    async with Stack(options, said.append) as stack:
        await run_demo(stack.info, PUPILS, SEED, 1)
        schools = (await settled(http, stack)).closes
        assert schools

        kill(stack.services["escalation"].process)
        await run_demo(stack.info, PUPILS, SEED, 1)
        assert (await settled(http, stack)).closes == 2 * schools
        assert said == ["escalation ended with exit code -9; starting it again in 0.5 s"]

        kill(stack.engines.broker.process)
        await run_demo(stack.info, PUPILS, SEED, 1)
        before = await settled(http, stack)
        assert before.closes == 3 * schools
        assert said[1:] == ["the broker ended; starting it again"]

        with pytest.raises(StackRunning):
            async with Stack(options):
                pass
        children = [psutil.Process(known.pid) for known in read_stack(tmp_path).processes.values()]
        postgres = psutil.Process(stack.engines.postgres.server.get_pid() or 0)
        assert len(children) == len(SERVICES) + 1

    assert not [process for process in (*children, postgres) if lives(process)]
    with pytest.raises(StackNotRunning):
        read_stack(tmp_path)

    async with Stack(options, said.append) as stack:
        assert facts(await settled(http, stack)) == facts(before)
    assert len(said) == 2


async def test_a_killed_service_stays_down_until_it_is_wanted(tmp_path: Path, http: httpx.AsyncClient) -> None:
    async with Stack(StackOptions(tmp_path, services=("ingest", "referrals"))) as stack:
        stack.kill("ingest")
        await asyncio.sleep(1)
        with pytest.raises(httpx.ConnectError):
            await http.get(f"{stack.url('ingest')}/live")
        await stack.restart("ingest")
        assert (await http.get(f"{stack.url('ingest')}/ready")).is_success

        stack.kill_broker()
        assert (await http.get(f"{stack.url('referrals')}/ready")).status_code == 503
        assert (await http.get(f"{stack.url('ingest')}/ready")).is_success, (
            "what ingest accepts is durable without a broker"
        )
        await stack.restart_broker()
        await stack.services["referrals"].wait_ready()


async def test_a_running_cluster_is_used_and_left_running(tmp_path: Path) -> None:
    if reason := kafka_available():
        pytest.skip(f"not run: {reason}")
    kafka = start_kafka(tmp_path / "kafka", tmp_path / "kafka.log")
    try:
        options = StackOptions(tmp_path / "data", cluster=kafka.bootstrap, services=("ingest",))
        async with Stack(options) as stack:
            assert stack.info.bootstrap == kafka.bootstrap
            assert stack.info.processes.keys() == {"ingest"}
        assert kafka.process.poll() is None
    finally:
        kafka.stop()


async def test_a_service_that_cannot_start_is_named_with_its_log(tmp_path: Path) -> None:
    options = StackOptions(tmp_path, services=("ingest",), environment=(("ROLLCALL_MAX_RECORDS", "many"),))
    with pytest.raises(DidNotStart, match=r"(?s)ingest ended with exit code .*max_records"):
        async with Stack(options):
            pass
    with pytest.raises(StackNotRunning):
        read_stack(tmp_path)
