"""The use cases of escalation: facts come in, the ladder decides, what changed goes out. Each runs in one transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from services.escalation import store, store_decided
from services.escalation.ladder import (
    Act,
    Close,
    Decision,
    Policy,
    PupilState,
    SchoolCalendar,
    act_to_json,
    decide,
    initial_state,
    parse_act,
    record_act,
    same_day_alert,
    state_from_json,
    state_to_json,
    summary,
)
from services.escalation.policies import DEFAULT, policy_of
from services.escalation.pupils import Calendars, Facts, facts_of, mark_of, pupil_of
from services.escalation.rounds import rounds
from services.escalation.store import PupilKey
from services.escalation.store_decided import SavedState
from shared.contracts.attendance import DayClosed, MarkEventData, MarkRecorded
from shared.contracts.envelope import Event, SchoolEventData, derived_id
from shared.contracts.ladder import ActRefused, LadderEventData, NoticeRequired
from shared.contracts.notices import NoticeDelivered
from shared.contracts.roster import CalendarChanged, StudentChanged
from shared.db.pool import Connection
from shared.messaging.errors import Transient
from shared.messaging.event_log import EventLog

SOURCE = "rollcall/escalation"


class UnknownPupil(Exception):
    """The roster does not know this pupil (yet), or the pupil's school has no calendar."""


@dataclass(frozen=True, slots=True)
class ActAnswer:
    """What became of an act: the types of the events that it caused, or why the rules do not allow it."""

    events: tuple[str, ...]
    refused: str | None
    repeated: bool = False


async def take_attendance(log: EventLog, connection: Connection, events: Sequence[Event[SchoolEventData]]) -> None:
    """Marks and closes, in the order of each school. Idempotent: what is known already changes nothing."""
    for marks, closes in rounds(events):
        if marks:
            await _take_marks(log, connection, marks)
        if closes:
            await _close_days(log, connection, closes)


async def _take_marks(log: EventLog, connection: Connection, events: Sequence[Event[MarkEventData]]) -> None:
    new = await store.save_statements(connection, events)
    alerts = [event for event in events if event.id in new and may_alert(event.data)]
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
    notices = []
    for event in events:
        mark = event.data
        pupil = pupils.get((mark.district, mark.student))
        calendar = calendars.on(mark.district, mark.school, mark.day)
        if (
            event.id in held
            and pupil
            and calendar
            and (alert := same_day_alert(pupil, calendar, mark_of(_row_of(event))))
        ):
            notices.append(alert)
    await _publish(log, connection, notices)


def _row_of(event: Event[MarkEventData]) -> dict[str, Any]:
    return {**event.data.model_dump(), "event_id": event.id}


async def _close_days(log: EventLog, connection: Connection, events: Sequence[Event[DayClosed]]) -> None:
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
        (district, school, close.day, _calendar(calendars, district, school, close.day).school_year)
        for (district, school), close in closes.items()
    ]
    pupils = await store.lock_pupils_to_decide(connection, wanted)
    await _decide(log, connection, pupils, calendars, closes)


def _require_calendar(calendars: Calendars, close: DayClosed) -> None:
    """The close waits for the calendar that it was made with: it comes by another topic.

    Raises Transient until the calendar of that revision is known.
    """
    calendar = calendars.on(close.district, close.school, close.day)
    if calendar is None or calendar.revision < close.calendar_revision:
        raise Transient("the school's calendar of this revision has not arrived yet")


def _calendar(calendars: Calendars, district: str, school: str, day: date) -> SchoolCalendar:
    calendar = calendars.on(district, school, day)
    assert calendar is not None  # _require_calendar has looked
    return calendar


async def _decide(
    log: EventLog,
    connection: Connection,
    pupils: Sequence[store.Row],
    calendars: Calendars,
    closes: dict[tuple[str, str], Close],
) -> None:
    """Let the ladder decide about `pupils` (locked rows), each at the close of its school, and keep what it decided."""
    if not pupils:
        return
    policies = await _policies(connection, {row["district"] for row in pupils})
    calendar_of = {
        (row["district"], row["student"]): _calendar(
            calendars, row["district"], row["school"], closes[row["district"], row["school"]].day
        )
        for row in pupils
    }
    facts = await _facts(connection, pupils, calendar_of)
    states: list[SavedState] = []
    events: list[LadderEventData] = []
    for row in pupils:
        key = PupilKey(row["district"], row["student"])
        close = closes[row["district"], row["school"]]
        known, calendar, policy = facts[key], calendar_of[key], policies[row["district"]]
        decision = decide(known.pupil, calendar, known.marks, known.acts, _state(row), policy, close)
        states.append(_saved(key, row["school_year"], decision, known, close.day))
        events += _ladder_events(decision)
    await store_decided.save_decisions(connection, states)
    await _publish(log, connection, events)


async def _facts(
    connection: Connection, pupils: Sequence[store.Row], calendar_of: dict[tuple[str, str], SchoolCalendar]
) -> dict[tuple[str, str], Facts]:
    keys = [PupilKey(row["district"], row["student"]) for row in pupils]
    spans = [(*key, calendar_of[key].days[0], calendar_of[key].days[-1]) for key in keys]
    marks = await store.marks_that_hold(connection, spans)
    return facts_of(pupils, marks, await store_decided.acts_of(connection, keys))


async def _policies(connection: Connection, districts: set[str]) -> dict[str, Policy]:
    own = {row["district"]: row for row in await store.district_policies(connection, districts)}
    return {
        district: policy_of(own[district]["policy"], own[district]["overrides"])
        if district in own
        else policy_of(DEFAULT, {})
        for district in districts
    }


def _state(row: store.Row) -> PupilState:
    return state_from_json(row["state"]) if row["state"] else initial_state(row["school_year"])


def _saved(key: PupilKey, school_year: str, decision: Decision, facts: Facts, day: date) -> SavedState:
    """A mark for a later day is a fact already: look again when its day is closed."""
    later = [mark.day for mark in facts.marks if mark.day > day]
    wake_on = min([*later, *([decision.wake_on] if decision.wake_on else [])], default=None)
    counts = summary(decision.state)
    return SavedState(
        key,
        school_year,
        state_to_json(decision.state),
        counts["level"],
        counts["occasions"],
        counts["reports"],
        wake_on,
    )


def _ladder_events(decision: Decision) -> list[LadderEventData]:
    return [event for event in decision.events if isinstance(event, LadderEventData)]


async def _publish(log: EventLog, connection: Connection, events: Iterable[LadderEventData]) -> None:
    """Keep the artefacts; those that are new go into the event log."""
    wrapped = {event.id: event for event in map(wrap, events)}
    new = await store_decided.save_artefacts(connection, list(wrapped.values()))
    await log.append(connection, [event for event in wrapped.values() if event.id in new])


def wrap(data: LadderEventData) -> Event[LadderEventData]:
    """The event's id follows from what it says, so that the same decision is the same event. A notice is required once."""
    says = data.notice if isinstance(data, NoticeRequired) else data.model_dump_json()
    return Event(derived_id(data.type, says), SOURCE, data.as_of, data)


async def take_roster(
    log: EventLog, connection: Connection, events: Sequence[Event[StudentChanged] | Event[CalendarChanged]]
) -> None:
    """Snapshots of pupils and calendars. A pupil whose marks came before the roster is decided now, as of the school's
    last close, so that the order of arrival does not matter."""
    await store.save_calendars(connection, [e.data for e in events if isinstance(e.data, CalendarChanged)])
    students = [event.data for event in events if isinstance(event.data, StudentChanged)]
    keys = [PupilKey(student.district, student.student) for student in students]
    waited = await store.pupils_waiting_for_roster(connection, keys)
    changed = await store.save_students(connection, students)
    await _decide_at_last_close(log, connection, [key for key in changed if key in waited])


async def _decide_at_last_close(log: EventLog, connection: Connection, keys: Sequence[PupilKey]) -> None:
    rows = await store.pupils(connection, keys)
    schools = {(row["district"], row["school"]) for row in rows if row["school"]}
    closes = {
        school: Close(school[1], row["day"], row["closed_at"])
        for school, row in (await store.last_closes(connection, schools)).items()
    }
    calendars = Calendars(await store.calendars_of(connection, set(closes)))
    years = [
        (row["district"], row["student"], _calendar(calendars, *school, closes[school].day).school_year)
        for row in rows
        for school in [(row["district"], row["school"])]
        if school in closes
    ]
    await _decide(log, connection, await store.lock_pupils(connection, years), calendars, closes)


async def take_act(log: EventLog, key: PupilKey, act: Act) -> ActAnswer:
    """A person did something about a pupil. The same act id again gives the first answer again.

    Raises UnknownPupil.
    """
    async with log.transaction() as connection:
        return await record(log, connection, key, act)


async def record(log: EventLog, connection: Connection, key: PupilKey, act: Act) -> ActAnswer:
    """`take_act` inside a transaction that is open already."""
    row, calendar = await _pupil_on(connection, key, act.at)
    if earlier := await store_decided.find_act(connection, act.id):
        return ActAnswer((), earlier["refused"], repeated=True)
    facts = (await _facts(connection, [row], {key: calendar}))[key]
    policy = (await _policies(connection, {key.district}))[key.district]
    so_far = tuple(earlier for earlier in facts.acts if earlier.at <= act.at)
    decision = record_act(facts.pupil, calendar, so_far, _state(row), policy, act)
    events = _ladder_events(decision)
    refused = next((event.reason for event in events if isinstance(event, ActRefused)), None)
    await store_decided.save_act(connection, act.id, key, act.at, act_to_json(act), refused)
    if refused is None:
        await store_decided.save_state(connection, _saved(key, row["school_year"], decision, facts, act.at.date()))
    await _publish(log, connection, events)
    return ActAnswer(tuple(event.type for event in events), refused)


async def _pupil_on(connection: Connection, key: PupilKey, at: datetime) -> tuple[store.Row, SchoolCalendar]:
    known = await store.pupils(connection, [key])
    if not known or known[0]["school"] is None:
        raise UnknownPupil(f"the roster of {key.district} does not know pupil {key.student}")
    school = (key.district, known[0]["school"])
    calendar = Calendars(await store.calendars_of(connection, {school})).on(*school, at.date())
    if calendar is None:
        raise UnknownPupil(f"school {school[1]} has no calendar for {at.date()}")
    return (await store.lock_pupils(connection, [(*key, calendar.school_year)]))[0], calendar


async def take_deliveries(log: EventLog, connection: Connection, events: Sequence[Event[NoticeDelivered]]) -> None:
    """An invitation that reached a guardian is an attempt to hold a conference (EC 48262): it comes back as a contact.

    A notice alone is not: it tells the family, it does not ask for a conversation (decision record 0021).
    """
    for event in events:
        if event.data.kind == "meeting_invitation":
            await record(log, connection, PupilKey(event.data.district, event.data.student), _contact(event))


def _contact(event: Event[NoticeDelivered]) -> Act:
    data = event.data
    return parse_act(
        {
            "id": str(derived_id("contact", data.delivery)),
            "at": data.at.isoformat(),
            "by": "notifications",
            "kind": "contact",
            "channel": data.channel,
            "outcome": "delivered",
        }
    )
