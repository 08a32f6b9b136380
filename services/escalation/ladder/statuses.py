"""Statuses in law: habitual truant (EC 48262), chronic truant (EC 48263.6), chronic absentee (EC 60901)."""

from dataclasses import replace

from services.escalation.ladder.attendance import Attendance
from services.escalation.ladder.contacts import efforts_after
from services.escalation.ladder.moment import Moment, Values
from services.escalation.ladder.school_days import enrolled_days, nth_enrolled_day
from services.escalation.ladder.state import PupilState
from shared.contracts.statuses import (
    ChronicAbsentCleared,
    ChronicAbsentSet,
    ChronicTruantCleared,
    ChronicTruantSet,
    HabitualCleared,
    HabitualSet,
    SeverelyAbsentCleared,
    SeverelyAbsentSet,
)


def settle_habitual(moment: Moment, state: PupilState) -> PupilState:
    """Enough valid reports, and an effort to hold a conference later than the first of them."""
    rule = moment.policy.habitual
    reports = state.valid_reports
    if len(reports) < rule.reports and not state.habitual:
        return state
    efforts = efforts_after(moment.acts, reports[0].day, reports[0].at, rule.effort) if reports else 0
    habitual = len(reports) >= rule.reports and efforts >= rule.effort.attempts
    if habitual == state.habitual:
        return state
    values: Values = {
        "valid_reports": len(reports),
        "efforts_after_first_report": efforts,
        "first_report": reports[0].day.isoformat() if reports else None,
    }
    moment.emit(HabitualSet if habitual else HabitualCleared, "habitual", state.days, values=values)
    return replace(state, habitual=habitual)


def settle_chronic(moment: Moment, state: PupilState, attendance: Attendance) -> PupilState:
    """The two percentages of the school days enrolled so far, the day of the close included."""
    enrolled = enrolled_days(attendance.spans, attendance.places)
    reportable = nth_enrolled_day(moment.calendar, attendance.spans, moment.policy.chronic_absent.state_report_min_days)
    state = _settle_absent(moment, state, attendance.days_absent, enrolled)
    state = _settle_truant(moment, state, enrolled)
    if (state.days_absent, state.reportable_from) == (attendance.days_absent, reportable):
        return state
    return replace(state, days_absent=attendance.days_absent, reportable_from=reportable)


def reaches(part: int, whole: int, percent: float) -> bool:
    """`part` is at least `percent` of `whole`, and there is something to count."""
    return part > 0 and part * 100 >= percent * whole


def _settle_absent(moment: Moment, state: PupilState, absent: int, enrolled: int) -> PupilState:
    """Chronic (EC 60901) and, for the strongest support, severe; from the day on from which the share says something."""
    rule = moment.policy.chronic_absent
    judged = enrolled >= rule.early_warning_min_days
    chronic = judged and reaches(absent, enrolled, rule.any_pct_gte)
    severe = judged and reaches(absent, enrolled, rule.severe_pct)
    if (chronic, severe) == (state.chronic_absent, state.severely_absent):
        return state
    values: Values = {"days_absent": absent, "school_days_enrolled": enrolled}
    if chronic != state.chronic_absent:
        values = {**values, "percent": rule.any_pct_gte}
        moment.emit(ChronicAbsentSet if chronic else ChronicAbsentCleared, "chronic_absent", values=values)
    if severe != state.severely_absent:
        values = {**values, "percent": rule.severe_pct}
        moment.emit(SeverelyAbsentSet if severe else SeverelyAbsentCleared, "severely_absent", values=values)
    return replace(state, chronic_absent=chronic, severely_absent=severe)


def _settle_truant(moment: Moment, state: PupilState, enrolled: int) -> PupilState:
    full_days = [occasion.day for occasion in state.occasions if occasion.full_day and not occasion.imported]
    percent = moment.policy.chronic_truant.unexcused_pct_gte
    chronic = reaches(len(full_days), enrolled, percent) and all(
        done for section, done in compliance(state).items() if section in moment.policy.chronic_truant.requires
    )
    if chronic == state.chronic_truant:
        return state
    values: Values = {
        "unexcused_full_days": len(full_days),
        "school_days_enrolled": enrolled,
        "percent": percent,
        **{f"EC {section}": done for section, done in compliance(state).items()},
    }
    moment.emit(ChronicTruantSet if chronic else ChronicTruantCleared, "chronic_truant", full_days, values=values)
    return replace(state, chronic_truant=chronic)


def compliance(state: PupilState) -> dict[str, bool]:
    """What EC 48263.6 asks the district to have done, by section. EC 48291 binds the District Attorney's answer, which comes
    after a referral, so nothing is asked for it here."""
    return {
        "48260": bool(state.valid_reports),
        "48260.5": state.counts("truancy_notice_1"),
        "48261": len(state.valid_reports) > 1,
        "48262": state.habitual,
        "48263": state.referral is not None,
    }
