"""What was known on a day is told as it was told then, whatever was corrected since."""

from datetime import date
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.escalation.act import ActRequest, take_act
from services.escalation.explaining import NotInRecord, explanation, explanation_on
from services.escalation.ladder import parse_act
from services.escalation.store import PupilKey
from shared.db.pool import Pool
from shared.messaging.event_log import EventLog
from tests.conftest import Database
from tests.integration.escalation.district import DAYS, at, attendance, calendar, close, mark, roster, student

pytestmark = pytest.mark.db
ANA = ("d", "ana")


async def contact(log: EventLog, number: int, day: date) -> None:
    said = {"id": str(UUID(int=number)), "at": at(day, 20).isoformat(), "by": "a. clerk", "kind": "contact"}
    await take_act(log, ActRequest(PupilKey(*ANA), parse_act({**said, "channel": "phone", "outcome": "reached"})))


async def closed(log: EventLog, day: date, number: int) -> Any:
    """Close the day; what is told of the pupil then."""
    await attendance(log, close(number, day))
    async with log.transaction() as connection:
        return await explanation(connection, *ANA)


@pytest.fixture
async def told(log: EventLog) -> dict[date, Any]:
    """By day: what was told at its close, in weeks of marks, corrections, people and another roster."""
    await roster(log, calendar(), student())
    told = {}
    await attendance(log, *(mark(n, DAYS[n], known=DAYS[n]) for n in (1, 2, 3)))
    told[DAYS[3]] = await closed(log, DAYS[3], 10)
    await contact(log, 20, DAYS[4])
    await attendance(log, mark(21, DAYS[2], known=DAYS[4], excuse="excused", rev=1, recorded_by="a. clerk"))
    told[DAYS[4]] = await closed(log, DAYS[4], 22)
    await roster(log, student(revision=2), calendar(2))
    await attendance(log, *(mark(30 + n, DAYS[n], known=DAYS[n]) for n in (5, 6)))
    told[DAYS[6]] = await closed(log, DAYS[6], 40)
    await attendance(log, mark(41, DAYS[2], known=DAYS[8], rev=2, recorded_by="a. clerk"))
    told[DAYS[8]] = await closed(log, DAYS[8], 42)
    return told


async def test_each_day_is_told_as_it_was_told_then(told: dict[date, Any], pool: Pool, database: Database) -> None:
    assert [len(then["state"]["report_days"]) for then in told.values()] == [1, 0, 1, 2]
    for day, then in told.items():
        now = await explanation_on(pool, database.url("escalation"), *ANA, day)
        assert now == {**then, "on": day}


async def test_a_day_without_a_close_is_told_up_to_its_end(
    told: dict[date, Any], log: EventLog, pool: Pool, database: Database
) -> None:
    url = database.url("escalation")
    friday = await explanation_on(pool, url, *ANA, DAYS[4])
    saturday = await explanation_on(pool, url, *ANA, date(2025, 8, 23))
    assert friday
    assert saturday
    assert saturday["steps"] == friday["steps"]
    monday_unclosed = await explanation_on(pool, url, *ANA, DAYS[5])
    assert monday_unclosed
    assert [step["what"] for step in monday_unclosed["steps"][len(friday["steps"]) :]] == ["mark", "notice.required"]
    assert monday_unclosed["state"]["occasions"] == friday["state"]["occasions"]


async def test_a_correction_is_told_with_what_followed(told: dict[date, Any]) -> None:
    text = [step["text"] for step in told[DAYS[4]]["steps"]]
    assert "20 Aug 2025, the whole day: the school changed it from unexcused absence to excused absence" in " ".join(
        text
    )
    (uncounted,) = [step for step in told[DAYS[4]]["steps"] if step["what"] == "truancy.occasion.uncounted"]
    assert "by a. clerk" in uncounted["because"]["text"]
    assert {(mark["excuse"], mark["recorded_by"]) for mark in uncounted["marks"]} == {
        ("excused", "a. clerk"),
        ("unexcused", None),
    }
    assert told[DAYS[4]]["stands"][0] == "The pupil stands at prevention."


async def test_every_step_names_the_marks_of_its_days_with_their_values(told: dict[date, Any]) -> None:
    steps = [step for step in told[DAYS[8]]["steps"] if step["because"] and step["because"]["days"]]
    assert len(steps) > 10
    for step in steps:
        assert {mark["day"].isoformat() for mark in step["marks"]} >= set(step["because"]["days"]), step["what"]
        assert set(step["facts"]) <= {mark["id"] for mark in step["marks"]}


async def test_staff_ask_by_http(told: dict[date, Any], staff: httpx.AsyncClient) -> None:
    answer = await staff.get("/v1/districts/d/pupils/ana/explanation", params={"on": DAYS[3].isoformat()})
    assert answer.json()["stands"] == told[DAYS[3]]["stands"]
    assert answer.json()["on"] == DAYS[3].isoformat()
    before = await staff.get("/v1/districts/d/pupils/ana/explanation", params={"on": "2025-08-01"})
    assert before.json()["steps"] == []
    nobody = await staff.get("/v1/districts/d/pupils/nobody/explanation", params={"on": DAYS[3].isoformat()})
    assert nobody.status_code == 404
    assert (await staff.get("/v1/districts/d/pupils/ana/explanation", params={"on": "soon"})).status_code == 422


async def test_facts_from_before_the_record_are_not_guessed_at(
    told: dict[date, Any], log: EventLog, pool: Pool, database: Database
) -> None:
    async with log.transaction() as connection:
        await connection.execute("UPDATE mark_statement SET taken = NULL WHERE sequence = 1")
    with pytest.raises(NotInRecord):
        await explanation_on(pool, database.url("escalation"), *ANA, DAYS[3])
