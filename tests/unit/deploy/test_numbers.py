"""The numbers of a stack, and how they are shown."""

import io
import os
from pathlib import Path

import httpx
from rich.console import Console

from deploy.embedded.state import ProcessId, StackInfo
from deploy.numbers import Numbers, collect, waiting_in
from deploy.terminal import View, plain

METRICS = """\
# HELP rollcall_consumer_lag Records not yet handled
# TYPE rollcall_consumer_lag gauge
rollcall_consumer_lag{group="escalation.attendance",partition="0",topic="attendance.v1"} 3.0
rollcall_consumer_lag{group="escalation.attendance",partition="1",topic="attendance.v1"} 4.0
rollcall_pending_events 5.0
rollcall_pending_age_seconds 99.0
"""
ANSWERS = {
    "/ingest/v1/summary": {"marks": 1234, "parked": 2},
    "/escalation/v1/summary": {
        "pupils": {"prevention": 58, "level_1": 2},
        "occasions": 9,
        "reports": 2,
        "closes": 3,
        "last_day": "2025-09-03",
    },
    "/notifications/v1/summary": {"notices": {"truancy_notice_1": {"sent": 2, "held": 1}, "same_day_alert": {}}},
}
STACK = StackInfo(
    supervisor=ProcessId.of(os.getpid()),
    processes={},
    urls={name: f"http://test/{name}" for name in ("ingest", "escalation", "notifications", "referrals")},
    catcher_url="http://test/catcher",
    broker_kind="tansu",
    bootstrap="test:1",
    admin_url="postgresql://postgres@/postgres?host=/somewhere",
    database="rollcall",
    clock="driven",
    staff_token="a token of the test",
    data_dir=Path("nowhere"),
)


def answer(request: httpx.Request) -> httpx.Response:
    if request.url.path.endswith("/metrics"):
        return httpx.Response(200, text=METRICS)
    if request.headers.get("Authorization") != "Bearer a token of the test":
        return httpx.Response(401)
    found = ANSWERS.get(request.url.path)
    return httpx.Response(200, json=found) if found else httpx.Response(503)


async def test_all_services_are_asked_and_a_silent_one_stays_unknown() -> None:
    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        numbers = await collect(client, STACK)
    assert numbers == Numbers(
        marks=1234,
        parked=2,
        occasions=9,
        reports=2,
        closes=3,
        last_day="2025-09-03",
        pupils={"prevention": 58, "level_1": 2},
        notices={"truancy_notice_1": {"sent": 2, "held": 1}, "same_day_alert": {}},
        cases=None,
        packets=None,
        waiting=4 * 12,
    )


async def test_nothing_is_known_of_a_stack_that_is_gone() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("gone", request=request)

    async with httpx.AsyncClient(transport=httpx.MockTransport(refuse)) as client:
        assert await collect(client, STACK) == Numbers()


def test_what_waits_is_lag_and_pending_and_nothing_else() -> None:
    assert waiting_in(METRICS) == 3 + 4 + 5
    assert waiting_in("") == 0


def test_a_plain_line_says_everything() -> None:
    numbers = Numbers(
        marks=1234,
        pupils={"level_1": 2},
        decisions={"level_3_proposed": 1, "reviews": 0},
        notices={"truancy_notice_1": {"sent": 2}},
        waiting=0,
    )
    assert plain(3.21, numbers, "day 1 of 2").split(" | ") == [
        "   3.2 s",
        "day 1 of 2",
        "marks 1,234",
        "occasions …",
        "reports …",
        "pupils: 2 level 1",
        "taken back …",
        "recognitions …",
        "to decide: 1 level 3 proposed",
        "notices: truancy notice 1 2 sent",
        "cases …",
        "waiting 0",
    ]


def test_the_screen_shows_numbers_addresses_and_what_happened() -> None:
    view = View(STACK, Numbers(marks=1234, pupils={"level_1": 2}), progress="day 1 of 2")
    view.said.append("escalation ended with exit code -9; starting it again in 0.5 s")
    console = Console(file=io.StringIO(), width=120)
    console.print(view)
    text = console.file.getvalue()  # type: ignore[attr-defined]
    for expected in (
        "1,234",
        "level 1",
        "day 1 of 2",
        "http://test/catcher",
        "http://test/ingest/docs",
        "exit code -9",
    ):
        assert expected in text
