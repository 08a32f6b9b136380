"""Pupils' cases while people's acts are recorded: loaded together, changed one act after the other, saved together."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from services.escalation import store, store_decided, store_release
from services.escalation.deciding import held_steps, saved
from services.escalation.ladder import (
    Act,
    Decision,
    HeldSteps,
    Pupil,
    PupilState,
    SchoolCalendar,
    initial_state,
    parse_act,
    record_act,
)
from services.escalation.ladder.school_days import local_day
from services.escalation.loading import States, add_other_schools, choices_of, other_calendars, states_of
from services.escalation.policies import Choice, in_force
from services.escalation.pupils import Calendars, pupil_of, school_on
from services.escalation.saying import Said, ladder_events
from services.escalation.store import PupilKey
from services.escalation.store_decided import SavedState
from shared.contracts.ladder import ActRefused
from shared.db.pool import Connection


@dataclass(frozen=True, slots=True)
class Taken:
    """What an act caused; `refused` says why the rules do not allow it."""

    events: tuple[str, ...]
    refused: str | None
    said: tuple[Said, ...]


@dataclass(slots=True)
class Case:
    """One pupil in one school year; `state` may be of an earlier one and is carried over then. `version` goes on with each
    act, `seen` is what it was before them."""

    key: PupilKey
    pupil: Pupil
    calendar: SchoolCalendar
    others: Sequence[SchoolCalendar]
    """Those of the pupil's other schools in that year."""
    choices: Sequence[Choice]
    held: HeldSteps
    acts: list[Act]
    state: PupilState
    version: int
    seen: int = field(init=False)
    latest: SavedState | None = None
    """What to save; None while no act stands."""

    def __post_init__(self) -> None:
        self.seen = self.version

    def take(self, act: Act) -> Taken:
        """Record the act, or have it refused; a refused one changes nothing."""
        so_far = [earlier for earlier in self.acts if earlier.at <= act.at]
        year = self.calendar.school_year
        own = self.state if self.state.school_year == year else initial_state(year)
        policy = in_force(self.choices, own, local_day(act.at, self.calendar), self.calendar.lea_type)
        decision = record_act(self.pupil, self.calendar, so_far, self.state, policy, act, self.held, self.others)
        events = ladder_events(decision.events)
        refused = next((event.reason for event in events if isinstance(event, ActRefused)), None)
        if refused is None:
            self._stands(act, decision)
        version = None if refused else self.version
        return Taken(tuple(event.type for event in events), refused, tuple((event, version) for event in events))

    def _stands(self, act: Act, decision: Decision) -> None:
        if decision.events or decision.state != self.state:
            self.version += 1
        self.state = decision.state
        self.acts.append(act)
        self.latest = saved(self.key, decision.state, self.version, decision.wake_on)


CaseKey = tuple[PupilKey, str]
"""Pupil and school year."""


async def cases_on(connection: Connection, wanted: Sequence[tuple[PupilKey, date]]) -> list[Case | str]:
    """The case of each pupil in the school year of the day, rows locked; or why there is none. The same pupil and year
    give the same object."""
    pupils = {(row["district"], row["student"]): row for row in await store.pupils(connection, _unique(wanted))}
    calendars = Calendars(())
    await add_other_schools(connection, list(pupils.values()), calendars)
    found = [_calendar_or_why(key, day, pupils.get(key), calendars) for key, day in wanted]
    years = {
        (key, calendar.school_year): calendar
        for (key, _), calendar in zip(wanted, found, strict=True)
        if isinstance(calendar, SchoolCalendar)
    }
    cases = await _load(connection, years, calendars)
    return [
        cases[key, calendar.school_year] if isinstance(calendar, SchoolCalendar) else calendar
        for (key, _), calendar in zip(wanted, found, strict=True)
    ]


def _unique(wanted: Sequence[tuple[PupilKey, date]]) -> list[PupilKey]:
    return sorted({key for key, _ in wanted})


def _calendar_or_why(key: PupilKey, day: date, row: store.Row | None, calendars: Calendars) -> SchoolCalendar | str:
    school = school_on(row, day) if row else None
    if school is None:
        return f"the roster of {key.district} does not know pupil {key.student}"
    return calendars.on(key.district, school, day) or f"school {school} has no calendar for {day}"


async def _load(
    connection: Connection, years: dict[CaseKey, SchoolCalendar], calendars: Calendars
) -> dict[CaseKey, Case]:
    wanted = [(*key, calendar.school, year) for (key, year), calendar in sorted(years.items(), key=lambda it: it[0])]
    rows = await store.lock_pupils(connection, wanted)
    districts = {key.district for key, _ in years}
    choices = await choices_of(connection, districts)
    stopped = await store_release.stopped_steps(connection, districts)
    keys = sorted({key for key, _ in years})
    states = await states_of(connection, keys)
    acts: dict[PupilKey, list[Act]] = {}
    for row in await store_decided.acts_of(connection, keys):
        acts.setdefault(PupilKey(row["district"], row["student"]), []).append(parse_act(row["body"]))
    return {
        (key, row["school_year"]): Case(
            key,
            pupil_of(row),
            calendar,
            other_calendars(row, calendars, calendar),
            choices[key.district],
            held_steps(stopped.get(key.district, set()), set()),
            list(acts.get(key, ())),
            _state_in(states[key], row["school_year"]),
            states[key].version,
        )
        for row in rows
        for key in [PupilKey(row["district"], row["student"])]
        for calendar in [years[key, row["school_year"]]]
    }


def _state_in(states: States, school_year: str) -> PupilState:
    """Of that year, or the last one before it."""
    begun = [state for state in states.by_year if state.school_year <= school_year]
    return begun[-1] if begun else initial_state(school_year)
