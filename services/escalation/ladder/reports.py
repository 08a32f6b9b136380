"""Reports to the attendance supervisor (EC 48260, 48261): issued at a close, never back-dated, voided for good."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date

from services.escalation.ladder.moment import Moment, Values
from services.escalation.ladder.state import PupilState, Report
from shared.contracts.ladder import ReportIssued, ReportVoided


def correct_reports(moment: Moment, state: PupilState) -> PupilState:
    """Take off what no longer counts, then void the reports that are left without enough."""
    needed = moment.policy.reports.first_at_occasions
    revised = void_unsupported(take_off(state.reports, set(state.days)), needed)
    for before, after in zip(state.reports, revised, strict=True):
        if after.voided and not before.voided:
            moment.emit(
                ReportVoided,
                "report.voided",
                before.days,
                values={"days_still_listed": len(after.days), "needed": needed},
                report=after.id,
            )
    return replace(state, reports=revised)


def take_off(reports: tuple[Report, ...], counting: Collection[date]) -> tuple[Report, ...]:
    """An occasion that stopped counting is taken off every report; if it counts again, it is new."""
    return tuple(replace(report, days=tuple(day for day in report.days if day in counting)) for report in reports)


def void_unsupported(reports: tuple[Report, ...], needed: int) -> tuple[Report, ...]:
    """In order of issue: a report stands if it still lists an occasion, and it and the earlier ones, voided ones too, list
    at least `needed` different ones."""
    listed: set[date] = set()
    revised = []
    for report in reports:
        listed.update(report.days)
        stands = not report.voided and bool(report.days) and len(listed) >= needed
        revised.append(replace(report, voided=not stands))
    return tuple(revised)


def days_to_report(state: PupilState, needed: int) -> tuple[date, ...]:
    """The days that a new report would list. All of them where no valid report is left, else those that none lists."""
    if len(state.occasions) < needed:
        return ()
    if not state.valid_reports:
        return state.days
    listed = {day for report in state.reports for day in report.days}
    return tuple(day for day in state.days if day not in listed)


def issue_report(moment: Moment, state: PupilState) -> tuple[PupilState, Report | None]:
    """At most one report at a close."""
    needed = moment.policy.reports.first_at_occasions
    days = days_to_report(state, needed)
    if not days:
        return state, None
    initial = not state.valid_reports
    values: Values = {
        "occasions": len(state.occasions),
        "needed": needed,
        "valid_reports_before": len(state.valid_reports),
    }
    return issue(moment, state, "report.first" if initial else "report.again", days, values)


def issue(
    moment: Moment, state: PupilState, rule: str, days: tuple[date, ...], values: Values
) -> tuple[PupilState, Report | None]:
    """A report that lists `days`; none, if there are none."""
    if not days:
        return state, None
    initial = not state.valid_reports
    report = Report(moment.artefact_id("report", len(state.reports) + 1), moment.day, moment.at, initial, days)
    marks = [mark for occasion in state.occasions if occasion.day in days for mark in occasion.marks]
    moment.emit(ReportIssued, rule, days, marks, values, report=report.id, initial=initial, days=days)
    return replace(state, reports=(*state.reports, report)), report
