"""Lets the ladder decide about pupils whose rows are locked, keeps what it decided, and says it."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from services.escalation import store, store_decided, store_districts, store_release
from services.escalation.ladder import (
    BlastRadius,
    Close,
    Decision,
    HeldSteps,
    Policy,
    PupilState,
    SchoolCalendar,
    decide,
    initial_state,
    state_from_json,
    state_to_json,
    steps_taken,
    summary,
    too_many,
)
from services.escalation.policies import Choice, in_force
from services.escalation.pupils import Calendars, Facts, facts_of
from services.escalation.saying import ladder_events, publish
from services.escalation.store import PupilKey
from services.escalation.store_decided import SavedState
from services.escalation.store_release import CloseKey, Stop
from shared.contracts.terms import Level
from shared.db.pool import Connection
from shared.messaging.event_log import EventLog

OnStop = Callable[[Stop], None]
"""Called for each step that is stopped because too many pupils would take it."""


def say_nothing(_: Stop) -> None:
    pass


@dataclass(slots=True)
class _Pupil:
    """What is judged about one pupil, and what came of it."""

    key: PupilKey
    facts: Facts
    calendar: SchoolCalendar
    choices: Sequence[Choice]
    close: Close
    before: PupilState
    version: int
    policy: Policy = field(init=False)
    decision: Decision = field(init=False)

    def __post_init__(self) -> None:
        self.policy = in_force(self.choices, self.before, self.close.day, self.calendar.lea_type)

    @property
    def close_key(self) -> CloseKey:
        return self.key.district, self.close.school, self.close.day

    def judge(self, held: HeldSteps) -> None:
        known = self.facts
        self.decision = decide(
            known.pupil, self.calendar, known.marks, known.acts, self.before, self.policy, self.close, held
        )

    def saved(self) -> SavedState:
        version = version_after(self.before, self.version, self.decision)
        return saved(self.key, self.decision, version, self._look_again())

    def _look_again(self) -> list[date]:
        """A mark for a later day is a fact already, and another policy may judge from a later day on."""
        marks = [mark.day for mark in self.facts.marks if mark.day > self.close.day]
        return marks + [choice.effective_from for choice in self.choices if choice.effective_from > self.close.day]


async def decide_pupils(
    log: EventLog,
    connection: Connection,
    rows: Sequence[store.Row],
    calendars: Calendars,
    closes: dict[tuple[str, str], Close],
    on_stop: OnStop = say_nothing,
) -> None:
    """Let the ladder decide about the pupils of `rows` (locked), each at the close of its school, and keep what it decided."""
    if not rows:
        return
    pupils = await _pupils(connection, rows, calendars, closes)
    await _judge(connection, pupils, on_stop)
    states = [pupil.saved() for pupil in pupils]
    await store_decided.save_states(connection, states)
    await store_decided.clear_dirty(connection, [state.key for state in states])
    decided = zip(pupils, states, strict=True)
    said = [(event, state.version) for pupil, state in decided for event in ladder_events(pupil.decision)]
    await publish(log, connection, said)


async def _pupils(
    connection: Connection, rows: Sequence[store.Row], calendars: Calendars, closes: dict[tuple[str, str], Close]
) -> list[_Pupil]:
    choices = await choices_of(connection, {row["district"] for row in rows})
    close_of = {(row["district"], row["student"]): closes[row["district"], row["school"]] for row in rows}
    calendar_of = {key: calendar_on(calendars, key[0], close.school, close.day) for key, close in close_of.items()}
    facts = await gather_facts(connection, rows, calendar_of)
    return [
        _Pupil(
            key,
            facts[key],
            calendar_of[key],
            choices[key.district],
            close_of[key],
            state_of(row),
            row["version"] or 0,
        )
        for row in rows
        for key in [PupilKey(row["district"], row["student"])]
    ]


async def _judge(connection: Connection, pupils: Sequence[_Pupil], on_stop: OnStop) -> None:
    """Judge all; where more than the policy lets through would take a step, judge those again with that step stopped."""
    switched_off = await store_release.stopped_steps(connection, {pupil.key.district for pupil in pupils})
    known = await store_release.stops_at(connection, {pupil.close_key for pupil in pupils})
    held = {
        close: held_steps(switched_off.get(close[0], set()), known.get(close, set()))
        for close in {pupil.close_key for pupil in pupils}
    }
    for pupil in pupils:
        pupil.judge(held[pupil.close_key])
    for stop in await _new_stops(connection, pupils):
        on_stop(stop)
        close = stop[:3]
        held[close] = {stop.step: "blast_radius", **held[close]}
        for pupil in pupils:
            if pupil.close_key == close and stop.step in steps_taken(pupil.decision.events):
                pupil.judge(held[close])


def held_steps(switched_off: set[Level], stopped: set[Level]) -> HeldSteps:
    """A kill switch is the stronger word: only who set it lets it go."""
    by_number: dict[Level, Any] = dict.fromkeys(stopped, "blast_radius")
    return {**by_number, **dict.fromkeys(switched_off, "kill_switch")}


async def _new_stops(connection: Connection, pupils: Sequence[_Pupil]) -> list[Stop]:
    rules = {pupil.close_key: pupil.policy.release.blast_radius for pupil in pupils}
    limited = [pupil for pupil in pupils if rules[pupil.close_key] != BlastRadius()]
    taken = Counter((pupil.close_key, step) for pupil in limited for step in steps_taken(pupil.decision.events))
    if not taken:
        return []
    enrolled = await store_release.enrolled(connection, {close for close, _ in taken})
    stops = [
        Stop(*close, step, count, enrolled.get(close, 0))
        for (close, step), count in sorted(taken.items())
        if too_many(rules[close], count, enrolled.get(close, 0))
    ]
    await store_release.save_stops(connection, stops)
    return stops


async def gather_facts(
    connection: Connection, pupils: Sequence[store.Row], calendar_of: dict[tuple[str, str], SchoolCalendar]
) -> dict[tuple[str, str], Facts]:
    keys = [PupilKey(row["district"], row["student"]) for row in pupils]
    spans = [(*key, calendar_of[key].days[0], calendar_of[key].days[-1]) for key in keys]
    marks = await store.marks_that_hold(connection, spans)
    return facts_of(pupils, marks, await store_decided.acts_of(connection, keys))


async def choices_of(connection: Connection, districts: set[str]) -> dict[str, list[Choice]]:
    """What each district chose to be judged by, in the order in which it did."""
    choices: dict[str, list[Choice]] = {district: [] for district in districts}
    for row in await store_districts.policy_choices(connection, districts):
        choices[row["district"]].append(Choice(row["policy"], row["overrides"], row["effective_from"] or date.min))
    return choices


def state_of(row: store.Row) -> PupilState:
    return state_from_json(row["state"]) if row["state"] else initial_state(row["school_year"])


def version_after(before: PupilState, version: int, decision: Decision) -> int:
    """One more if the case changed; a close that only passes leaves the version as people saw it."""
    same = not decision.events and replace(decision.state, through=before.through) == before
    return version if same else version + 1


def saved(key: PupilKey, decision: Decision, version: int, look_again: Iterable[date] = ()) -> SavedState:
    """`look_again`: days on whose close something may change, beside the one that the decision names."""
    wake_on = min([*look_again, *([decision.wake_on] if decision.wake_on else [])], default=None)
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


def calendar_on(calendars: Calendars, district: str, school: str, day: date) -> SchoolCalendar:
    calendar = calendars.on(district, school, day)
    assert calendar is not None  # _require_calendar has looked
    return calendar
