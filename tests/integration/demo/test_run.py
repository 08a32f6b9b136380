"""The demo on the whole running system: it streams, goes on where it stopped, and survives killed services."""

import asyncio
from datetime import date

import pytest

from deploy.demo.calendar import school_days
from deploy.demo.district import build_district
from deploy.demo.run import Progress, run_demo
from deploy.demo.services import Escalation, connect
from deploy.demo.simulate import simulate
from deploy.embedded.stack import Stack

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="package")]


async def decided(stack: Stack, district: str) -> dict[str, date]:
    async with connect(stack.url("escalation"), stack.info.staff_token) as http:
        return await Escalation(http, district).closed()


def closed_after(pupils: int, seed: int, days: int) -> dict[str, date]:
    """School -> last closed day; the silent school may be behind the others."""
    year = list(simulate(build_district(pupils, seed)))[:days]
    return {close.school: close.day for day in year for close in day.closes}


def marks_of(pupils: int, seed: int, first: int, last: int) -> int:
    return sum(len(day.statements) for day in list(simulate(build_district(pupils, seed)))[first:last])


async def test_a_second_run_goes_on_where_the_first_one_stopped(stack: Stack) -> None:
    days = school_days()
    seen: list[date] = []
    first = await run_demo(
        stack.info, pupils=40, seed=3, days=6, on_progress=lambda progress: seen.append(progress.day)
    )
    second = await run_demo(
        stack.info, pupils=40, seed=3, days=6, on_progress=lambda progress: seen.append(progress.day)
    )
    assert seen == list(days[:12])
    assert (first.marks, second.marks) == (marks_of(40, 3, 0, 6), marks_of(40, 3, 6, 12))
    assert (first.refused_marks, second.refused_marks) == (0, 0)
    assert await decided(stack, "demo-40-3") == closed_after(40, 3, 12)


@pytest.mark.timeout(120)
async def test_services_that_are_killed_in_the_middle_lose_nothing_and_double_nothing(stack: Stack) -> None:
    killed: list[str] = []

    async def disturb(progress: Progress) -> None:
        for service in {3: ["ingest"], 6: ["ingest", "escalation"]}.get(progress.days_done, []):
            stack.kill(service)
            killed.append(service)
            await asyncio.sleep(0.3)
            await stack.restart(service)

    async with asyncio.TaskGroup() as group:
        disturbed = await run_demo(
            stack.info, pupils=40, seed=5, days=10, on_progress=lambda p: void(group.create_task(disturb(p)))
        )
    assert killed == ["ingest", "ingest", "escalation"]
    assert disturbed.marks == marks_of(40, 5, 0, 10)
    assert disturbed.refused_marks == 0
    assert await decided(stack, "demo-40-5") == closed_after(40, 5, 10)


def void(_: object) -> None:
    """Take a value and give none."""
