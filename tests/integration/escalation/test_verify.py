"""What is kept follows from what was taken; where it does not, the row is named."""

from datetime import date, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest

from services.escalation import store_districts, store_release
from services.escalation.act import ActRequest, take_act
from services.escalation.ladder import parse_act
from services.escalation.proof.journal import Scope
from services.escalation.proof.rebuild import scratch
from services.escalation.proof.verify import Verification, verify
from services.escalation.store import PupilKey
from services.escalation.store_districts import SavedChoice
from shared.contracts.attendance import MarkRetracted
from shared.contracts.envelope import Event
from shared.db.pool import Pool
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
    student,
    wrapped,
)

pytestmark = pytest.mark.db
EVERYTHING = Scope()
PACIFIC = timezone(timedelta(hours=-7))


def on_the_day(number: int, day: date, student: str) -> Event[Any]:
    """A mark that asks for a same-day alert, said with the school's offset."""
    event = mark(number, day, student)
    known = datetime(day.year, day.month, day.day, 9, tzinfo=PACIFIC)
    return wrapped(event.data.model_copy(update={"known_at": known}), number, known)


def retraction(number: int, day: date, student: str, rev: int) -> Event[Any]:
    data = MarkRetracted(
        district="d", school="north", student=student, day=day, rev=rev, sequence=number, known_at=at(day), source="api"
    )
    return wrapped(data, number, data.known_at)


async def act(log: EventLog, number: int, student: str, day: date, **fields: Any) -> None:
    said = {"id": str(UUID(int=number)), "at": at(day, 20).isoformat(), "by": "a. clerk", **fields}
    await take_act(log, ActRequest(PupilKey("d", student), parse_act(said)))


@pytest.fixture
async def term(log: EventLog) -> EventLog:
    """Some weeks of a district: corrections, late rosters, people, another policy, a stopped step."""
    await roster(log, calendar(), student("ana"), student("ben"))
    await attendance(
        log, *(on_the_day(n, DAYS[n], "ana") for n in (1, 2, 3)), *(mark(10 + n, DAYS[n], "cleo") for n in (1, 2, 3))
    )
    await attendance(log, on_the_day(20, DAYS[3], "ana"), close(21, DAYS[3]))
    await act(log, 30, "ana", DAYS[4], kind="contact", channel="phone", outcome="reached")
    await act(log, 31, "ana", DAYS[4], kind="act", do="refer_to_sarb", reason="too early")
    await roster(log, student("cleo"))
    async with log.transaction() as connection:
        own = {"letters": {"min_school_days_between": 3}}
        await store_districts.save_policy_choice(
            connection, SavedChoice("d", "us-ca", own, DAYS[6], "chair", "shorter", at(DAYS[5]))
        )
        await store_release.save_switch(connection, "d", "level_2", True, "chair", "a look first", at(DAYS[5]))
    await attendance(log, *(mark(40 + n, DAYS[n], "ben", period=n % 3) for n in range(4, 10)), close(51, DAYS[9]))
    await attendance(log, retraction(60, DAYS[2], "ana", 1), mark(61, DAYS[10], "cleo", excuse="unverified"))
    await roster(log, calendar(2), student("ben", 2, "south"), calendar(1, "south"))
    await attendance(log, close(70, DAYS[12]), close(71, DAYS[12], "south"))
    return log


async def verified(pool: Pool, database: Database, scope: Scope = EVERYTHING) -> Verification:
    return await verify(pool, database.url("escalation"), scope, lambda done, total: None)


@pytest.mark.parametrize("scope", [Scope(), Scope("d"), Scope("d", "ana"), Scope("d", "ben"), Scope("d", "cleo")])
async def test_a_term_is_built_again_to_the_last_row(
    term: EventLog, pool: Pool, database: Database, scope: Scope
) -> None:
    found = await verified(pool, database, scope)
    assert [table.shown for table in found.tables if table.wrong] == []
    assert found.proven
    counts = {table.table: table.equal for table in found.tables}
    assert min(counts[name] for name in ("ladder_state", "artefact", "mark_statement"))
    if not scope.student:
        assert {"pupil", "act", "day_close", "calendar", "policy_choice", "step_switch"} <= counts.keys()
        assert all(table.kept for table in found.tables if table.table != "step_stop")


async def test_the_scratch_connection_lasts(database: Database) -> None:
    """Else its tables would go with it in the middle of a long rebuild."""
    async with scratch(database.url("escalation")) as log:
        async with log.transaction() as connection:
            for _ in range(50_100):
                await connection.fetchval("SELECT 1")
        async with log.transaction() as connection:
            assert await connection.fetchval("SELECT count(*) FROM pupil") == 0


DAMAGE = {
    "mark_statement": "UPDATE mark_statement SET excuse = 'excused' WHERE event_id = '00000000-0000-0000-0000-000000000001'",
    "ladder_state": "UPDATE ladder_state SET state = state || '{\"level\": \"level_3\"}' WHERE student = 'ana'",
    "artefact": "DELETE FROM artefact WHERE type = 'truancy.report.issued' AND student = 'ana'",
    "act": "UPDATE act SET refused = NULL WHERE refused IS NOT NULL",
    "pupil": "UPDATE pupil SET birth_date = '2001-01-01' WHERE student = 'ben'",
    "calendar": "UPDATE calendar SET timezone = 'America/New_York' WHERE school = 'north'",
    "policy_choice": "UPDATE policy_choice SET overrides = '{}'",
}


@pytest.mark.parametrize("table", DAMAGE)
async def test_damage_is_found_and_named(term: EventLog, pool: Pool, database: Database, table: str) -> None:
    async with pool.acquire() as connection:
        await connection.execute(DAMAGE[table])
    found = await verified(pool, database)
    assert not found.proven
    wrong = {result.table: result.shown for result in found.tables if result.wrong}
    assert wrong["ladder_state" if table in ("mark_statement", "policy_choice") else table]
