"""Lets the ladder decide about pupils whose rows are locked, keeps what it decided, and says it."""

from collections.abc import Iterable, Sequence
from datetime import date

from services.escalation import store, store_decided
from services.escalation.ladder import (
    Close,
    Decision,
    Policy,
    PupilState,
    SchoolCalendar,
    decide,
    initial_state,
    state_from_json,
    state_to_json,
    summary,
)
from services.escalation.policies import DEFAULT, policy_of
from services.escalation.pupils import Calendars, Facts, facts_of
from services.escalation.store import PupilKey
from services.escalation.store_decided import SavedState
from shared.contracts.envelope import Event, derived_id
from shared.contracts.ladder import LadderEventData, NoticeRequired
from shared.db.pool import Connection
from shared.messaging.event_log import EventLog

SOURCE = "rollcall/escalation"


async def decide_pupils(
    log: EventLog,
    connection: Connection,
    pupils: Sequence[store.Row],
    calendars: Calendars,
    closes: dict[tuple[str, str], Close],
) -> None:
    """Let the ladder decide about `pupils` (locked rows), each at the close of its school, and keep what it decided."""
    if not pupils:
        return
    policies = await policies_of(connection, {row["district"] for row in pupils})
    calendar_of = {
        (row["district"], row["student"]): calendar_on(
            calendars, row["district"], row["school"], closes[row["district"], row["school"]].day
        )
        for row in pupils
    }
    facts = await gather_facts(connection, pupils, calendar_of)
    states: list[SavedState] = []
    events: list[LadderEventData] = []
    for row in pupils:
        key = PupilKey(row["district"], row["student"])
        close = closes[row["district"], row["school"]]
        known, calendar, policy = facts[key], calendar_of[key], policies[row["district"]]
        decision = decide(known.pupil, calendar, known.marks, known.acts, state_of(row), policy, close)
        states.append(saved(key, row["school_year"], decision, known, close.day))
        events += ladder_events(decision)
    await store_decided.save_decisions(connection, states)
    await publish(log, connection, events)


async def gather_facts(
    connection: Connection, pupils: Sequence[store.Row], calendar_of: dict[tuple[str, str], SchoolCalendar]
) -> dict[tuple[str, str], Facts]:
    keys = [PupilKey(row["district"], row["student"]) for row in pupils]
    spans = [(*key, calendar_of[key].days[0], calendar_of[key].days[-1]) for key in keys]
    marks = await store.marks_that_hold(connection, spans)
    return facts_of(pupils, marks, await store_decided.acts_of(connection, keys))


async def policies_of(connection: Connection, districts: set[str]) -> dict[str, Policy]:
    own = {row["district"]: row for row in await store.district_policies(connection, districts)}
    return {
        district: policy_of(own[district]["policy"], own[district]["overrides"])
        if district in own
        else policy_of(DEFAULT, {})
        for district in districts
    }


def state_of(row: store.Row) -> PupilState:
    return state_from_json(row["state"]) if row["state"] else initial_state(row["school_year"])


def saved(key: PupilKey, school_year: str, decision: Decision, facts: Facts, day: date) -> SavedState:
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


def ladder_events(decision: Decision) -> list[LadderEventData]:
    return [event for event in decision.events if isinstance(event, LadderEventData)]


async def publish(log: EventLog, connection: Connection, events: Iterable[LadderEventData]) -> None:
    """Keep the artefacts; those that are new go into the event log."""
    wrapped = {event.id: event for event in map(wrap, events)}
    new = await store_decided.save_artefacts(connection, list(wrapped.values()))
    await log.append(connection, [event for event in wrapped.values() if event.id in new])


def wrap(data: LadderEventData) -> Event[LadderEventData]:
    """The event's id follows from what it says, so that the same decision is the same event. A notice is required once."""
    says = data.notice if isinstance(data, NoticeRequired) else data.model_dump_json()
    return Event(derived_id(data.type, says), SOURCE, data.as_of, data)


def calendar_on(calendars: Calendars, district: str, school: str, day: date) -> SchoolCalendar:
    calendar = calendars.on(district, school, day)
    assert calendar is not None  # _require_calendar has looked
    return calendar
