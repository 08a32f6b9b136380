"""More than one school year, and more than one school: whose close decides, what goes on, and what reaches a closed year."""

from datetime import date, timedelta
from typing import Any

import pytest

from shared.contracts.envelope import Event
from shared.contracts.roster import CalendarChanged, Enrolment, StudentChanged
from shared.messaging.event_log import EventLog
from tests.integration.escalation.district import (
    DAYS,
    FIRST,
    at,
    attendance,
    calendar,
    close,
    mark,
    roster,
    state,
    student,
    tables,
    three_days,
    types,
    wrapped,
)

pytestmark = pytest.mark.db

NEXT = date(2026, 8, 17)
NEXT_DAYS = tuple(day for n in range(120) if (day := NEXT + timedelta(n)).weekday() < 5)


def next_calendar() -> Event[Any]:
    data = CalendarChanged(
        district="d", school="north", name="North", revision=2, school_year="2026-2027", instructional_days=NEXT_DAYS
    )
    return wrapped(data, 990, at(FIRST))


def school(name: str, revision: int, **changes: Any) -> Event[Any]:
    data = CalendarChanged(
        district="d",
        school=name,
        name=name,
        revision=revision,
        school_year="2025-2026",
        instructional_days=DAYS,
        **changes,
    )
    return wrapped(data, 980 + revision, at(FIRST))


def moved(on: date, to: str) -> Event[Any]:
    """Ana goes to another school; the roster says so before the day."""
    data = StudentChanged(
        district="d",
        student="ana",
        revision=5,
        given_name="Test",
        family_name="Pupil",
        birth_date=date(2010, 3, 2),
        enrolments=(Enrolment(school="north", entered=FIRST, exited=on), Enrolment(school=to, entered=on)),
    )
    return wrapped(data, 955, at(FIRST))


async def rows(log: EventLog, query: str) -> list[Any]:
    async with log.transaction() as connection:
        return [tuple(row) for row in await connection.fetch(query)]


async def level_1_then_next_year(log: EventLog) -> None:
    await roster(log, calendar(), student(), student("ben"))
    await attendance(log, *three_days(), close(10, DAYS[3]))
    await roster(log, next_calendar())
    await attendance(log, close(11, NEXT_DAYS[0], revision=2))


async def test_a_new_year_begins_with_its_first_close_for_everyone(log: EventLog) -> None:
    await level_1_then_next_year(log)
    states = "SELECT student, school_year, level, occasions FROM ladder_state ORDER BY 1, 2"
    assert await rows(log, states) == [
        ("ana", "2025-2026", "level_1", 3),
        ("ana", "2026-2027", "prevention", 0),
        ("ben", "2025-2026", "prevention", 0),
        ("ben", "2026-2027", "prevention", 0),
    ]
    assert (await state(log))["occasions"] == 0


async def test_the_version_goes_on_over_the_years(log: EventLog) -> None:
    await level_1_then_next_year(log)
    await attendance(log, mark(20, NEXT_DAYS[1]), close(12, NEXT_DAYS[1], revision=2))
    versions = await rows(log, "SELECT version FROM ladder_state WHERE student = 'ana' ORDER BY school_year")
    assert versions[0][0] < versions[1][0]


async def test_a_correction_reaches_the_closed_year_and_starts_nothing_new(log: EventLog) -> None:
    await level_1_then_next_year(log)
    before = len(await types(log))
    await attendance(log, mark(20, DAYS[1], excuse="excused", rev=1), close(12, NEXT_DAYS[1], revision=2))
    said = (await types(log))[before:]
    assert {"truancy.occasion.uncounted", "truancy.report.voided", "notice.withdrawn"} <= set(said)
    assert "truancy.report.issued" not in said
    year = "SELECT occasions, reports, level FROM ladder_state WHERE student = 'ana' AND school_year = '2025-2026'"
    assert await rows(log, year) == [(2, 0, "prevention")]
    settled = await tables(log)
    await attendance(log, close(13, NEXT_DAYS[1], revision=2))
    assert await tables(log) == settled


async def test_until_the_day_of_a_transfer_the_old_school_decides(log: EventLog) -> None:
    await roster(log, calendar(), school("south", 1), student(), moved(DAYS[4], "south"))
    await attendance(log, *three_days(), close(10, DAYS[3], "south"))
    assert await rows(log, "SELECT FROM ladder_state WHERE student = 'ana'") == []
    await attendance(log, close(11, DAYS[3]))
    assert (await state(log))["level"] == "level_1"
    await attendance(log, mark(5, DAYS[4], school="south"), close(12, DAYS[4]))
    assert (await state(log))["occasions"] == 3
    await attendance(log, close(13, DAYS[4], "south"))
    assert (await state(log))["occasions"] == 4


async def test_closes_of_both_schools_in_one_batch_are_decided_in_the_order_of_their_days(log: EventLog) -> None:
    await roster(log, calendar(), school("south", 1), student(), moved(DAYS[4], "south"))
    await attendance(
        log, *three_days(), mark(5, DAYS[4], school="south"), close(12, DAYS[4], "south"), close(11, DAYS[3])
    )
    assert (await state(log))["report_dates"] == [DAYS[3], DAYS[4]]


async def test_a_charter_school_keeps_a_record_of_its_own(log: EventLog) -> None:
    await roster(log, calendar(), school("dome", 1, lea_type="charter"), student(), moved(DAYS[6], "dome"))
    await attendance(log, *three_days(), close(10, DAYS[3]))
    await attendance(log, mark(5, DAYS[6], school="dome"), close(12, DAYS[6], "dome"))
    ana = await state(log)
    assert (ana["occasions"], ana["level"]) == (1, "prevention")
    assert "case.closed" in await types(log)
