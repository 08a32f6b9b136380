"""What changes for a pupil when a day is closed. The steps stand here in their order; each has its module."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from services.escalation.ladder.acts import Act
from services.escalation.ladder.agreements import settle_agreements
from services.escalation.ladder.attendance import Attendance, read_attendance
from services.escalation.ladder.directives import settle_directive
from services.escalation.ladder.facts import Close, Mark, Pupil, SchoolCalendar
from services.escalation.ladder.leaving import has_left, settle_leaving
from services.escalation.ladder.levels import climb, require_review, rescind_unsupported, step_down
from services.escalation.ladder.meetings import settle_dispositions
from services.escalation.ladder.moment import NOT_HELD, HeldSteps, Moment
from services.escalation.ladder.monitoring import settle_monitoring
from services.escalation.ladder.notices import correct_notices
from services.escalation.ladder.occasions import count_occasions
from services.escalation.ladder.policy import Policy
from services.escalation.ladder.proposals import settle_proposal
from services.escalation.ladder.reports import correct_reports, issue_report
from services.escalation.ladder.rollover import begin_year
from services.escalation.ladder.rules import apply_rules, note_chronic
from services.escalation.ladder.rules_taken_back import take_back
from services.escalation.ladder.school_days import local_day, year_ends
from services.escalation.ladder.state import PupilState, judged_through
from services.escalation.ladder.statuses import settle_chronic, settle_habitual
from services.escalation.ladder.transfers import agency_of, change_agency, of_one_agency
from services.escalation.ladder.wake import next_wake
from shared.contracts.envelope import EventData


@dataclass(frozen=True, slots=True)
class Decision:
    """The new state, what happened, and the next school day on whose close something may change without new facts."""

    state: PupilState
    events: tuple[EventData, ...]
    wake_on: date | None
    """Exact or early, never late. New facts (marks, acts, roster, calendar) make the pupil due at the next close anyway."""


def decide(
    pupil: Pupil,
    calendar: SchoolCalendar,
    marks: Sequence[Mark],
    acts: Sequence[Act],
    state: PupilState,
    policy: Policy,
    close: Close,
    held_steps: HeldSteps = NOT_HELD,
    other_calendars: Sequence[SchoolCalendar] = (),
) -> Decision:
    """Judge the pupil at the close of a school day.

    `marks`: those that hold, of this school year, in any order; later days than the closed one do not count yet.
    `state`: of this school year, or the last one of an earlier year: it is carried over first.
    `other_calendars`: of this school year, of the pupil's other schools, where there are any: each day is judged as the
    school had it. At a charter school the pupil has a record of its own.
    `acts`: those that were allowed, in any order; later ones than the close do not count yet.
    `held_steps`: level 1 or 2, where a kill switch or the blast radius stops it at this close: the step waits.
    A close after the calendar's last day puts the record of the closed year right: nothing new is reported, asked for or
    entered, and the family hears of corrections only.
    The same close again changes nothing. A close of an earlier day than one judged before is judged as of that one.
    """
    day = max(close.day, state.through or close.day)
    known = [act for act in acts if act.at <= close.at]
    own, merged = of_one_agency(pupil, calendar, other_calendars)
    moment = Moment(own, merged, policy, known, day, close.at, held_steps=held_steps)
    state = change_agency(moment, begin_year(moment, state))
    attendance = read_attendance(own, merged, marks, policy, day)
    if day > merged.days[-1]:
        return Decision(_put_right(moment, state, attendance), tuple(moment.events), None)
    if policy.after_leaving == "records_only" and has_left(own, day):
        state = settle_leaving(moment, _put_right(moment, state, attendance))
    else:
        state = _judge(moment, state, attendance)
    if state.elsewhere:
        state = _put_right_elsewhere(replace(moment, pupil=pupil), state, marks, (calendar, *other_calendars))
    state = judged_through(state, day)
    return Decision(state, tuple(moment.events), next_wake(moment, state, attendance, acts))


def _judge(moment: Moment, state: PupilState, attendance: Attendance) -> PupilState:
    before = state.days
    state = _correct(moment, state, attendance)
    state = settle_dispositions(moment, state)
    state = apply_rules(moment, state) if moment.policy.rules else _report_and_climb(moment, state)
    state = step_down(moment, state)
    state = settle_proposal(moment, state)
    state = note_chronic(moment, state, settle_chronic(moment, state, attendance))
    state = settle_agreements(moment, state)
    state = settle_directive(moment, state)
    state = settle_monitoring(moment, state, before)
    return settle_leaving(moment, state)


def _report_and_climb(moment: Moment, state: PupilState) -> PupilState:
    state, report = issue_report(moment, state)
    state = settle_habitual(moment, state)
    return climb(moment, state, report)


def _put_right(moment: Moment, state: PupilState, attendance: Attendance) -> PupilState:
    """Of a closed year, or of a pupil who left. What people did after the year ended says nothing about it."""
    in_time = _acts_of_year(moment)
    state = _correct(moment, state, attendance)
    if not moment.policy.rules:
        state = settle_habitual(in_time, state)
    return note_chronic(in_time, state, settle_chronic(in_time, state, attendance))


def _put_right_elsewhere(
    moment: Moment, state: PupilState, marks: Sequence[Mark], calendars: Sequence[SchoolCalendar]
) -> PupilState:
    """Corrections reach the records of the pupil's other agencies too."""
    records = []
    for record in state.elsewhere:
        calendar = next((each for each in calendars if agency_of(each) == record.agency), None)
        if calendar:
            pupil, merged = of_one_agency(moment.pupil, calendar, calendars)
            there = replace(moment, pupil=pupil, calendar=merged)
            record = _put_right(there, record, read_attendance(pupil, merged, marks, moment.policy, moment.day))
        records.append(record)
    return replace(state, elsewhere=tuple(records))


def _acts_of_year(moment: Moment) -> Moment:
    ends = year_ends(moment.calendar, moment.policy.counting.year_start)
    return replace(moment, acts=[act for act in moment.acts if local_day(act.at, moment.calendar) <= ends])


def _correct(moment: Moment, state: PupilState, attendance: Attendance) -> PupilState:
    """The occasions that count now, and what follows where one stopped counting."""
    state, corrected = count_occasions(moment, state, attendance)
    if corrected and moment.policy.rules:
        return take_back(moment, state)
    if corrected:
        state = correct_reports(moment, state)
        state = correct_notices(moment, state)
        return rescind_unsupported(moment, state)
    if attendance.days_absent < state.days_absent:
        return _review_absence(moment, state)
    return state


def _review_absence(moment: Moment, state: PupilState) -> PupilState:
    """Some cases rest on absence for any reason, not on occasions."""
    if (
        state.referral is None
        or state.referral.basis != "chronic_absent"
        or state.level not in ("level_3", "enforcement")
    ):
        return state
    return require_review(moment, state, "a correction changed the absences that the referral rests on")
