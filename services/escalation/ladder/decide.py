"""What changes for a pupil when a day is closed. The steps stand here in their order; each has its module."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from services.escalation.ladder.acts import Act
from services.escalation.ladder.attendance import Attendance, read_attendance
from services.escalation.ladder.facts import Close, Mark, Pupil, SchoolCalendar
from services.escalation.ladder.levels import climb, require_review, rescind_unsupported, step_down
from services.escalation.ladder.meetings import settle_dispositions
from services.escalation.ladder.moment import NOT_HELD, HeldSteps, Moment
from services.escalation.ladder.notices import correct_notices
from services.escalation.ladder.occasions import count_occasions
from services.escalation.ladder.policy import Policy
from services.escalation.ladder.proposals import settle_proposal
from services.escalation.ladder.reports import correct_reports, issue_report
from services.escalation.ladder.state import PupilState
from services.escalation.ladder.statuses import settle_chronic, settle_habitual
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
) -> Decision:
    """Judge the pupil at the close of a school day.

    `marks`: those that hold, of this school year, in any order; later days than the closed one do not count yet.
    `acts`: those that were allowed, in any order; later ones than the close do not count yet.
    `held_steps`: level 1 or 2, where a kill switch or the blast radius stops it at this close: the step waits.
    The same close again changes nothing. A close of an earlier day than one judged before is judged as of that one.
    """
    day = max(close.day, state.through or close.day)
    known = [act for act in acts if act.at <= close.at]
    moment = Moment(pupil, calendar, policy, known, day, close.at, held_steps=held_steps)
    attendance = read_attendance(pupil, calendar, marks, policy, day)
    state = replace(_judge(moment, state, attendance), through=day)
    return Decision(state, tuple(moment.events), next_wake(moment, state, attendance, acts))


def _judge(moment: Moment, state: PupilState, attendance: Attendance) -> PupilState:
    state, uncounted = count_occasions(moment, state, attendance)
    if uncounted:
        state = correct_reports(moment, state)
        state = correct_notices(moment, state)
        state = rescind_unsupported(moment, state)
    elif attendance.days_absent < state.days_absent:
        state = _review_absence(moment, state)
    state = settle_dispositions(moment, state)
    state, report = issue_report(moment, state)
    state = settle_habitual(moment, state)
    state = climb(moment, state, report)
    state = step_down(moment, state)
    state = settle_proposal(moment, state)
    return settle_chronic(moment, state, attendance)


def _review_absence(moment: Moment, state: PupilState) -> PupilState:
    """Some cases rest on absence for any reason, not on occasions."""
    if (
        state.referral is None
        or state.referral.basis != "chronic_absent"
        or state.level not in ("level_3", "enforcement")
    ):
        return state
    return require_review(moment, state, "a correction changed the absences that the referral rests on")
