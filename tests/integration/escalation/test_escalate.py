"""Facts in, decisions out, on the real database: repeats, order of arrival, waiting for what is not there yet."""

import random
from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from services.escalation import store_read
from services.escalation.policies import pack
from shared.contracts.attendance import MarkRetracted
from shared.contracts.envelope import Event
from shared.messaging.errors import Transient
from shared.messaging.event_log import EventLog
from tests.conftest import Database
from tests.integration.escalation.district import (
    DAYS,
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


async def test_three_days_make_a_report_and_it_is_said_once(log: EventLog) -> None:
    await roster(log, calendar(), student())
    for _ in range(3):
        await attendance(log, *three_days(), close(10, DAYS[3]))
    said = await types(log)
    assert said.count("truancy.report.issued") == 1
    assert said.count("notice.required") == 1
    assert (await state(log))["level"] == "level_1"


@pytest.mark.parametrize("seed", range(5))
async def test_order_repeats_and_cuts_between_closes_do_not_matter(
    log: EventLog, database: Database, seed: int
) -> None:
    chance = random.Random(seed)
    marks = [
        mark(n, DAYS[n % 5], f"s{n % 4}", rev=n % 3, status=chance.choice(["absent", "present"])) for n in range(1, 60)
    ]
    marks += [_retraction(n, DAYS[n % 5], f"s{n % 4}") for n in range(60, 70)]
    pupils = [student(f"s{n}") for n in range(4)]
    await roster(log, calendar(), *pupils)
    await attendance(log, *marks, close(100, DAYS[6]))
    wanted = await tables(log)
    async with log.transaction() as connection:
        await connection.execute(
            "TRUNCATE mark_statement, day_close, pupil, ladder_state, artefact, event_log, event_pending"
        )
    await roster(log, *pupils)
    shuffled = [*marks, *chance.choices(marks, k=20)]
    chance.shuffle(shuffled)
    for batch in _cuts(shuffled, chance):
        await attendance(log, *batch)
    await attendance(log, close(100, DAYS[6]), close(100, DAYS[6]))
    assert await tables(log) == wanted


def _retraction(number: int, day: date, name: str) -> Event[Any]:
    data = MarkRetracted(
        district="d",
        school="north",
        student=name,
        day=day,
        rev=number % 4,
        sequence=number,
        known_at=at(day),
        source="api",
    )
    return wrapped(data, number, data.known_at)


def _cuts(events: Sequence[Event[Any]], chance: random.Random) -> list[Sequence[Event[Any]]]:
    places = sorted(chance.sample(range(1, len(events)), 4))
    return [events[first:last] for first, last in zip([0, *places], [*places, len(events)], strict=True)]


async def test_a_pupil_whose_marks_came_before_the_roster_is_decided_when_the_roster_comes(log: EventLog) -> None:
    await roster(log, calendar())
    await attendance(log, *three_days(), close(10, DAYS[3]))
    assert "truancy.report.issued" not in await types(log)
    await roster(log, student())
    late = await tables(log)
    assert (await state(log))["level"] == "level_1"
    async with log.transaction() as connection:
        await connection.execute(
            "TRUNCATE mark_statement, day_close, pupil, ladder_state, artefact, event_log, event_pending"
        )
    await roster(log, student())
    await attendance(log, *three_days(), close(10, DAYS[3]))
    assert await tables(log) == late


async def test_a_close_waits_for_the_calendar_it_was_made_with(log: EventLog) -> None:
    await roster(log, student())
    with pytest.raises(Transient):
        await attendance(log, *three_days(), close(10, DAYS[3]))
    await roster(log, calendar(1))
    with pytest.raises(Transient):
        await attendance(log, *three_days(), close(10, DAYS[3], revision=2))
    assert await types(log) == []
    await roster(log, calendar(2))
    await attendance(log, *three_days(), close(10, DAYS[3], revision=2))
    assert (await state(log))["level"] == "level_1"


async def test_marks_for_later_days_are_judged_when_their_day_is_closed(log: EventLog) -> None:
    await roster(log, calendar(), student())
    await attendance(log, *three_days())
    for number, day in enumerate(DAYS[:6]):
        await attendance(log, close(100 + number, day))
    async with log.transaction() as connection:
        issued = await connection.fetch("SELECT as_of FROM artefact WHERE type = 'truancy.report.issued'")
    assert [row["as_of"].date() for row in issued] == [DAYS[3]]


async def test_a_same_day_alert_goes_out_once_and_only_on_its_day(log: EventLog) -> None:
    await roster(log, calendar(), student())
    await attendance(log, mark(1, DAYS[1], known=DAYS[1]), mark(2, DAYS[1], known=DAYS[1], rev=1))
    await attendance(log, mark(3, DAYS[2], known=DAYS[4]), mark(4, DAYS[3], known=DAYS[3], excuse="excused"))
    await attendance(
        log, mark(5, DAYS[4], known=DAYS[4], excuse="excused", rev=5), mark(6, DAYS[4], known=DAYS[4], rev=2)
    )
    async with log.transaction() as connection:
        alerts = await connection.fetch("SELECT body FROM artefact WHERE type = 'notice.required'")
    assert [row["body"]["days"] for row in alerts] == [[DAYS[1].isoformat()]]
    because = alerts[0]["body"]["because"]
    assert (because["policy"], because["policy_version"]) == ("us-ca", pack("us-ca").version)


async def test_two_schools_are_decided_each_at_its_own_close(log: EventLog) -> None:
    await roster(log, calendar(), calendar(school="south"), student(), student("ben", school="south"))
    ben = [mark(10 + n, DAYS[n], "ben", school="south") for n in (1, 2, 3)]
    await attendance(log, *three_days(), *ben, close(30, DAYS[3]))
    async with log.transaction() as connection:
        assert (await store_read.state(connection, "d", "ben"))["state"] is None  # type: ignore[index]
    await attendance(log, close(31, DAYS[4], "south"))
    assert (await state(log, "ben"))["level"] == "level_1"
