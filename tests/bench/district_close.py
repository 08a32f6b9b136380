"""A district of 25,000 pupils closes a day on which 1,500 of them have new marks: from the close that ingest accepts to every
decision committed and published, on the embedded stack."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from deploy.demo.services import Escalation, Ingest, connect
from deploy.embedded.stack import Stack, StackOptions
from services.ingest.keys import create_key

DISTRICT, PUPILS, DIRTY, SCHOOLS = "bench", 25_000, 1_500, 20
FIRST = date(2025, 8, 18)
DAYS = tuple(day for n in range(80) if (day := FIRST + timedelta(n)).weekday() < 5)
ROSTER_AT_ONCE = 2_500


async def run(folder: Path) -> None:
    async with Stack(StackOptions(folder, clock="driven", services=("ingest", "escalation"))) as stack:
        key = await _new_key(stack)
        async with (
            connect(stack.info.urls["ingest"], key) as http,
            connect(stack.info.urls["escalation"], stack.info.staff_token) as staff,
        ):
            http.timeout = staff.timeout = httpx.Timeout(120)
            await _measure(stack, Ingest(http), Escalation(staff, DISTRICT))


async def _measure(stack: Stack, ingest: Ingest, escalation: Escalation) -> None:
    await _enrol(ingest, escalation)
    await _day(stack, ingest, escalation, DAYS[0], 0)
    print(f"district close: {PUPILS:,} pupils in {SCHOOLS} schools, {DIRTY:,} with a new absence that day")
    for place, what in (
        (1, "first absences"),
        (2, "second absences"),
        (3, "third absences: reports, notices, level 1"),
    ):
        accepted, decided, published = await _day(stack, ingest, escalation, DAYS[place], DIRTY)
        print(
            f"  {what}: {published:.2f} s to published "
            f"(closes accepted after {accepted:.2f} s, decided after {decided:.2f} s)"
        )


async def _enrol(ingest: Ingest, escalation: Escalation) -> None:
    calendars = {}
    for school in range(SCHOOLS):
        calendar = {"name": "Bench School", "school_year": "2025-2026", "timezone": "America/Los_Angeles"}
        days = {"instructional_days": [day.isoformat() for day in DAYS]}
        calendars[f"school-{school}"] = (await ingest.put_calendar(f"school-{school}", calendar | days, _at(FIRST, 6)))[
            "revision"
        ]
    for start in range(0, PUPILS, ROSTER_AT_ONCE):
        await ingest.put_roster([_pupil(number) for number in range(start, start + ROSTER_AT_ONCE)], _at(FIRST, 6))
    await escalation.wait_for_roster(PUPILS, calendars)


def _pupil(number: int) -> dict[str, Any]:
    enrolment = {"school": f"school-{number % SCHOOLS}", "entered": FIRST.isoformat(), "grade": 9}
    names = {"given_name": "Pupil", "family_name": str(number), "birth_date": "2011-03-02"}
    return {"id": f"pupil-{number}", **names, "enrolments": [enrolment], "guardians": []}


async def _day(
    stack: Stack, ingest: Ingest, escalation: Escalation, day: date, absent: int
) -> tuple[float, float, float]:
    """Seconds from the first request to close the day until ingest has accepted all, escalation has decided, and every event
    is published. The marks of the day have arrived before."""
    taken = await escalation.taken()
    marks = [_mark(number, day) for number in range(absent)]
    if marks:
        await ingest.send_marks(marks, _at(day, 17))
    await escalation.wait_for_attendance(taken["marks"] + absent, 0)
    started = time.monotonic()
    await asyncio.gather(*(ingest.close(f"school-{school}", day, _at(day, 23)) for school in range(SCHOOLS)))
    accepted = time.monotonic() - started
    async with _database(stack) as connection:
        wanted = taken["closes"] + SCHOOLS
        closes = "SELECT count(*) FROM day_close"
        await _until(lambda: connection.fetchval(closes), lambda count: count >= wanted)
        decided = time.monotonic() - started
        await _until(lambda: connection.fetchval("SELECT count(*) FROM event_pending"), lambda count: count == 0)
        return accepted, decided, time.monotonic() - started


def _mark(number: int, day: date) -> dict[str, Any]:
    pupil = number * (PUPILS // DIRTY)
    where = {"student": f"pupil-{pupil}", "school": f"school-{pupil % SCHOOLS}", "day": day.isoformat()}
    return {**where, "status": "absent", "excuse": "unexcused"}


async def _until(look: Callable[[], Awaitable[Any]], enough: Callable[[Any], bool], patience: float = 240) -> None:
    deadline = time.monotonic() + patience
    while not enough(await look()):
        if time.monotonic() > deadline:
            raise TimeoutError("the stack has not decided or published the day in time")
        await asyncio.sleep(0.01)


def _at(day: date, hour: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


class _database:
    """A connection to escalation's tables for as long as the block lasts."""

    def __init__(self, stack: Stack) -> None:
        self._url = stack.info.database_url("escalation")

    async def __aenter__(self) -> Any:
        self._connection = await asyncpg.connect(self._url, server_settings={"search_path": "escalation"})
        return self._connection

    async def __aexit__(self, *_: object) -> None:
        await self._connection.close()


async def _new_key(stack: Stack) -> str:
    connection = await asyncpg.connect(stack.info.database_url("ingest"), server_settings={"search_path": "ingest"})
    try:
        return await create_key(connection, DISTRICT, "bench")
    finally:
        await connection.close()
