"""A small district: facts as they arrive, and what came of them."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from services.escalation import escalate, store_read
from services.escalation.ladder import state_from_json, summary
from shared.contracts.attendance import DayClosed, MarkRecorded
from shared.contracts.envelope import Event, EventData
from shared.contracts.roster import CalendarChanged, Enrolment, StudentChanged
from shared.messaging.event_log import EventLog

FIRST = date(2025, 8, 18)
DAYS = tuple(day for n in range(120) if (day := FIRST + timedelta(n)).weekday() < 5)


def at(day: date, hour: int = 16) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def wrapped(data: EventData, number: int, when: datetime) -> Event[Any]:
    return Event(UUID(int=number), "test", when, data)


def mark(number: int, day: date, student: str = "ana", known: date | None = None, **changes: Any) -> Event[Any]:
    said = {"status": "absent", "excuse": "unexcused", "school": "north", "rev": 0, "source": "api", **changes}
    data = MarkRecorded(district="d", student=student, day=day, sequence=number, known_at=at(known or DAYS[-1]), **said)
    return wrapped(data, number, data.known_at)


def close(number: int, day: date, school: str = "north", revision: int = 1) -> Event[Any]:
    closed_at = at(day, 23)
    data = DayClosed(
        district="d", school=school, day=day, sequence=number, closed_at=closed_at, calendar_revision=revision
    )
    return wrapped(data, number, closed_at)


def calendar(revision: int = 1, school: str = "north") -> Event[Any]:
    data = CalendarChanged(
        district="d", school=school, name="North", revision=revision, school_year="2025-2026", instructional_days=DAYS
    )
    return wrapped(data, 900 + revision, at(FIRST))


def student(name: str = "ana", revision: int = 1, school: str = "north") -> Event[Any]:
    data = StudentChanged(
        district="d",
        student=name,
        revision=revision,
        given_name="Test",
        family_name="Pupil",
        birth_date=date(2010, 3, 2),
        enrolments=(Enrolment(school=school, entered=FIRST),),
    )
    return wrapped(data, 950 + revision, at(FIRST))


async def attendance(log: EventLog, *events: Event[Any]) -> None:
    async with log.transaction() as connection:
        await escalate.take_attendance(log, connection, events)


async def roster(log: EventLog, *events: Event[Any]) -> None:
    async with log.transaction() as connection:
        await escalate.take_roster(log, connection, events)


async def tables(log: EventLog) -> dict[str, Any]:
    """Everything that was decided and said, without what only numbers the writing."""
    async with log.transaction() as connection:
        states = await connection.fetch("SELECT * FROM ladder_state ORDER BY district, student")
        artefacts = await connection.fetch("SELECT event_id, type, as_of, body FROM artefact ORDER BY event_id")
        said = await connection.fetch("SELECT event_id FROM event_log ORDER BY event_id")
    return {"states": [dict(row) for row in states], "artefacts": [dict(row) for row in artefacts], "said": said}


async def state(log: EventLog, name: str = "ana") -> dict[str, Any]:
    async with log.transaction() as connection:
        row = await store_read.state(connection, "d", name)
    assert row is not None
    return summary(state_from_json(row["state"]))


def three_days() -> list[Event[Any]]:
    return [mark(n, DAYS[n]) for n in (1, 2, 3)]


async def types(log: EventLog) -> list[str]:
    async with log.transaction() as connection:
        return [row["type"] for row in await connection.fetch("SELECT type FROM event_log ORDER BY id")]
