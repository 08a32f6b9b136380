"""Drives the pure engine through a scenario: no I/O, milliseconds."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from deploy.scenario.check import Observation
from deploy.scenario.model import (
    DISTRICT,
    TIMEZONE,
    ActEntry,
    CloseEntry,
    MarkEntry,
    RetractEntry,
    RosterEntry,
    Scenario,
    Step,
)
from deploy.scenario.roster import changed, school_on
from deploy.scenario.snapshots import pupil_of
from services.escalation.ladder import (
    Act,
    Alert,
    Close,
    Decision,
    Mark,
    Pupil,
    PupilState,
    SchoolCalendar,
    carry_again,
    decide,
    initial_state,
    record_act,
    same_day_alert,
    summary,
)
from services.escalation.policies import Choice, in_force
from shared.contracts.envelope import EventData, derived_id
from shared.contracts.ladder import ActRecorded, ActRefused

Key = tuple[date, int | None]


class Statement(NamedTuple):
    """What holds for a day and period: nothing, if it was retracted. The highest `(rev, order)` wins."""

    rev: int
    order: int
    mark: Mark | None
    said: MarkEntry | RetractEntry


@dataclass(slots=True)
class Case:
    """All that is known and decided about one pupil."""

    pupil: Pupil
    states: list[PupilState]
    """One for each school year that had something decided, the present one last."""
    holds: dict[Key, Statement] = field(default_factory=dict)
    parked: set[Key] = field(default_factory=set)
    """The data-quality queue: what holds for these cannot be judged."""
    acts: list[Act] = field(default_factory=list)
    alerts: dict[date, Alert] = field(default_factory=dict)
    events: list[EventData] = field(default_factory=list)

    @property
    def state(self) -> PupilState:
        return self.states[-1]

    def take(self, decision: Decision) -> None:
        """What was decided in the present school year, or at the beginning of a new one."""
        if decision.state.school_year == self.state.school_year:
            self.states.pop()
        self.states.append(decision.state)
        self.events += decision.events

    def correct(self, place: int, decision: Decision) -> None:
        """What was decided about a closed year goes on into those after it."""
        self.states[place] = decision.state
        for later in range(place + 1, len(self.states)):
            self.states[later] = carry_again(self.states[later - 1], self.states[later])
        self.events += decision.events


class PureRunner:
    """Implements `deploy.scenario.run.Runner`."""

    def __init__(self, scenario: Scenario) -> None:
        self._choices = [Choice(scenario.policy, scenario.overrides)]
        self._calendars = {
            school.id: [
                SchoolCalendar(school.id, year, TIMEZONE, days, school.periods, lea_type=school.lea_type)
                for year, days in scenario.years.items()
            ]
            for school in scenario.schools
        }
        first = next(iter(scenario.years))
        self._cases = {
            student.id: Case(pupil_of(student, DISTRICT), [initial_state(first)]) for student in scenario.students
        }
        self._order = 0
        self._closed: date | None = None

    def mark(self, step: Step, entry: MarkEntry) -> None:
        case = self._cases[entry.student]
        key = (entry.day, entry.period)
        calendar = self._calendar(case, entry.day)
        statement = self._statement(case, key, entry, step.at)
        if entry.day not in calendar.positions:
            case.parked.add(key)
        elif statement and statement.mark:
            self._alert(case, calendar, statement.mark)

    def retract(self, step: Step, entry: RetractEntry) -> None:
        case = self._cases[entry.student]
        key = (entry.day, entry.period)
        self._statement(case, key, entry, step.at)

    def _statement(self, case: Case, key: Key, said: MarkEntry | RetractEntry, at: datetime) -> Statement | None:
        """Let `said` hold if it wins; None if it does not, or says what was said before."""
        self._order += 1
        before = case.holds.get(key)
        rev = said.rev if said.rev is not None else before.rev if before else 0
        if before and (rev < before.rev or (rev == before.rev and said == before.said)):
            return None
        mark = _mark(said, self._order, at) if isinstance(said, MarkEntry) else None
        case.holds[key] = Statement(rev, self._order, mark, said)
        return case.holds[key]

    def _alert(self, case: Case, calendar: SchoolCalendar, mark: Mark) -> None:
        policy = in_force(self._choices, case.state, mark.day, calendar.lea_type)
        alert = same_day_alert(case.pupil, calendar, mark, policy)
        if alert and mark.day not in case.alerts:
            case.alerts[mark.day] = Alert(alert.as_of, len(case.state.notices))
            case.events.append(alert)

    def act(self, step: Step, entry: ActEntry) -> None:
        case = self._cases[entry.student]
        calendar = self._calendar(case, step.at.date())
        others = self._other_calendars(case, calendar)
        policy = in_force(self._choices, case.state, step.at.date(), calendar.lea_type)
        decision = record_act(case.pupil, calendar, case.acts, case.state, policy, entry.act, other_calendars=others)
        case.take(decision)
        if not any(isinstance(event, ActRefused) for event in decision.events):
            case.acts.append(entry.act)

    def roster(self, step: Step, entry: RosterEntry) -> None:
        case = self._cases[entry.student]
        case.pupil = changed(case.pupil, entry.change, step.at.date())

    def close(self, step: Step, entry: CloseEntry) -> None:
        self._closed = max(entry.day, self._closed or entry.day)
        for case in self._cases.values():
            school = school_on(case.pupil, entry.day) or _last_school(case.pupil)
            marks = [said.mark for key, said in case.holds.items() if said.mark and key not in case.parked]
            close = Close(school, entry.day, step.at)
            self._correct_closed_years(case, marks, close)
            calendar = self._calendar_of(school, entry.day)
            case.take(self._decide(case, calendar, marks, case.state, close))

    def _decide(
        self, case: Case, calendar: SchoolCalendar, marks: list[Mark], state: PupilState, close: Close
    ) -> Decision:
        others = self._other_calendars(case, calendar)
        policy = in_force(self._choices, state, min(close.day, calendar.days[-1]), calendar.lea_type)
        return decide(case.pupil, calendar, marks, case.acts, state, policy, close, other_calendars=others)

    def _correct_closed_years(self, case: Case, marks: list[Mark], close: Close) -> None:
        for place, state in enumerate(case.states):
            calendar = self._calendar_of_year(close.school, state.school_year)
            if close.day > calendar.days[-1]:
                case.correct(place, self._decide(case, calendar, marks, state, close))

    def events_of(self, student: str) -> list[EventData]:
        """Everything emitted about a pupil so far, in order."""
        return self._cases[student].events

    def state_of(self, student: str) -> Observation:
        case = self._cases[student]
        values = summary(case.state, self._closed, list(case.alerts.values()))
        parked = sum(case.holds[key].mark is not None for key in case.parked)
        return Observation({**values, "parked": parked}, {_name(event) for event in case.events})

    def _calendar(self, case: Case, day: date) -> SchoolCalendar:
        return self._calendar_of(school_on(case.pupil, day) or _last_school(case.pupil), day)

    def _other_calendars(self, case: Case, calendar: SchoolCalendar) -> list[SchoolCalendar]:
        schools = {enrolment.school for enrolment in case.pupil.enrolments} - {calendar.school}
        return [self._calendar_of_year(school, calendar.school_year) for school in sorted(schools)]

    def _calendar_of(self, school: str, day: date) -> SchoolCalendar:
        """That of the latest school year that began."""
        calendars = self._calendars[school]
        return next((each for each in reversed(calendars) if each.days and each.days[0] <= day), calendars[0])

    def _calendar_of_year(self, school: str, year: str) -> SchoolCalendar:
        return next(each for each in self._calendars[school] if each.school_year == year)


def _last_school(pupil: Pupil) -> str:
    """Corrections may still come after a pupil has left: that school's closes decide about them."""
    return max(pupil.enrolments, key=lambda enrolment: enrolment.entered).school


def _mark(entry: MarkEntry, order: int, at: datetime) -> Mark:
    return Mark(
        derived_id("scenario", entry.student, order),
        entry.day,
        entry.period,
        entry.status,
        entry.excuse,
        entry.minutes,
        entry.reason,
        entry.suspension,
        at,
    )


def _name(event: EventData) -> str:
    """The answer of the District Attorney's office is named after what it decided, as in an explanation."""
    return event.do if isinstance(event, ActRecorded) and event.do.startswith("da.") else event.type
