"""Kill switches, the blast radius of a close, the queue of what waits for a person, and the release of many."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from services.escalation import escalate
from services.escalation.store_release import Stop
from shared.messaging.event_log import EventLog
from tests.integration.escalation.district import (
    DAYS,
    attendance,
    calendar,
    close,
    mark,
    roster,
    state,
    student,
    tables,
    types,
)

pytestmark = pytest.mark.db

NAMES = ("ana", "ben", "cem", "dora")
WHY = {"by": "superintendent", "reason": "the first notices are printed wrongly"}


@pytest.fixture(autouse=True)
async def known(log: EventLog) -> None:
    await roster(log, calendar(), calendar(school="south"), *(student(name) for name in NAMES))


async def policy(staff: httpx.AsyncClient, **release: Any) -> None:
    body = {"policy": "us-ca", "overrides": {"release": release}}
    assert (await staff.put("/v1/districts/d/policy", json=body)).status_code == 204


def three_days_of(*names: str, first: int = 1) -> list[Any]:
    return [mark(100 * NAMES.index(name) + day, DAYS[day], name) for name in names for day in range(first, first + 3)]


async def switch(staff: httpx.AsyncClient, stopped: bool, step: str = "level_1") -> httpx.Response:
    return await staff.put(f"/v1/districts/d/switches/{step}", json={"stopped": stopped, **WHY})


async def queue(staff: httpx.AsyncClient, **query: str) -> Any:
    answer = await staff.get("/v1/districts/d/queue", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def release(staff: httpx.AsyncClient, **body: Any) -> Any:
    answer = await staff.post(
        "/v1/districts/d/queue/release", json={"id": str(uuid4()), "step": "level_1", **WHY, **body}
    )
    assert answer.status_code == 201, answer.text
    return answer.json()


async def levels(log: EventLog, *names: str) -> list[str]:
    return [(await state(log, name))["level"] for name in names or NAMES]


async def test_a_stopped_step_waits_until_it_is_let_go(log: EventLog, staff: httpx.AsyncClient) -> None:
    assert (await switch(staff, stopped=True)).json()["changed"]
    assert not (await switch(staff, stopped=True)).json()["changed"]
    await attendance(log, *three_days_of("ana"), close(900, DAYS[3]))
    assert await levels(log, "ana") == ["prevention"]
    assert "notice.required" not in await types(log)
    waits = await queue(staff)
    [item] = waits["waiting"]
    assert (item["student"], item["sort"], item["step"], item["cause"]) == ("ana", "step", "level_1", "kill_switch")
    assert item["since"].startswith(DAYS[3].isoformat())
    assert [(stop["step"], stop["by"], stop["reason"]) for stop in waits["stopped"]] == [("level_1", *WHY.values())]
    await attendance(log, close(901, DAYS[4]))
    assert await levels(log, "ana") == ["prevention"]
    await switch(staff, stopped=False)
    await attendance(log, close(902, DAYS[5]))
    assert await levels(log, "ana") == ["level_1"]
    assert (await queue(staff))["count"] == 0


async def test_a_person_cannot_release_what_is_switched_off(log: EventLog, staff: httpx.AsyncClient) -> None:
    await switch(staff, stopped=True)
    await attendance(log, *three_days_of("ana"), close(900, DAYS[3]))
    [released] = (await release(staff, students=["ana"]))["released"]
    assert "level.entered" not in released["events"]
    assert [item["cause"] for item in (await queue(staff))["waiting"]] == ["kill_switch"]
    await switch(staff, stopped=False)
    await attendance(log, close(901, DAYS[4]))
    assert await levels(log, "ana") == ["level_1"]


async def test_the_switches_say_who_stopped_what_and_why(staff: httpx.AsyncClient) -> None:
    await switch(staff, stopped=True, step="level_2")
    answer = (await staff.get("/v1/districts/d/switches")).json()["switches"]
    assert [(each["step"], each["stopped"]) for each in answer] == [("level_1", False), ("level_2", True)]
    assert (answer[1]["by"], answer[1]["reason"]) == (WHY["by"], WHY["reason"])
    assert (await staff.get("/v1/summary")).json()["steps_stopped"] == 1


@pytest.mark.parametrize(("step", "body"), [("level_3", {}), ("level_1", {"by": " "}), ("level_1", {"reason": ""})])
async def test_a_switch_needs_a_step_a_person_and_a_reason(
    staff: httpx.AsyncClient, step: str, body: dict[str, Any]
) -> None:
    answer = await staff.put(f"/v1/districts/d/switches/{step}", json={"stopped": True, **WHY, **body})
    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("limit", "pupils", "stopped"),
    [
        ({"pupils": 2}, 2, False),
        ({"pupils": 2}, 3, True),
        ({"share_pct": 50}, 2, False),
        ({"share_pct": 50}, 3, True),
        ({}, 4, False),
    ],
)
async def test_more_than_the_policy_lets_through_at_one_close_wait(
    log: EventLog, staff: httpx.AsyncClient, limit: dict[str, Any], pupils: int, stopped: bool
) -> None:
    await policy(staff, blast_radius=limit)
    await attendance(log, *three_days_of(*NAMES[:pupils]), close(900, DAYS[3]))
    assert await levels(log, *NAMES[:pupils]) == ["prevention" if stopped else "level_1"] * pupils
    waits = await queue(staff)
    assert {item["cause"] for item in waits["waiting"]} == ({"blast_radius"} if stopped else set())
    expected = [{"school": "north", "day": DAYS[3].isoformat(), "step": "level_1", "pupils": pupils, "enrolled": 4}]
    assert waits["blast_radius"] == (expected if stopped else [])
    assert ("notice.required" in await types(log)) is not stopped
    assert (await types(log)).count("truancy.report.issued") == pupils


async def test_only_the_step_that_too_many_take_is_stopped(log: EventLog, staff: httpx.AsyncClient) -> None:
    await policy(staff, blast_radius={"pupils": 1})
    await attendance(log, *three_days_of("ana"), close(900, DAYS[3]))
    assert await levels(log, "ana") == ["level_1"]
    await attendance(log, *three_days_of("ben", "cem", first=4), close(901, DAYS[6]))
    assert await levels(log, "ana", "ben", "cem") == ["level_1", "prevention", "prevention"]


async def test_a_pupil_whom_the_roster_names_late_waits_with_the_others(
    log: EventLog, staff: httpx.AsyncClient
) -> None:
    await policy(staff, blast_radius={"pupils": 1})
    late = [mark(700 + day, DAYS[day], "eve") for day in (1, 2, 3)]
    await attendance(log, *three_days_of("ana", "ben"), *late, close(900, DAYS[3]))
    await roster(log, student("eve"))
    assert await levels(log, "ana", "ben", "eve") == ["prevention"] * 3


async def test_the_same_close_again_changes_nothing(log: EventLog, staff: httpx.AsyncClient) -> None:
    await policy(staff, blast_radius={"pupils": 1})
    facts = [*three_days_of("ana", "ben"), close(900, DAYS[3])]
    await attendance(log, *facts)
    before = await tables(log)
    await attendance(log, *facts)
    assert await tables(log) == before


async def test_whoever_watches_hears_of_a_stopped_step(log: EventLog, staff: httpx.AsyncClient) -> None:
    await policy(staff, blast_radius={"pupils": 1})
    heard: list[Stop] = []
    async with log.transaction() as connection:
        events = [*three_days_of("ana", "ben"), close(900, DAYS[3])]
        await escalate.take_attendance(log, connection, events, on_stop=heard.append)
    assert heard == [Stop("d", "north", DAYS[3], "level_1", 2, 4)]


async def test_many_are_released_at_once_and_only_once(log: EventLog, staff: httpx.AsyncClient) -> None:
    await policy(staff, level_1="person")
    await attendance(log, *three_days_of("ana", "ben", "cem"), close(900, DAYS[3]))
    assert (await staff.get("/v1/summary")).json()["waiting"]["steps"] == 3
    act = str(uuid4())
    first = await release(staff, id=act, students=["ana", "ben", "dora", "nobody"])
    assert [each["student"] for each in first["released"]] == ["ana", "ben"]
    assert [(each["student"], each["problem"]) for each in first["refused"]] == [
        ("dora", "refused"),
        ("nobody", "unknown_pupil"),
    ]
    assert await levels(log, *NAMES[:3]) == ["level_1", "level_1", "prevention"]
    assert await release(staff, id=act, students=["ana", "ben", "dora", "nobody"]) == first
    rest = await release(staff)
    assert [each["student"] for each in rest["released"]] == ["cem"]
    assert (await types(log)).count("level.entered") == 3
    assert (await queue(staff))["count"] == 0


async def test_the_queue_and_a_release_can_be_about_one_school(log: EventLog, staff: httpx.AsyncClient) -> None:
    await roster(log, student("eve", school="south"))
    await policy(staff, level_1="person")
    south = [mark(700 + day, DAYS[day], "eve", school="south") for day in (1, 2, 3)]
    await attendance(log, *three_days_of("ana"), *south, close(900, DAYS[3]), close(901, DAYS[3], "south"))
    assert [item["student"] for item in (await queue(staff, school="south"))["waiting"]] == ["eve"]
    released = await release(staff, school="south")
    assert [each["student"] for each in released["released"]] == ["eve"]
    assert await levels(log, "ana", "eve") == ["prevention", "level_1"]
