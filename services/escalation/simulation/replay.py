"""One pupil's history, judged again close by close, exactly as the stream judged it: with the facts that were known then."""

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import date
from typing import assert_never

from services.escalation.judging import Judgement, Year
from services.escalation.ladder import (
    Act,
    Close,
    HeldSteps,
    Policy,
    PupilState,
    SchoolCalendar,
    initial_state,
    record_act,
)
from services.escalation.ladder.school_days import local_day
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
    Thing,
)
from services.escalation.simulation.known import Known, closes_between
from shared.contracts.envelope import EventData
from shared.contracts.ladder import ActRefused


@dataclass(frozen=True, slots=True)
class Rules:
    """By what the history is judged. `policy` None: by what the district had chosen, as it chose. Charter schools, which have
    a policy of their own, are judged by that in any case."""

    policy: Policy | None = None
    assumptions: Assumptions = NOTHING_ASSUMED

    def of(self, choices: list[Choice], calendar: SchoolCalendar, state: PupilState, day: date) -> Policy:
        if self.policy and calendar.lea_type != "charter":
            return self.policy
        own = state if state.school_year == calendar.school_year else initial_state(calendar.school_year)
        return in_force(choices, own, day, calendar.lea_type)


@dataclass(frozen=True, slots=True)
class Happened:
    """An event, and the day on which it was decided. `school`: whose close decided it; None for an act."""

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
    return sorted(things, key=_order)


def _order(thing: Thing) -> Order:
    return thing.order


@dataclass(slots=True)
class _Judgement(Judgement):
    """By the rules of the simulation."""

    rules: Rules = field(default_factory=Rules)

    def policy(self, year: Year, state: PupilState) -> Policy:
        day = min(self.close.day, year.calendar.days[-1])
        return self.rules.of(list(self.choices), year.calendar, state, day)


@dataclass(slots=True)
class _Case:
    """What is known and decided about the pupil at one point of the history."""

    district: DistrictHistory
    rules: Rules
    until: date
    known: Known = field(default_factory=Known)
    choices: list[Choice] = field(default_factory=list)
    wake_on: dict[str, date | None] = field(default_factory=dict)
    planned: list[Planned] = field(default_factory=list)
    judged: Order | None = None
    replayed: Replayed = field(default_factory=Replayed)

    def take(self, thing: Thing) -> None:
        match thing:
            case Statement():
                self.known.take_statement(thing)
            case Did():
                self._take_act(thing)
            case Snapshot():
                self._take_snapshot(thing)
            case Calendar():
                self.known.take_calendar(thing.calendar)
            case Chosen():
                self._take_choice(thing.choice)
            case _:
                assert_never(thing)
        self.judged = thing.order

    def judge_closes_before(self, order: Order | None) -> None:
        """Let every close of the pupil's schools since the last thing pass, and judge where something is due."""
        if self.known.roster is None:
            return
        for closed in closes_between(self.district, self.known.schools, self.judged, order):
            if closed.close.day <= self.until and self.known.school_on(closed.close.day) == closed.close.school:
                self._pass(closed)

    def _pass(self, closed: Closed) -> None:
        self.replayed.closes += 1
        day = closed.close.day
        calendar = self.known.calendar_on(closed.close.school, day)
        if calendar is None:
            return
        while self.planned and self.planned[0].day <= day:
            self._suppose(self.planned.pop(0), calendar, closed)
        year = calendar.school_year
        wake_on = self.wake_on.get(year)
        if self.known.new or year not in self.replayed.states or (wake_on is not None and wake_on <= day):
            self._judge(closed, calendar)

    def _judge(self, closed: Closed, calendar: SchoolCalendar) -> None:
        known, before, roster = self.known, self._states(), self.known.roster
        assert roster
        closed_years = known.closed_years(calendar, list(self.replayed.states), closed.close.day)
        year = known.year(calendar)
        judgement = _Judgement(
            roster.pupil, tuple(known.acts), self.choices, closed.close, before, closed_years, year, self.rules
        )
        judgement.judge({**(closed.stops if self.rules.policy is None else {}), **closed.switches})
        self.replayed.decided += 1
        known.nothing_new()
        self._keep(judgement, closed.close)
        self.planned += plans(judgement.events, calendar, closed.close.day, self.rules.assumptions)
        self.planned.sort(key=lambda plan: plan.day)

    def _states(self) -> list[PupilState]:
        return [state for _, state in sorted(self.replayed.states.items())]

    def _keep(self, judgement: Judgement, close: Close) -> None:
        self.replayed.happened += [Happened(close.day, close.school, event) for event in judgement.events]
        present = judgement.year.calendar.school_year
        for state in judgement.after:
            if state.school_year == present:
                self.wake_on[present] = min(judgement.look_again, default=None)
            elif state not in judgement.before:
                self.wake_on[state.school_year] = date.min
            self.replayed.states[state.school_year] = state

    def _take_snapshot(self, snapshot: Snapshot) -> None:
        waited = self.known.roster is None and bool(self.known.marks)
        self.known.take_snapshot(snapshot)
        if waited:
            self._judge_at_last_closes(snapshot.order)

    def _judge_at_last_closes(self, order: Order) -> None:
        """Marks that came before the roster are judged as of the last close."""
        latest: dict[str, Closed] = {}
        for closed in closes_between(self.district, self.known.schools, None, order):
            if closed.close.school not in latest or latest[closed.close.school].close.day < closed.close.day:
                latest[closed.close.school] = closed
        for closed in sorted(latest.values(), key=lambda each: each.close.day):
            calendar = self.known.calendar_on(closed.close.school, closed.close.day)
            here = self.known.school_on(closed.close.day) == closed.close.school
            if here and calendar and closed.close.day <= self.until:
                self._judge(closed, calendar)

    def _take_choice(self, choice: Choice) -> None:
        self.choices.append(choice)
        for year, wake_on in self.wake_on.items():
            self.wake_on[year] = min(wake_on or date.max, choice.effective_from)

    def _take_act(self, did: Did) -> None:
        day = did.act.at.date()
        school = self.known.school_on(day)
        calendar = self.known.calendar_on(school, day) if school else None
        if calendar and day <= self.until:
            place = bisect_right(self.district.switches, did.order, key=lambda switched: switched.order)
            self._record(did.act, calendar, self.district.switches[place - 1].held if place else {})

    def _suppose(self, plan: Planned, calendar: SchoolCalendar, closed: Closed) -> None:
        assert self.known.roster  # only then do closes pass
        act = assumed_act(plan, self.known.roster.pupil, self._state_in(calendar.school_year), closed.close)
        if act:
            self._record(act, calendar, closed.switches)

    def _state_in(self, year: str) -> PupilState:
        """Of that school year, or the last one before it."""
        begun = [state for state in self._states() if state.school_year <= year]
        return begun[-1] if begun else initial_state(year)

    def _record(self, act: Act, calendar: SchoolCalendar, held: HeldSteps) -> None:
        roster, day = self.known.roster, act.at.date()
        assert roster
        state = self._state_in(calendar.school_year)
        policy = self.rules.of(self.choices, calendar, state, local_day(act.at, calendar))
        so_far = [earlier for earlier in self.known.acts if earlier.at <= act.at]
        others = self.known.others(calendar)
        decision = record_act(roster.pupil, calendar, so_far, state, policy, act, held, others)
        self.replayed.happened += [Happened(day, None, event) for event in decision.events]
        if any(isinstance(event, ActRefused) for event in decision.events):
            return
        self.replayed.states[decision.state.school_year] = decision.state
        self.wake_on[decision.state.school_year] = decision.wake_on
        self.known.acts.append(act)
        self.known.is_new(day)
