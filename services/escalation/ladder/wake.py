"""When to look at a pupil again although nothing new is known: time alone lets marks mature, spacing pass, percentages sink."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from math import floor

from services.escalation.ladder.acts import Act, Directive
from services.escalation.ladder.attendance import Attendance
from services.escalation.ladder.directives import days_due
from services.escalation.ladder.leaving import OF_AGE
from services.escalation.ladder.levels import clean_since, due_step, monitored_school_days
from services.escalation.ladder.moment import Moment
from services.escalation.ladder.monitoring import next_report
from services.escalation.ladder.notices import last_legal_notice
from services.escalation.ladder.school_days import (
    birthday,
    day_after,
    is_of_age,
    local_day,
    nth_enrolled_day,
    school_day_from,
)
from services.escalation.ladder.state import PupilState
from services.escalation.ladder.thresholds import reached
from services.escalation.ladder.transfers import has_case


def next_wake(moment: Moment, state: PupilState, attendance: Attendance, acts: Sequence[Act]) -> date | None:
    """The first school day after `moment.day` on whose close the decision may differ."""
    days = [
        *_marks_settle(moment, attendance),
        *_acts_count(moment, acts),
        *_case_ends(moment, state),
    ]
    if has_case(state) or state.agreements:
        days += [
            *_spacing_passes(moment, state),
            *_queue_moves(moment, state),
            *_another_step(moment, state),
            *_improvement_shows(moment, state),
            *_directive_ages(moment, state),
            *_terms_end(moment, state),
        ]
    if state.days_absent or state.chronic_truant:
        days += _percentages_sink(moment, state, attendance)
    return min((day for day in days if day is not None and day > moment.day), default=None)


def _marks_settle(moment: Moment, attendance: Attendance) -> Iterator[date | None]:
    """An unverified mark counts some school days later, the mark of a later day when that day is closed."""
    for day in attendance.unsettled:
        if day > moment.day:
            yield day
        else:
            yield day_after(moment.calendar, day, moment.policy.counting.unverified.matures_after_school_days)


def _acts_count(moment: Moment, acts: Sequence[Act]) -> Iterator[date | None]:
    if len(acts) > len(moment.acts):
        yield day_after(moment.calendar, moment.day, 1)


def _spacing_passes(moment: Moment, state: PupilState) -> Iterator[date | None]:
    last = last_legal_notice(state) if state.level in ("prevention", "level_1", "level_2") else None
    if last is not None and any(
        reached(moment, state, letter) for letter in (moment.policy.letters.L2, moment.policy.letters.L3)
    ):
        yield day_after(moment.calendar, last.day, max(1, moment.policy.letters.min_school_days_between))


def _queue_moves(moment: Moment, state: PupilState) -> Iterator[date | None]:
    """A delay passes; a kill switch may have been let go by the next close."""
    for waiting in state.waiting:
        if waiting.cause == "kill_switch":
            yield day_after(moment.calendar, moment.day, 1)
        yield waiting.until


def _another_step(moment: Moment, state: PupilState) -> Iterator[date | None]:
    """Where letters and levels go by different thresholds, two steps can be due; at a close there is one."""
    levels = moment.policy.levels
    if (levels.L1.own or levels.L2.on == "not_used") and due_step(moment, state, None):
        yield day_after(moment.calendar, moment.day, 1)


def _improvement_shows(moment: Moment, state: PupilState) -> Iterator[date | None]:
    since = clean_since(state)
    if since is not None:
        yield day_after(moment.calendar, since, monitored_school_days(moment.policy.levels, state.level))


def _directive_ages(moment: Moment, state: PupilState) -> Iterator[date | None]:
    if state.level == "level_3":
        age = timedelta(days=moment.policy.levels.ENF.directive_days)
        for act in moment.acts:
            if isinstance(act, Directive):
                yield school_day_from(moment.calendar, local_day(act.at, moment.calendar) + age)


def _terms_end(moment: Moment, state: PupilState) -> Iterator[date | None]:
    """The day after an agreement's term, or after an item of the SARB's directive is due; progress reports."""
    for agreement in state.agreements:
        if agreement.state in ("open", "breached"):
            yield school_day_from(moment.calendar, agreement.until + timedelta(days=1))
    if state.level in ("level_3", "enforcement"):
        yield next_report(moment, state)
        for due in days_due(moment.acts):
            yield school_day_from(moment.calendar, due + timedelta(days=1))


def _case_ends(moment: Moment, state: PupilState) -> Iterator[date | None]:
    """Birthdays, and the end of the last enrolment."""
    if not state.adult:
        yield from _birthday(moment, OF_AGE)
    if state.closed is None and has_case(state):
        yield from _birthday(moment, moment.policy.counting.age.max_exclusive)
        for enrolment in moment.pupil.enrolments:
            if enrolment.exited:
                yield school_day_from(moment.calendar, enrolment.exited)


def _birthday(moment: Moment, age: int) -> Iterator[date | None]:
    born = moment.pupil.birth_date
    if is_of_age(born, age, moment.calendar.days[-1]):
        yield school_day_from(moment.calendar, birthday(born, age))


def _percentages_sink(moment: Moment, state: PupilState, attendance: Attendance) -> Iterator[date | None]:
    """With each school day enrolled the same absences are a smaller part; below the first days nothing is judged."""
    if state.days_absent:
        rule = moment.policy.chronic_absent
        yield nth_enrolled_day(moment.calendar, attendance.spans, rule.early_warning_min_days)
        if state.chronic_absent:
            yield _day_below(moment, attendance, state.days_absent, rule.any_pct_gte)
        if state.severely_absent:
            yield _day_below(moment, attendance, state.days_absent, rule.severe_pct)
    if state.chronic_truant:
        full_days = sum(occasion.full_day and not occasion.imported for occasion in state.occasions)
        yield _day_below(moment, attendance, full_days, moment.policy.chronic_truant.unexcused_pct_gte)
    for threshold in moment.policy.thresholds:
        if threshold.pct and state.occasions:
            yield nth_enrolled_day(moment.calendar, attendance.spans, threshold.min_school_days)


def _day_below(moment: Moment, attendance: Attendance, part: int, percent: float) -> date | None:
    return nth_enrolled_day(moment.calendar, attendance.spans, floor(part * 100 / percent) + 1)
