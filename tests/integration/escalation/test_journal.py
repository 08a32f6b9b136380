"""Everything that is taken keeps its place in the order, and what is overwritten is kept beside it."""

from datetime import datetime, timedelta, timezone

import pytest

from services.escalation import store_districts
from services.escalation.store_districts import SavedChoice
from shared.messaging.event_log import EventLog
from tests.integration.escalation.district import DAYS, at, attendance, calendar, close, mark, roster, student

pytestmark = pytest.mark.db

IN_ORDER = """
    SELECT 'calendar' AS what, taken FROM calendar_taken UNION ALL SELECT 'pupil', taken FROM pupil_taken
    UNION ALL SELECT 'mark', taken FROM mark_statement UNION ALL SELECT 'close', taken FROM day_close
    UNION ALL SELECT 'policy', taken FROM policy_choice
    ORDER BY taken
"""


async def test_what_is_taken_together_has_one_number_and_all_stand_in_their_order(log: EventLog) -> None:
    await roster(log, calendar(), student(), student("ben"))
    async with log.transaction() as connection:
        choice = SavedChoice("d", "us-ca", {}, None, None, None, at(DAYS[0]))
        await store_districts.save_policy_choice(connection, choice)
    await attendance(log, mark(1, DAYS[1]), mark(2, DAYS[2]), close(3, DAYS[2]), mark(4, DAYS[3]))
    await attendance(log, mark(1, DAYS[1]), mark(5, DAYS[3]))
    async with log.transaction() as connection:
        rows = await connection.fetch(IN_ORDER)
    words = ["calendar", "pupil", "pupil", "policy", "mark", "mark", "close", "mark", "mark"]
    assert [row["what"] for row in rows] == words
    assert [row["taken"] for row in rows] == sorted(row["taken"] for row in rows)
    assert rows[4]["taken"] == rows[5]["taken"] < rows[7]["taken"] < rows[8]["taken"]


async def test_earlier_snapshots_stay(log: EventLog) -> None:
    await roster(log, calendar(1), student(revision=1))
    await roster(log, calendar(2), student(revision=2, school="south"))
    await roster(log, calendar(1), student(revision=1))
    async with log.transaction() as connection:
        pupils = await connection.fetch("SELECT roster_revision, enrolments FROM pupil_taken ORDER BY taken")
        calendars = await connection.fetch("SELECT revision FROM calendar_taken ORDER BY taken")
    assert [(row["roster_revision"], row["enrolments"][0]["school"]) for row in pupils] == [(1, "north"), (2, "south")]
    assert [row["revision"] for row in calendars] == [1, 2]


async def test_a_time_keeps_the_offset_with_which_it_was_said(log: EventLog) -> None:
    said = datetime(2025, 9, 8, 9, tzinfo=timezone(timedelta(hours=-7)))
    event = mark(1, DAYS[1])
    data = event.data.model_copy(update={"known_at": said})
    await attendance(log, type(event)(event.id, event.source, said, data))
    async with log.transaction() as connection:
        assert await connection.fetchval("SELECT utc_offset FROM mark_statement") == timedelta(hours=-7)
