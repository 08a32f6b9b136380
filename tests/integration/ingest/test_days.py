"""Rosters, calendars, day closes, keys and clocks over HTTP."""

import asyncio
from typing import Any

import httpx
import pytest

from services.ingest.keys import create_key, revoke_key, save_district
from shared.db.pool import Pool
from tests.integration.ingest.conftest import AT, Ingest, build, client_of

pytestmark = pytest.mark.db
MONDAY, TUESDAY = "2025-09-08", "2025-09-09"
EVENING = "2025-09-08T18:00:00-07:00"
CLOSE = f"/v1/schools/north/days/{MONDAY}/close"


def student(id: str = "ana", **more: Any) -> dict[str, Any]:
    return {
        "id": id,
        "given_name": "Ana",
        "family_name": "Invented",
        "birth_date": "2010-03-02",
        "enrolments": [{"school": "north", "entered": "2025-08-18", "grade": 10}],
        "guardians": [{"id": "rosa", "given_name": "Rosa", "family_name": "Invented", "language": "es"}],
        **more,
    }


async def roster(ingest: Ingest, *students: Any, full: bool = False) -> dict[str, Any]:
    return dict(await ingest.ask("PUT", "/v1/roster", {"full": full, "students": list(students)}, 200))


async def test_only_students_that_changed_are_said(ingest: Ingest) -> None:
    first = await roster(ingest, student(), student("bob"))
    second = await roster(ingest, student(), student("bob", home_language="vi"))
    assert first["counts"] == {"changed": 2}
    assert [(answer["outcome"], answer.get("revision")) for answer in second["records"]] == [
        ("unchanged", None),
        ("changed", 2),
    ]
    said = await ingest.said("roster.student.changed")
    assert [(event["student"], event["revision"]) for event in said] == [("ana", 1), ("bob", 1), ("bob", 2)]


async def test_a_full_roster_says_who_vanished_and_removes_nobody(ingest: Ingest) -> None:
    await roster(ingest, student(), student("bob"), student("cyd"))
    answer = await roster(ingest, student(), student("bob", birth_date="soon"), student("ana"), 7, full=True)
    assert answer["vanished"] == ["cyd"], "bob is named, though wrongly"
    assert [(record["outcome"], record.get("field")) for record in answer["records"]] == [
        ("unchanged", None),
        ("rejected", "birth_date"),
        ("rejected", "id"),
        ("rejected", "record"),
    ]
    assert (await roster(ingest, student("cyd"), full=False))["counts"] == {"unchanged": 1}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"enrolments": []}, "enrolments"),
        ({"enrolments": [{"school": "north", "entered": 20250818}]}, "enrolments.0.entered"),
        ({"given_name": "A\x00"}, "given_name"),
        ({"guardians": [{"id": "x"}]}, "guardians.0.given_name"),
        ({"nickname": "A"}, "nickname"),
    ],
)
async def test_a_bad_student_names_its_field(ingest: Ingest, change: dict[str, Any], field: str) -> None:
    [record] = (await roster(ingest, student(**change)))["records"]
    assert (record["outcome"], record["id"], record["field"]) == ("rejected", "ana", field)


async def test_a_calendar_is_said_when_it_changes(ingest: Ingest) -> None:
    first = await ingest.calendar(TUESDAY, MONDAY)
    again = await ingest.calendar(MONDAY, TUESDAY)
    third = await ingest.calendar(MONDAY)
    assert [(answer["revision"], answer["changed"]) for answer in (first, again, third)] == [
        (1, True),
        (1, False),
        (2, True),
    ]
    said = await ingest.said("roster.calendar.changed")
    assert [event["instructional_days"] for event in said] == [[MONDAY, TUESDAY], [MONDAY]]
    assert said[0]["timezone"] == "America/Los_Angeles"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"school_year": "2025-2027"}, "school_year"),
        ({"school_year": "25-26"}, "school_year"),
        ({"instructional_days": ["2026-07-01"]}, "instructional_days"),
        ({"instructional_days": [20250908]}, "instructional_days.0"),
        ({"timezone": "Mars/North"}, "timezone"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_a_bad_calendar_names_its_field(ingest: Ingest, change: dict[str, Any], field: str) -> None:
    body = {"school_year": "2025-2026", "name": "North (invented)", "instructional_days": [MONDAY], **change}
    answer = await ingest.ask("PUT", "/v1/schools/north/calendar", body, 422)
    assert answer["errors"][0]["field"] == field


async def test_a_day_is_closed_once_after_its_marks(ingest: Ingest) -> None:
    await ingest.calendar(MONDAY)
    mark = {"student": "ana", "school": "north", "day": MONDAY, "status": "absent", "excuse": "unexcused"}
    await ingest.marks(mark)
    first = await ingest.ask("POST", CLOSE, status=201, at=EVENING)
    again = await ingest.ask("POST", CLOSE, status=200, at="2025-09-09T18:00:00-07:00")
    assert first == again
    recorded, closed = await ingest.said("attendance.mark.recorded", "attendance.day.closed")
    assert closed["id"] == first["receipt"]
    assert closed["sequence"] > recorded["sequence"]
    assert (closed["closed_at"], closed["calendar_revision"]) == (EVENING, 1)
    [school] = (await ingest.ask("GET", "/v1/status"))["schools"]
    assert (school["school"], school["last_close"], school["marks"], school["parked"]) == ("north", MONDAY, 1, 0)


async def test_why_a_day_cannot_be_closed(ingest: Ingest) -> None:
    await ingest.ask("POST", CLOSE, status=409, at=EVENING)
    await ingest.calendar(MONDAY, TUESDAY)
    sunday = await ingest.ask("POST", "/v1/schools/north/days/2025-09-07/close", status=422, at=EVENING)
    assert sunday["errors"] == [{"field": "day", "reason": "is not an instructional day of this school"}]
    tomorrow = await ingest.ask("POST", f"/v1/schools/north/days/{TUESDAY}/close", status=422, at=EVENING)
    assert tomorrow["errors"] == [{"field": "day", "reason": "has not come yet"}]
    # 22:30 of the Monday there, although it is Tuesday in UTC.
    await ingest.ask("POST", f"/v1/schools/north/days/{TUESDAY}/close", status=422, at="2025-09-09T05:30:00+00:00")
    assert await ingest.said("attendance.day.closed") == []


async def test_two_closes_at_once_are_one(ingest: Ingest) -> None:
    await ingest.calendar(MONDAY)
    answers = await asyncio.gather(*(ingest.ask("POST", CLOSE, at=EVENING) for _ in range(5)))
    assert len({answer["receipt"] for answer in answers}) == 1
    assert len(await ingest.said("attendance.day.closed")) == 1


async def test_the_same_batch_at_once_is_accepted_once(ingest: Ingest) -> None:
    await ingest.calendar(MONDAY)
    batch = [
        {"student": f"s{n}", "school": "north", "day": MONDAY, "status": "absent", "excuse": "unexcused", "id": f"{n}"}
        for n in range(50)
    ]
    elsewhere = [{**record, "school": "south"} for record in batch]
    await ingest.calendar(MONDAY, school="south")
    answers = await asyncio.gather(*(ingest.marks(*batch) for _ in range(4)), ingest.marks(*elsewhere))
    found = [record["outcome"] for answer in answers for record in answer]
    assert found.count("accepted") == 50
    said = await ingest.said("attendance.mark.recorded")
    assert len({event["id"] for event in said}) == len(said) == 50


async def test_a_key_opens_its_own_district_until_it_is_revoked(ingest: Ingest) -> None:
    async def status(key: str) -> int:
        response = await ingest.http.get("/v1/status", headers={"Authorization": f"Bearer {key}"})
        return response.status_code

    assert await status(ingest.key) == 200
    assert [await status(key) for key in ("", "x", "x.y", ingest.key + "x", ingest.key.split(".")[0])] == [401] * 5
    async with ingest.pool.acquire() as connection:
        other = await create_key(connection, ingest.district, "second")
        stored = await connection.fetch("SELECT * FROM api_key WHERE district = $1", ingest.district)
        assert await revoke_key(connection, ingest.key.split(".")[0])
        assert not await revoke_key(connection, ingest.key.split(".")[0])
    assert (await status(ingest.key), await status(other)) == (401, 200)
    assert ingest.key.split(".")[1] not in str(stored)


async def test_the_header_belongs_to_the_driven_clock(ingest: Ingest, pool: Pool) -> None:
    unnamed = await ingest.http.post("/v1/marks", json={"records": [{}]})
    assert (unnamed.status_code, unnamed.json()["errors"][0]["field"]) == (400, "Rollcall-At")
    async with client_of(build(pool, "real"), ingest.key) as http:
        named = await http.post("/v1/marks", json={"records": [{}]}, headers={"Rollcall-At": AT})
        assert (named.status_code, named.json()["errors"][0]["field"]) == (400, "Rollcall-At")
        assert (await http.post("/v1/marks", json={"records": [{}]})).status_code == 202


async def test_known_at_is_the_schools_local_time(ingest: Ingest) -> None:
    async with ingest.pool.acquire() as connection:
        await save_district(connection, ingest.district, "Test (invented)", "America/New_York")
    await ingest.calendar(MONDAY)
    await ingest.marks(
        {"student": "ana", "school": "north", "day": MONDAY, "status": "present"}, at="2025-09-09T03:30:00Z"
    )
    [event] = await ingest.said("attendance.mark.recorded")
    assert event["known_at"] == "2025-09-08T23:30:00-04:00"


async def test_a_body_that_is_no_batch_is_refused_in_the_same_style(ingest: Ingest) -> None:
    for body, field in (({}, "records"), ({"records": []}, "records"), ({"records": {}}, "records"), ([], "body")):
        answer = await ingest.ask("POST", "/v1/marks", body, 422)
        assert answer["errors"][0]["field"] == field
        assert answer["errors"][0]["reason"]
    response = await ingest.http.post(
        "/v1/marks", content=b"{", headers={"Rollcall-At": AT, "Content-Type": "application/json"}
    )
    assert (response.status_code, list(response.json())) == (422, ["errors"])


async def test_a_database_that_is_away_is_said_so(ingest: Ingest, app: Any) -> None:
    await ingest.pool.close()
    response: httpx.Response = await ingest.http.get("/v1/status")
    assert (response.status_code, response.headers["Retry-After"]) == (503, "2")
