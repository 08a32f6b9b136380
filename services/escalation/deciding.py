"""Lets the ladder decide about pupils whose rows are locked, keeps what it decided, and says it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from services.escalation import store, store_decided, store_districts
from services.escalation.ladder import (
    Close,
    Decision,
    Mark,
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

Said = tuple[LadderEventData, int | None]
"""An event, and the version of the case that it came with; None where the case does not change by it."""


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
    said: list[Said] = []
    for row in pupils:
        key = PupilKey(row["district"], row["student"])
        close = closes[row["district"], row["school"]]
        known, calendar, policy = facts[key], calendar_of[key], policies[row["district"]]
        before = state_of(row)
        decision = decide(known.pupil, calendar, known.marks, known.acts, before, policy, close)
        after = saved(key, decision, version_after(before, row["version"] or 0, decision), close.day, known.marks)
        states.append(after)
        said += [(event, after.version) for event in ladder_events(decision)]
    await store_decided.save_states(connection, states)
    await store_decided.clear_dirty(connection, [state.key for state in states])
    await publish(log, connection, said)


async def gather_facts(
    connection: Connection, pupils: Sequence[store.Row], calendar_of: dict[tuple[str, str], SchoolCalendar]
) -> dict[tuple[str, str], Facts]:
    keys = [PupilKey(row["district"], row["student"]) for row in pupils]
    spans = [(*key, calendar_of[key].days[0], calendar_of[key].days[-1]) for key in keys]
    marks = await store.marks_that_hold(connection, spans)
    return facts_of(pupils, marks, await store_decided.acts_of(connection, keys))


async def policies_of(connection: Connection, districts: set[str]) -> dict[str, Policy]:
    own = {row["district"]: row for row in await store_districts.policies(connection, districts)}
    return {
        district: policy_of(own[district]["policy"], own[district]["overrides"])
        if district in own
        else policy_of(DEFAULT, {})
        for district in districts
    }


def state_of(row: store.Row) -> PupilState:
    return state_from_json(row["state"]) if row["state"] else initial_state(row["school_year"])


def version_after(before: PupilState, version: int, decision: Decision) -> int:
    """One more if the case changed; a close that only passes leaves the version as people saw it."""
    same = not decision.events and replace(decision.state, through=before.through) == before
    return version if same else version + 1


def saved(key: PupilKey, decision: Decision, version: int, day: date, marks: Sequence[Mark] = ()) -> SavedState:
    """A mark for a later day is a fact already: look again when its day is closed."""
    later = [mark.day for mark in marks if mark.day > day]
    wake_on = min([*later, *([decision.wake_on] if decision.wake_on else [])], default=None)
    counts = summary(decision.state)
    return SavedState(
        key,
        decision.state.school_year,
        state_to_json(decision.state),
        counts["level"],
        counts["occasions"],
        counts["reports"],
        wake_on,
        version,
    )


def ladder_events(decision: Decision) -> list[LadderEventData]:
    return [event for event in decision.events if isinstance(event, LadderEventData)]


async def publish(log: EventLog, connection: Connection, said: Iterable[Said]) -> None:
    """Keep the artefacts; those that are new go into the event log."""
    wrapped = {event.id: (event, version) for data, version in said for event in [wrap(data)]}
    new = await store_decided.save_artefacts(connection, list(wrapped.values()))
    await log.append(connection, [event for event, _ in wrapped.values() if event.id in new])


def wrap(data: LadderEventData) -> Event[LadderEventData]:
    """The event's id follows from what it says, so that the same decision is the same event. A notice is required once."""
    says = data.notice if isinstance(data, NoticeRequired) else data.model_dump_json()
    return Event(derived_id(data.type, says), SOURCE, data.as_of, data)


def calendar_on(calendars: Calendars, district: str, school: str, day: date) -> SchoolCalendar:
    calendar = calendars.on(district, school, day)
    assert calendar is not None  # _require_calendar has looked
    return calendar
