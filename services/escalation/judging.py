"""One pupil at one close: closed school years are put right, then the present one is judged. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from services.escalation.ladder import (
    NOT_HELD,
    Act,
    Close,
    Decision,
    HeldSteps,
    Mark,
    Policy,
    Pupil,
    PupilState,
    SchoolCalendar,
    carry_again,
    decide,
    initial_state,
)
from services.escalation.policies import Choice, in_force
from shared.contracts.envelope import EventData


@dataclass(frozen=True, slots=True)
class Year:
    """A school year as the closing school has it, with the calendars of the pupil's other schools and the marks of then."""

    calendar: SchoolCalendar
    others: tuple[SchoolCalendar, ...]
    marks: tuple[Mark, ...]


@dataclass(slots=True)
class Judgement:
    """What is known of a pupil at a close, and what comes of it."""

    pupil: Pupil
    acts: tuple[Act, ...]
    choices: Sequence[Choice]
    close: Close
    before: Sequence[PupilState]
    """One for each school year in which something was decided, the first year first."""
    closed_years: Sequence[Year]
    """Those that must be put right."""
    year: Year
    after: list[PupilState] = field(init=False)
    events: list[EventData] = field(init=False)
    wake_on: date | None = field(init=False)

    def judge(self, held: HeldSteps) -> None:
        """Set `after`, `events` and `wake_on`. May be called again with other steps held."""
        self.after, self.events = list(self.before), []
        for year in self.closed_years:
            self._judge_year(year, NOT_HELD)
        self.wake_on = self._judge_year(self.year, held).wake_on

    def _judge_year(self, year: Year, held: HeldSteps) -> Decision:
        """The state of `year` is judged anew, and those of later years go on from it."""
        name = year.calendar.school_year
        earlier = [state for state in self.after if state.school_year < name]
        later = [state for state in self.after if state.school_year > name]
        own = [state for state in self.after if state.school_year == name]
        state = own[0] if own else earlier[-1] if earlier else initial_state(name)
        decision = self._decide(year, state, held)
        self.events += decision.events
        self.after = [*earlier, decision.state]
        for state in later:
            self.after.append(carry_again(self.after[-1], state))
        return decision

    def _decide(self, year: Year, state: PupilState, held: HeldSteps) -> Decision:
        policy = self.policy(year, state)
        return decide(self.pupil, year.calendar, year.marks, self.acts, state, policy, self.close, held, year.others)

    def policy(self, year: Year, state: PupilState) -> Policy:
        """That of the school year; a case of an earlier year does not bind it."""
        calendar = year.calendar
        own = state if state.school_year == calendar.school_year else initial_state(calendar.school_year)
        return in_force(self.choices, own, min(self.close.day, calendar.days[-1]), calendar.lea_type)

    @property
    def changed(self) -> bool:
        """A close that only passes changes nothing that people see."""
        through = {state.school_year: state.through for state in self.before}
        same = [replace(state, through=through.get(state.school_year)) for state in self.after]
        return bool(self.events) or same != list(self.before)

    @property
    def look_again(self) -> list[date]:
        """Days on whose close something may change: of marks that came early, and of another policy."""
        day = self.close.day
        marks = [mark.day for mark in self.year.marks if mark.day > day]
        choices = [choice.effective_from for choice in self.choices if choice.effective_from > day]
        return [*marks, *choices, *([self.wake_on] if self.wake_on else [])]
