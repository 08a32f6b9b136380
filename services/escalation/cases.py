"""Pupils' cases while people's acts are recorded: loaded together, changed one act after the other, saved together."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from services.escalation import store, store_decided, store_release
from services.escalation.deciding import choices_of, held_steps, saved, state_of, version_after
from services.escalation.ladder import (
    Act,
    Decision,
    HeldSteps,
    Pupil,
    PupilState,
    SchoolCalendar,
    parse_act,
    record_act,
)
from services.escalation.ladder.school_days import local_day
from services.escalation.policies import Choice, in_force
from services.escalation.pupils import Calendars, pupil_of
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
    """One pupil in one school year. `version` goes on with each act, `seen` is what it was before them."""

    key: PupilKey
    pupil: Pupil
    calendar: SchoolCalendar
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
        day = local_day(act.at, self.calendar)
        policy = in_force(self.choices, self.state, day, self.calendar.lea_type)
        decision = record_act(self.pupil, self.calendar, so_far, self.state, policy, act, self.held)
        events = ladder_events(decision)
        refused = next((event.reason for event in events if isinstance(event, ActRefused)), None)
        if refused is None:
            self._stands(act, decision)
        version = None if refused else self.version
        return Taken(tuple(event.type for event in events), refused, tuple((event, version) for event in events))

    def _stands(self, act: Act, decision: Decision) -> None:
        self.version = version_after(self.state, self.version, decision)
        self.state = decision.state
        self.acts.append(act)
        self.latest = saved(self.key, decision, self.version)


CaseKey = tuple[str, str, str]
"""District, student, school year."""


async def cases_on(connection: Connection, wanted: Sequence[tuple[PupilKey, date]]) -> list[Case | str]:
    """The case of each pupil in the school year of the day, rows locked; or why there is none. The same pupil and year
    give the same object."""
    pupils = {(row["district"], row["student"]): row for row in await store.pupils(connection, _unique(wanted))}
    schools = {(row["district"], row["school"]) for row in pupils.values() if row["school"]}
    calendars = Calendars(await store.calendars_of(connection, schools))
    found = [_calendar_or_why(key, day, pupils.get(key), calendars) for key, day in wanted]
    years = {
        (*key, calendar.school_year): calendar
        for (key, _), calendar in zip(wanted, found, strict=True)
        if isinstance(calendar, SchoolCalendar)
    }
    cases = await _load(connection, years)
    return [
        cases[*key, calendar.school_year] if isinstance(calendar, SchoolCalendar) else calendar
        for (key, _), calendar in zip(wanted, found, strict=True)
    ]


def _unique(wanted: Sequence[tuple[PupilKey, date]]) -> list[PupilKey]:
    return sorted({key for key, _ in wanted})


def _calendar_or_why(key: PupilKey, day: date, row: store.Row | None, calendars: Calendars) -> SchoolCalendar | str:
    if row is None or row["school"] is None:
        return f"the roster of {key.district} does not know pupil {key.student}"
    calendar = calendars.on(key.district, row["school"], day)
    return calendar or f"school {row['school']} has no calendar for {day}"


async def _load(connection: Connection, years: dict[CaseKey, SchoolCalendar]) -> dict[CaseKey, Case]:
    rows = await store.lock_pupils(connection, sorted(years))
    districts = {district for district, _, _ in years}
    choices = await choices_of(connection, districts)
    stopped = await store_release.stopped_steps(connection, districts)
    acts: dict[PupilKey, list[Act]] = {}
    for row in await store_decided.acts_of(connection, sorted({PupilKey(*key[:2]) for key in years})):
        acts.setdefault(PupilKey(row["district"], row["student"]), []).append(parse_act(row["body"]))
    return {
        key: Case(
            pupil_key,
            pupil_of(row),
            years[key],
            choices[row["district"]],
            held_steps(stopped.get(row["district"], set()), set()),
            list(acts.get(pupil_key, ())),
            state_of(row),
            row["version"] or 0,
        )
        for row in rows
        for pupil_key in [PupilKey(row["district"], row["student"])]
        for key in [(*pupil_key, row["school_year"])]
    }
