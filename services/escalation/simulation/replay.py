"""One pupil's history, judged again close by close, exactly as the stream judged it: with the facts that were known then."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import assert_never

from services.escalation.ladder import (
    Act,
    Close,
    Decision,
    HeldSteps,
    Mark,
    Policy,
    Pupil,
    PupilState,
    SchoolCalendar,
    decide,
    initial_state,
    record_act,
)
from services.escalation.policies import Choice, in_force
from services.escalation.simulation.assumed import NOTHING_ASSUMED, Assumptions, Planned, assumed_act, plans
from services.escalation.simulation.history import (
    Calendar,
    Chosen,
    Closed,
    Did,
    DistrictHistory,
    Order,
    PupilHistory,
    Snapshot,
    Statement,
    Switched,
    Thing,
)
from services.escalation.simulation.known_marks import KnownMarks
from shared.contracts.envelope import EventData
from shared.contracts.ladder import ActRefused


@dataclass(frozen=True, slots=True)
class Rules:
    """By what the history is judged. `policy` None: by what the district had chosen, as it chose."""

    policy: Policy | None = None
    assumptions: Assumptions = NOTHING_ASSUMED


@dataclass(frozen=True, slots=True)
class Happened:
    """An event, and the school day on which it was decided. `school`: whose close decided it; None for an act."""

    day: date
    school: str | None
    event: EventData


@dataclass(slots=True)
class Replayed:
    """What came of one pupil: the state of each school year, and everything that happened."""

    states: dict[str, PupilState] = field(default_factory=dict)
    happened: list[Happened] = field(default_factory=list)
    closes: int = 0
    """Closes of the pupil's school."""
    decided: int = 0
    """Those of them at which there was something to decide."""


def replay(district: DistrictHistory, pupil: PupilHistory, rules: Rules, until: date | None = None) -> Replayed:
    """Judge the history of `pupil` by `rules`, up to the closes of the day `until`."""
    case = _Case(district, rules, until or date.max)
    for thing in _in_order(district, pupil):
        case.judge_closes_before(thing.order)
        case.take(thing)
    case.judge_closes_before(None)
    return case.replayed


def _in_order(district: DistrictHistory, pupil: PupilHistory) -> list[Thing]:
    schools = {enrolment.school for known in pupil.snapshots for enrolment in known.pupil.enrolments}
    calendars = [calendar for school in schools for calendar in district.calendars.get(school, ())]
    things: list[Thing] = [*district.choices, *calendars, *pupil.snapshots, *pupil.statements, *pupil.acts]
    return sorted(things, key=lambda thing: thing.order)


_BEGINNING: Order | None = None


@dataclass(slots=True)
class _Case:
    """What is known and decided about the pupil at one point of the history."""

    district: DistrictHistory
    rules: Rules
    until: date
    pupil: Pupil | None = None
    school: str | None = None
    dirty: bool = True
    marks: KnownMarks = field(default_factory=KnownMarks)
    acts: list[Act] = field(default_factory=list)
    choices: list[Choice] = field(default_factory=list)
    calendars: dict[tuple[str, str], SchoolCalendar] = field(default_factory=dict)
    wake_on: dict[str, date | None] = field(default_factory=dict)
    planned: list[Planned] = field(default_factory=list)
    judged: Order | None = _BEGINNING
    replayed: Replayed = field(default_factory=Replayed)

    def take(self, thing: Thing) -> None:
        match thing:
            case Statement():
                self.marks.take(thing)
                self.dirty = True
            case Did():
                self._take_act(thing.act, thing.order)
            case Snapshot():
                self._take_snapshot(thing)
            case Calendar():
                self._take_calendar(thing.calendar)
            case Chosen():
                self._take_choice(thing.choice)
            case _:
                assert_never(thing)
        self.judged = thing.order

    def judge_closes_before(self, order: Order | None) -> None:
        """Let every close of the pupil's school since the last thing pass, and judge where something is due."""
        if self.pupil is None or self.school is None:
            return
        closes = self.district.closes.get(self.school, ())
        first = 0 if self.judged is None else bisect_right(closes, self.judged, key=_order)
        last = len(closes) if order is None else bisect_right(closes, order, key=_order)
        for closed in closes[first:last]:
            if closed.close.day <= self.until:
                self._pass(closed)

    def _pass(self, closed: Closed) -> None:
        self.replayed.closes += 1
        calendar = (
            self._calendar_on(closed.close.school, closed.close.day) if self._may_be_due(closed.close.day) else None
        )
        if calendar is None:
            return
        while self.planned and self.planned[0].day <= closed.close.day:
            self._suppose(self.planned.pop(0), calendar, closed)
        wake_on = self.wake_on.get(calendar.school_year)
        if self.dirty or (wake_on is not None and wake_on <= closed.close.day):
            self._judge(closed, calendar)

    def _may_be_due(self, day: date) -> bool:
        """A quick look at what most closes leave alone."""
        return self.dirty or bool(self.planned) or any(wake and wake <= day for wake in self.wake_on.values())

    def _judge(self, closed: Closed, calendar: SchoolCalendar) -> None:
        assert self.pupil
        close, marks = closed.close, self.marks.of_year(self.pupil, calendar)
        stops = closed.stops if self.rules.policy is None else {}
        before, policy = self._before(calendar, close.day)
        held: HeldSteps = {**stops, **closed.switches}
        others = self._others(calendar)
        decision = decide(self.pupil, calendar, marks, self.acts, before, policy, close, held, others)
        self.replayed.decided += 1
        self._keep(decision, close.day, close.school)
        self.wake_on[calendar.school_year] = self._wake_on(decision, close, marks)
        self.planned += plans(decision, calendar, close.day, self.rules.assumptions)
        self.planned.sort(key=lambda plan: plan.day)
        self.dirty = False

    def _wake_on(self, decision: Decision, close: Close, marks: Sequence[Mark]) -> date | None:
        """A mark for a later day is a fact already, and another policy may judge from a later day on."""
        days = [mark.day for mark in marks if mark.day > close.day]
        days += [choice.effective_from for choice in self.choices if choice.effective_from > close.day]
        return min([*days, *([decision.wake_on] if decision.wake_on else [])], default=None)

    def _before(self, calendar: SchoolCalendar, day: date) -> tuple[PupilState, Policy]:
        """The state to judge from, of this school year or the last one before, and the policy that judges."""
        year = calendar.school_year
        own = self.replayed.states.get(year)
        earlier = [state for each, state in self.replayed.states.items() if each < year]
        policy = self.rules.policy or in_force(self.choices, own or initial_state(year), day)
        return own or max(earlier, key=lambda state: state.school_year, default=initial_state(year)), policy

    def _keep(self, decision: Decision, day: date, school: str | None) -> None:
        self.replayed.states[decision.state.school_year] = decision.state
        self.replayed.happened += [Happened(day, school, event) for event in decision.events]

    def _take_snapshot(self, snapshot: Snapshot) -> None:
        waited = self.pupil is None and bool(self.marks)
        self.pupil, self.school, self.dirty = snapshot.pupil, snapshot.school, True
        if waited:
            self._judge_at_last_close(snapshot.order)

    def _judge_at_last_close(self, order: Order) -> None:
        """Marks that came before the roster are judged as of the school's last close."""
        known = [closed for closed in self.district.closes.get(self.school or "", ()) if closed.order < order]
        last = max(known, key=lambda closed: closed.close.day, default=None)
        calendar = self._calendar_on(last.close.school, last.close.day) if last else None
        if last and calendar and last.close.day <= self.until:
            self._judge(last, calendar)

    def _take_calendar(self, calendar: SchoolCalendar) -> None:
        self.calendars[calendar.school, calendar.school_year] = calendar
        self.dirty = self.dirty or calendar.school == self.school

    def _take_choice(self, choice: Choice) -> None:
        self.choices.append(choice)
        for year, wake_on in self.wake_on.items():
            self.wake_on[year] = min(wake_on or date.max, choice.effective_from)

    def _take_act(self, act: Act, order: Order) -> None:
        calendar = self._calendar_on(self.school, act.at.date()) if self.school else None
        if calendar is None or act.at.date() > self.until:
            return
        place = bisect_right(self.district.switches, order, key=_order)
        held = self.district.switches[place - 1].held if place else {}
        self._record(act, calendar, held)

    def _suppose(self, plan: Planned, calendar: SchoolCalendar, closed: Closed) -> None:
        assert self.pupil
        state, _ = self._before(calendar, closed.close.day)
        act = assumed_act(plan, self.pupil, state, closed.close)
        if act:
            self._record(act, calendar, closed.switches)

    def _record(self, act: Act, calendar: SchoolCalendar, held: HeldSteps) -> None:
        assert self.pupil
        day = act.at.date()
        before, policy = self._before(calendar, day)
        so_far = [earlier for earlier in self.acts if earlier.at <= act.at]
        others = self._others(calendar)
        decision = record_act(self.pupil, calendar, so_far, before, policy, act, held, others)
        if any(isinstance(event, ActRefused) for event in decision.events):
            self.replayed.happened += [Happened(day, None, event) for event in decision.events]
            return
        self._keep(decision, day, None)
        self.acts.append(act)
        self.wake_on[calendar.school_year] = decision.wake_on
        self.dirty = True

    def _calendar_on(self, school: str, day: date) -> SchoolCalendar | None:
        started = [
            calendar
            for (of, _), calendar in self.calendars.items()
            if of == school and calendar.days and calendar.days[0] <= day
        ]
        return max(started, key=lambda calendar: calendar.days[0], default=None)

    def _others(self, calendar: SchoolCalendar) -> list[SchoolCalendar]:
        """Of the same school year, of the pupil's other schools."""
        year = calendar.school_year
        return [each for (of, when), each in self.calendars.items() if when == year and of != calendar.school]


def _order(thing: Thing | Closed | Switched) -> Order:
    return thing.order
