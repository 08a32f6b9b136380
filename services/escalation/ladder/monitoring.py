"""The SARB's monitoring: progress reports while level 3 lasts, and each new occasion after a directive."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from services.escalation.ladder.directives import latest_directive
from services.escalation.ladder.moment import Moment
from services.escalation.ladder.school_days import day_after, days_since, local_day
from services.escalation.ladder.state import Monitoring, PupilState
from shared.contracts.case_life import MonitoringOccasion, MonitoringReportDue


def watch(moment: Moment, state: PupilState) -> PupilState:
    """Begin (again): the referral, or the District Attorney's no."""
    return replace(state, monitoring=Monitoring(moment.day))


def settle_monitoring(moment: Moment, state: PupilState, before: Sequence[date]) -> PupilState:
    """`before`: the occasions as they were known before this close."""
    if state.level != "level_3":
        return state
    _log_occasions(moment, state, before)
    monitoring = state.monitoring
    due = next_report(moment, state)
    if monitoring is None or due is None or due > moment.day:
        return state
    number = monitoring.reported + 1
    passed = days_since(moment.calendar, monitoring.since, moment.day)
    last = number * moment.policy.levels.L3.progress_report_every >= moment.policy.levels.L3.monitor_school_days
    since = [day for day in state.days if day > monitoring.since]
    moment.emit(
        MonitoringReportDue,
        "monitoring.report_due",
        since,
        values={"school_days": passed, "occasions": len(since)},
        number=number,
        last=last,
    )
    return replace(state, monitoring=replace(monitoring, reported=number))


def next_report(moment: Moment, state: PupilState) -> date | None:
    """The school day on whose close the next progress report is due; none after the monitoring or the school year."""
    rule = moment.policy.levels.L3
    if state.level != "level_3" or state.monitoring is None:
        return None
    school_days = (state.monitoring.reported + 1) * rule.progress_report_every
    if school_days > rule.monitor_school_days:
        return None
    return day_after(moment.calendar, state.monitoring.since, school_days)


def _log_occasions(moment: Moment, state: PupilState, before: Sequence[date]) -> None:
    directive = latest_directive(moment.acts)
    if directive is None:
        return
    given = local_day(directive.at, moment.calendar)
    since = [day for day in (*state.carried_days, *state.days) if day > given]
    for day in since:
        if day in state.days and day not in before:
            moment.emit(
                MonitoringOccasion,
                "monitoring.occasion",
                [day],
                values={"occasions_since_directive": len(since)},
                directive=directive.id,
                day=day,
            )
