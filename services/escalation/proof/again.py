"""Rows of the journal become the facts again that once came in, and go through the same use cases."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

from services.escalation import act, escalate, store_districts, store_release
from services.escalation.ladder import parse_act
from services.escalation.store import PupilKey, Row
from services.escalation.store_districts import SavedChoice
from shared.contracts.attendance import DayClosed, MarkEventData, MarkRecorded, MarkRetracted
from shared.contracts.envelope import Event, derived_id
from shared.contracts.roster import CalendarChanged, StudentChanged
from shared.db.pool import Connection
from shared.messaging.event_log import EventLog

INGEST = "rollcall/ingest"
SAID = ("status", "excuse", "minutes", "reason", "suspension", "code")
ABOUT = ("district", "school", "student", "day", "period", "rev", "sequence", "recorded_by", "source")
CALENDAR = ("district", "school", "school_year", "revision", "timezone", "instructional_days", "periods", "lea_type")


async def take_marks(log: EventLog, connection: Connection, rows: Sequence[Row]) -> None:
    await escalate.take_attendance(log, connection, [_mark(row) for row in rows])


def _mark(row: Row) -> Event[MarkEventData]:
    about = {name: row[name] for name in ABOUT} | {"known_at": _as_said(row["known_at"], row["utc_offset"])}
    if row["retracted"]:
        return _event(row["event_id"], MarkRetracted(**about))
    return _event(row["event_id"], MarkRecorded(**about, **{name: row[name] for name in SAID}))


def _event(identity: UUID, data: MarkEventData) -> Event[MarkEventData]:
    return Event(identity, INGEST, data.known_at, data)


def _as_said(at: datetime, offset: timedelta | None) -> datetime:
    return at.astimezone(timezone(offset or timedelta()))


async def take_closes(log: EventLog, connection: Connection, rows: Sequence[Row]) -> None:
    await escalate.take_attendance(log, connection, [_close(row) for row in rows])


def _close(row: Row) -> Event[DayClosed]:
    """The calendar that it waited for has been taken before it: the revision need not be known."""
    closed_at = _as_said(row["closed_at"], row["utc_offset"])
    about = {name: row[name] for name in ("district", "school", "day", "sequence")}
    return Event(row["event_id"], INGEST, closed_at, DayClosed(**about, closed_at=closed_at, calendar_revision=0))


async def take_pupils(log: EventLog, connection: Connection, rows: Sequence[Row]) -> None:
    await escalate.take_roster(log, connection, [_snapshot(_student(row)) for row in rows])


def _student(row: Row) -> StudentChanged:
    """Without the names and guardians, which this service never kept."""
    return StudentChanged(
        district=row["district"],
        student=row["student"],
        revision=row["roster_revision"],
        given_name="",
        family_name="",
        birth_date=row["birth_date"],
        enrolments=row["enrolments"],
        subgroups=row["subgroups"],
    )


async def take_calendars(log: EventLog, connection: Connection, rows: Sequence[Row]) -> None:
    calendars = [CalendarChanged(name="", **{name: row[name] for name in CALENDAR}) for row in rows]
    await escalate.take_roster(log, connection, [_snapshot(calendar) for calendar in calendars])


def _snapshot(data: Any) -> Event[Any]:
    """When a snapshot was made was never kept, and nothing depends on it."""
    return Event(derived_id("snapshot", data.key, data.revision), INGEST, datetime.fromtimestamp(0, UTC), data)


async def take_acts(log: EventLog, connection: Connection, rows: Sequence[Row]) -> None:
    requests = [act.ActRequest(PupilKey(row["district"], row["student"]), parse_act(row["body"])) for row in rows]
    await act.record(log, connection, requests)


async def take_policies(log: EventLog, connection: Connection, rows: Sequence[Row]) -> None:
    for row in rows:
        values = (row[name] for name in SavedChoice._fields)
        await store_districts.save_policy_choice(connection, SavedChoice(*values))


async def take_switches(log: EventLog, connection: Connection, rows: Sequence[Row]) -> None:
    for row in rows:
        values = (row[name] for name in ("district", "step", "stopped", "by", "reason", "at"))
        await store_release.save_switch(connection, *values)


Take = Callable[[EventLog, Connection, Sequence[Row]], Awaitable[None]]
TAKE: Mapping[str, Take] = {
    "mark_statement": take_marks,
    "day_close": take_closes,
    "pupil_taken": take_pupils,
    "calendar_taken": take_calendars,
    "act": take_acts,
    "policy_choice": take_policies,
    "step_switch": take_switches,
}
