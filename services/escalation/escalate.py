"""The use case of the stream: facts come in, the ladder decides at the close of a day, what changed goes out."""

from collections.abc import Sequence
from typing import Any

from services.escalation import store
from services.escalation.deciding import OnStop, decide_pupils, say_nothing
from services.escalation.ladder import Close, initial_state, same_day_alert
from services.escalation.loading import calendar_on, choices_of
from services.escalation.policies import in_force
from services.escalation.pupils import Calendars, mark_of, pupil_of, school_on
from services.escalation.rounds import rounds
from services.escalation.saying import Said, publish
from services.escalation.store import PupilKey
from services.escalation.store_districts import lock_districts
from shared.contracts.attendance import DayClosed, MarkEventData, MarkRecorded
from shared.contracts.envelope import Event, SchoolEventData
from shared.contracts.roster import CalendarChanged, StudentChanged
from shared.db.pool import Connection
from shared.messaging.errors import Transient
from shared.messaging.event_log import EventLog


async def take_attendance(
    log: EventLog,
    connection: Connection,
    events: Sequence[Event[SchoolEventData]],
    on_stop: OnStop = say_nothing,
) -> None:
    """Marks and closes, in the order of each school. Idempotent: what is known already changes nothing."""
    await lock_districts(connection, (event.data.district for event in events))
    for marks, closes in rounds(events):
        if marks:
            await _take_marks(log, connection, marks)
        if closes:
            await _close_days(log, connection, closes, on_stop)


async def _take_marks(log: EventLog, connection: Connection, events: Sequence[Event[MarkEventData]]) -> None:
    new = await store.save_statements(connection, events)
    alerts = sorted(
        (event for event in events if event.id in new and may_alert(event.data)), key=lambda event: event.data.sequence
    )
    if alerts:
        await _alert_families(log, connection, alerts)


def may_alert(mark: MarkEventData) -> bool:
    """A cheap first look; the ladder's `same_day_alert` decides."""
    return isinstance(mark, MarkRecorded) and mark.status == "absent" and mark.known_at.date() == mark.day


async def _alert_families(log: EventLog, connection: Connection, events: Sequence[Event[MarkEventData]]) -> None:
    held = await store.held_on_arrival(connection, [event.id for event in events])
    keys = sorted({PupilKey(event.data.district, event.data.student) for event in events})
    pupils = {(row["district"], row["student"]): pupil_of(row) for row in await store.pupils(connection, keys)}
    schools = {(event.data.district, event.data.school) for event in events}
    calendars = Calendars(await store.calendars_of(connection, schools))
    choices = await choices_of(connection, {event.data.district for event in events})
    notices: list[Said] = []
    for event in events:
        mark = event.data
        pupil = pupils.get((mark.district, mark.student))
        calendar = calendars.on(mark.district, mark.school, mark.day)
        if event.id in held and pupil and calendar:
            policy = in_force(choices[mark.district], initial_state(calendar.school_year), mark.day, calendar.lea_type)
            if alert := same_day_alert(pupil, calendar, mark_of(_row_of(event)), policy):
                notices.append((alert, None))
    await publish(log, connection, notices)


def _row_of(event: Event[MarkEventData]) -> dict[str, Any]:
    return {**event.data.model_dump(), "event_id": event.id}


async def _close_days(
    log: EventLog, connection: Connection, events: Sequence[Event[DayClosed]], on_stop: OnStop
) -> None:
    calendars = Calendars(
        await store.calendars_of(connection, {(event.data.district, event.data.school) for event in events})
    )
    for event in events:
        _require_calendar(calendars, event.data)
    new = await store.save_closes(connection, events)
    closes = {
        (data.district, data.school): Close(data.school, data.day, data.closed_at)
        for event in events
        if event.id in new
        for data in [event.data]
    }
    wanted = [
        (district, school, close.day, calendar_on(calendars, district, school, close.day).school_year)
        for (district, school), close in closes.items()
    ]
    pupils = await store.lock_pupils_to_decide(connection, wanted)
    await decide_pupils(log, connection, pupils, calendars, closes, on_stop)


def _require_calendar(calendars: Calendars, close: DayClosed) -> None:
    """The close waits for the calendar that it was made with: it comes by another topic.

    Raises Transient until the calendar of that revision is known.
    """
    calendar = calendars.on(close.district, close.school, close.day)
    if calendar is None or calendar.revision < close.calendar_revision:
        raise Transient("the school's calendar of this revision has not arrived yet")


async def take_roster(
    log: EventLog, connection: Connection, events: Sequence[Event[StudentChanged] | Event[CalendarChanged]]
) -> None:
    """Snapshots of pupils and calendars. A pupil whose marks came before the roster is decided now, as of the school's
    last close, so that the order of arrival does not matter."""
    await lock_districts(connection, (event.data.district for event in events))
    await store.save_calendars(connection, [e.data for e in events if isinstance(e.data, CalendarChanged)])
    students = [event.data for event in events if isinstance(event.data, StudentChanged)]
    keys = [PupilKey(student.district, student.student) for student in students]
    waited = await store.pupils_waiting_for_roster(connection, keys)
    changed = await store.save_students(connection, students)
    await _decide_at_last_close(log, connection, [key for key in changed if key in waited])


async def _decide_at_last_close(log: EventLog, connection: Connection, keys: Sequence[PupilKey]) -> None:
    rows = await store.pupils(connection, keys)
    schools = {(row["district"], school) for row in rows for school in row["schools"]}
    closes = {
        school: Close(school[1], row["day"], row["closed_at"])
        for school, row in (await store.last_closes(connection, schools)).items()
    }
    calendars = Calendars(await store.calendars_of(connection, set(closes)))
    days = [(*school, close.day) for school, close in sorted(closes.items())]
    wanted = [
        (row["district"], row["student"], school, calendar_on(calendars, district, school, day).school_year)
        for row in rows
        for district, school, day in days
        if district == row["district"] and school == school_on(row, day)
    ]
    await decide_pupils(log, connection, await store.lock_pupils(connection, wanted), calendars, closes)
