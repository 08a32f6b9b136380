"""Lets the ladder decide about pupils whose rows are locked, keeps what it decided, and says it."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.escalation import store, store_decided, store_release
from services.escalation.judging import Judgement, Year
from services.escalation.ladder import (
    BlastRadius,
    Close,
    HeldSteps,
    Mark,
    PupilState,
    initial_state,
    state_to_json,
    steps_taken,
    summary,
    too_many,
)
from services.escalation.loading import Calendar, States, add_other_schools, choices_of, span, states_of, years_to_judge
from services.escalation.policies import Choice
from services.escalation.pupils import Calendars, Facts, facts_of, school_on
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
    """One pupil at the close of a school, with the version of the case."""

    key: PupilKey
    judgement: Judgement
    version: int

    @property
    def close_key(self) -> CloseKey:
        return self.key.district, self.judgement.close.school, self.judgement.close.day

    @property
    def steps(self) -> set[Level]:
        return steps_taken(self.judgement.events)

    @property
    def limit(self) -> BlastRadius:
        year = self.judgement.year
        return self.judgement.policy(year, initial_state(year.calendar.school_year)).release.blast_radius

    def count_up(self) -> None:
        self.version += self.judgement.changed

    def saved(self) -> list[SavedState]:
        """The state of the present year, and those of other years that changed."""
        judgement = self.judgement
        present = judgement.year.calendar.school_year
        again = {present: min(judgement.look_again, default=None)}
        return [
            saved(self.key, state, self.version, again.get(state.school_year, date.min))
            for state in judgement.after
            if state.school_year == present or state not in judgement.before
        ]


async def decide_pupils(
    log: EventLog,
    connection: Connection,
    rows: Sequence[store.Row],
    calendars: Calendars,
    closes: dict[tuple[str, str], Close],
    on_stop: OnStop = say_nothing,
) -> None:
    """Let the ladder decide about the pupils of `rows` (locked), each at the close of the school of that day, and keep what
    it decided."""
    here = [row for row in rows if row["closing"] == school_on(row, closes[row["district"], row["closing"]].day)]
    for each_once in _passes(here, closes):
        await _decide_each(log, connection, each_once, calendars, closes, on_stop)


def _passes(rows: Sequence[store.Row], closes: dict[tuple[str, str], Close]) -> Iterator[list[store.Row]]:
    """Whoever changed schools may be in two closes of one batch: the earlier day is decided first."""
    left = sorted(rows, key=lambda row: closes[row["district"], row["closing"]].day)
    while left:
        now = {PupilKey(row["district"], row["student"]): row for row in reversed(left)}
        left = [row for row in left if now[PupilKey(row["district"], row["student"])] is not row]
        yield list(now.values())


async def _decide_each(
    log: EventLog,
    connection: Connection,
    rows: Sequence[store.Row],
    calendars: Calendars,
    closes: dict[tuple[str, str], Close],
    on_stop: OnStop,
) -> None:
    pupils = await _pupils(connection, rows, calendars, closes)
    await _judge(connection, pupils, on_stop)
    for pupil in pupils:
        pupil.count_up()
    await store_decided.save_states(connection, [state for pupil in pupils for state in pupil.saved()])
    await store_decided.clear_dirty(connection, [pupil.key for pupil in pupils])
    said = [(event, pupil.version) for pupil in pupils for event in ladder_events(pupil.judgement.events)]
    await publish(log, connection, said)


async def _pupils(
    connection: Connection, rows: Sequence[store.Row], calendars: Calendars, closes: dict[tuple[str, str], Close]
) -> list[_Pupil]:
    choices = await choices_of(connection, {row["district"] for row in rows})
    await add_other_schools(connection, rows, calendars)
    keys = [PupilKey(row["district"], row["student"]) for row in rows]
    states = await states_of(connection, keys)
    years = [years_to_judge(row, calendars, closes[row["district"], row["closing"]], states) for row in rows]
    spans = [(*key, *span(year)) for key, wanted in zip(keys, years, strict=True) for year in wanted]
    facts = facts_of(
        rows, await store.marks_that_hold(connection, spans), await store_decided.acts_of(connection, keys)
    )
    return [
        _pupil(key, facts[key], states[key], choices[key.district], closes[key.district, row["closing"]], wanted)
        for row, key, wanted in zip(rows, keys, years, strict=True)
    ]


def _pupil(
    key: PupilKey, facts: Facts, states: States, choices: Sequence[Choice], close: Close, years: Sequence[Calendar]
) -> _Pupil:
    *closed, present = [_with_marks(facts.marks, year, alone=len(years) == 1) for year in years]
    judgement = Judgement(facts.pupil, facts.acts, choices, close, states.by_year, closed, present)
    return _Pupil(key, judgement, states.version)


def _with_marks(marks: tuple[Mark, ...], year: Calendar, alone: bool) -> Year:
    first, last = span(year)
    own = marks if alone else tuple(mark for mark in marks if first <= mark.day <= last)
    return Year(year[0], tuple(year[1:]), own)


async def _judge(connection: Connection, pupils: Sequence[_Pupil], on_stop: OnStop) -> None:
    """Judge all; where more than the policy lets through would take a step, judge those again with that step stopped."""
    switched_off = await store_release.stopped_steps(connection, {pupil.key.district for pupil in pupils})
    closes = {pupil.close_key for pupil in pupils}
    known = await store_release.stops_at(connection, closes)
    held = {close: held_steps(switched_off.get(close[0], set()), known.get(close, set())) for close in closes}
    for pupil in pupils:
        pupil.judgement.judge(held[pupil.close_key])
    for stop in await _new_stops(connection, pupils):
        on_stop(stop)
        close = stop[:3]
        held[close] = {stop.step: "blast_radius", **held[close]}
        for pupil in pupils:
            if pupil.close_key == close and stop.step in pupil.steps:
                pupil.judgement.judge(held[close])


def held_steps(switched_off: set[Level], stopped: set[Level]) -> HeldSteps:
    """A kill switch is the stronger word: only who set it lets it go."""
    by_number: dict[Level, Any] = dict.fromkeys(stopped, "blast_radius")
    return {**by_number, **dict.fromkeys(switched_off, "kill_switch")}


async def _new_stops(connection: Connection, pupils: Sequence[_Pupil]) -> list[Stop]:
    taken = Counter((pupil.close_key, step) for pupil in pupils for step in pupil.steps)
    limits = {pupil.close_key: pupil.limit for pupil in pupils if pupil.steps}
    closes = {close for close, limit in limits.items() if limit != BlastRadius()}
    if not closes:
        return []
    enrolled = await store_release.enrolled(connection, closes)
    stops = [
        Stop(*close, step, count, enrolled.get(close, 0))
        for (close, step), count in sorted(taken.items())
        if close in closes and too_many(limits[close], count, enrolled.get(close, 0))
    ]
    await store_release.save_stops(connection, stops)
    return stops


def saved(key: PupilKey, state: PupilState, version: int, wake_on: date | None) -> SavedState:
    counts = summary(state)
    return SavedState(
        key,
        state.school_year,
        state_to_json(state),
        counts["level"],
        counts["occasions"],
        counts["reports"],
        wake_on,
        version,
    )
