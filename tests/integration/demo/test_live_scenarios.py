"""The same scenario through the running stack comes to the same as through the pure engine."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from deploy.embedded.stack import Stack
from deploy.scenario.live import LiveError, run_live
from deploy.scenario.run import run_scenario

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="package")]

AT_ONCE = 4
"""Scenarios under way at once: each has a district of its own."""
OWN = Path(__file__).parents[2] / "scenarios"


async def agree(files: list[Path], stack: Stack) -> None:
    assert files
    with ThreadPoolExecutor(AT_ONCE) as threads:
        loop = asyncio.get_running_loop()
        reports = await asyncio.gather(*(loop.run_in_executor(threads, run_live, file, stack.info) for file in files))
    for file, live in zip(files, reports, strict=True):
        assert list(map(str, live.differences)) == list(map(str, run_scenario(file).differences)), file.name


@pytest.mark.timeout(180)
async def test_the_acceptance_cases(stack: Stack, acceptance: Path) -> None:
    await agree(sorted((acceptance / "scenarios").glob("*.yaml")), stack)


@pytest.mark.timeout(300)
async def test_our_own_scenarios(stack: Stack) -> None:
    await agree(sorted(OWN.glob("*.yaml")), stack)


async def test_an_expectation_that_does_not_hold_is_a_difference(stack: Stack, tmp_path: Path) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text("""
scenario: one absence is not two
policy: us-ca
school_year: {starts: 2025-08-18, ends: 2026-06-05}
students: [{id: ana, born: 2010-03-02, grade: 10, enrolled: 2025-08-18}]
timeline:
  - {at: 2025-09-08, mark: {student: ana, day: 2025-09-08, status: absent, excuse: unexcused}}
expect:
  - {student: ana, occasions: 2, events: {include: [level.entered], exclude: [truancy.occasion.counted]}}
""")
    report = await asyncio.to_thread(run_live, file, stack.info)
    assert [difference.name for difference in report.differences] == [
        "occasions",
        "event level.entered",
        "event truancy.occasion.counted",
    ]


async def test_a_stack_on_the_real_clock_is_refused(stack: Stack, tmp_path: Path) -> None:
    info = stack.info.model_copy(update={"clock": "real"})
    with pytest.raises(LiveError, match="start the stack with `rollcall up --clock driven`"):
        run_live(tmp_path / "never-read.yaml", info)
