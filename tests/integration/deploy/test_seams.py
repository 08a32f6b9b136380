"""Between the services nothing is lost, invented or changed; where it is, the fact is named."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest

from deploy.seams import SeamResult, check_seams
from shared.contracts.envelope import Event
from shared.db.pool import open_pool
from shared.messaging.event_log import EventLog
from tests.conftest import Database
from tests.integration.escalation.district import (
    DAYS,
    attendance,
    calendar,
    close,
    mark,
    roster,
    student,
    three_days,
)

pytestmark = pytest.mark.db


@pytest.fixture
async def logs(database: Database) -> AsyncIterator[tuple[EventLog, EventLog]]:
    """Of ingest and of escalation, after a few days went from one to the other."""
    async with AsyncExitStack() as stack:
        ingest, escalation = [
            EventLog(await stack.enter_async_context(open_pool(database.url(name), name, max_size=2)), name)
            for name in ("ingest", "escalation")
        ]
        people = [calendar(), student(), student("ben"), student("ben", 2)]
        days = [*three_days(), close(10, DAYS[3]), mark(11, DAYS[4], "ben", minutes=45)]
        await say(ingest, *people, *days, mark(12, DAYS[4]))
        await roster(escalation, *people)
        await attendance(escalation, *days)
        yield ingest, escalation


async def say(ingest: EventLog, *events: Event[Any]) -> None:
    async with ingest.transaction() as connection:
        await ingest.append(connection, events)


async def seams(database: Database) -> dict[str, SeamResult]:
    return {seam.seam: seam for seam in await check_seams(database.url, None, None)}


async def test_what_was_said_was_taken_and_what_was_decided_was_said(
    database: Database, logs: tuple[EventLog, EventLog]
) -> None:
    found = await seams(database)
    assert [seam.first for seam in found.values() if not seam.tight] == []
    assert found["marks and closes"] == SeamResult("marks and closes", equal=5, on_the_way=1)
    assert found["pupils"] == SeamResult("pupils", equal=2, overtaken=1)
    assert found["calendars"].equal == 1
    assert found["decisions said"].equal > 3
    assert all(seam.tight for seam in await check_seams(database.url, "d", "ana"))


DAMAGE = {
    "marks and closes changed": "UPDATE mark_statement SET minutes = 20 WHERE minutes = 45",
    "marks and closes lost": "DELETE FROM mark_statement WHERE sequence = 1",
    "marks and closes invented": "UPDATE mark_statement SET event_id = gen_random_uuid() WHERE sequence = 1",
    "pupils changed": "UPDATE pupil_taken SET birth_date = '2001-01-01' WHERE student = 'ben'",
    "pupils invented": "UPDATE pupil_taken SET roster_revision = 7 WHERE student = 'ben'",
    "calendars changed": "UPDATE calendar_taken SET instructional_days = instructional_days[2:]",
    "decisions said lost": "DELETE FROM event_log WHERE type = 'truancy.report.issued'",
    "decisions said invented": "DELETE FROM artefact WHERE type = 'truancy.report.issued'",
    "decisions said changed": "UPDATE artefact SET body = body || '{\"initial\": false}' WHERE type = 'truancy.report.issued'",
}


@pytest.mark.parametrize("damage", DAMAGE)
async def test_damage_is_named(database: Database, logs: tuple[EventLog, EventLog], damage: str) -> None:
    async with logs[1].transaction() as connection:
        await connection.execute(DAMAGE[damage])
    name, _, problem = damage.rpartition(" ")
    found = (await seams(database))[name]
    assert not found.tight
    assert [line.partition(":")[0] for line in found.first if line.startswith(problem)]


async def test_what_is_older_than_the_log_is_not_called_invented(
    database: Database, logs: tuple[EventLog, EventLog]
) -> None:
    async with logs[0].transaction() as connection:
        await connection.execute(
            "DELETE FROM event_log WHERE topic = 'attendance.v1' AND id < (SELECT max(id) - 1 FROM event_log)"
        )
    async with logs[1].transaction() as connection:
        await connection.execute("DELETE FROM event_log WHERE id < (SELECT max(id) FROM event_log)")
    found = await seams(database)
    assert all(seam.tight for seam in found.values())
    assert found["marks and closes"].older == 4
    assert found["decisions said"].equal == 1
