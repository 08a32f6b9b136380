"""The whole system on one machine: what dies is started again, what stops leaves nothing, what starts again goes on."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import psutil
import pytest

from deploy.demo.run import run_demo
from deploy.embedded.process import DidNotStart
from deploy.embedded.stack import Stack, StackOptions
from deploy.embedded.state import StackNotRunning, StackRunning, read_stack
from deploy.migrate import SERVICES
from deploy.numbers import Numbers, collect

pytestmark = [pytest.mark.db, pytest.mark.broker, pytest.mark.timeout(240)]
PUPILS, SEED, DAYS = 40, 1, 3


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=10) as client:
        yield client


async def until(http: httpx.AsyncClient, stack: Stack, fits: Callable[[Numbers], bool], seconds: float = 60) -> Numbers:
    """The first numbers that fit."""
    for _ in range(int(seconds / 0.2)):
        if fits(numbers := await collect(http, stack.info)):
            return numbers
        await asyncio.sleep(0.2)
    raise AssertionError(f"not within {seconds} s: {numbers}")


def facts(numbers: Numbers) -> tuple[object, ...]:
    """What must not change when events are lost or come twice."""
    return numbers.marks, numbers.occasions, numbers.reports, numbers.closes, dict(numbers.pupils)


def lives(process: psutil.Process) -> bool:
    """A zombie is dead: it only waits for whoever adopted it."""
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


async def test_what_dies_is_started_again_and_nothing_is_lost(tmp_path: Path, http: httpx.AsyncClient) -> None:
    said: list[str] = []
    options = StackOptions(tmp_path, clock="driven")

    async with Stack(options, said.append) as stack:
        await run_demo(stack.info, PUPILS, SEED, DAYS)
        before = await until(http, stack, lambda numbers: numbers.waiting == 0)
        assert before.closes

        killed = stack.services["escalation"].process
        assert killed
        os.kill(killed.pid, 9)
        await until(http, stack, lambda numbers: numbers.closes is None)
        after = await until(http, stack, lambda numbers: numbers.waiting == 0)
        assert facts(after) == facts(before)
        assert said == ["escalation ended with exit code -9; starting it again in 0.5 s"]

        broker = stack.engines.broker.process
        assert broker
        os.kill(broker.pid, 9)
        await until(http, stack, lambda numbers: numbers.closes is None)
        after = await until(http, stack, lambda numbers: numbers.waiting == 0)
        assert facts(after) == facts(before)
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
        after = await until(http, stack, lambda numbers: numbers.waiting == 0)
        assert facts(after) == facts(before)
        await run_demo(stack.info, PUPILS, SEED, 1)
        more = await until(http, stack, lambda numbers: numbers.waiting == 0)
        assert more.closes == before.closes // DAYS * (DAYS + 1)
    assert len(said) == 2


async def test_a_killed_service_stays_down_until_it_is_wanted(tmp_path: Path, http: httpx.AsyncClient) -> None:
    async with Stack(StackOptions(tmp_path, services=("ingest",))) as stack:
        stack.kill("ingest")
        await asyncio.sleep(1)
        with pytest.raises(httpx.ConnectError):
            await http.get(f"{stack.url('ingest')}/live")
        await stack.restart("ingest")
        assert (await http.get(f"{stack.url('ingest')}/ready")).is_success

        stack.kill_broker()
        assert (await http.get(f"{stack.url('ingest')}/ready")).status_code == 503
        await stack.restart_broker()
        await stack.services["ingest"].wait_ready()


async def test_a_service_that_cannot_start_is_named_with_its_log(tmp_path: Path) -> None:
    options = StackOptions(tmp_path, services=("ingest",), environment=(("ROLLCALL_MAX_RECORDS", "many"),))
    with pytest.raises(DidNotStart, match=r"(?s)ingest ended with exit code .*max_records"):
        async with Stack(options):
            pass
    with pytest.raises(StackNotRunning):
        read_stack(tmp_path)
