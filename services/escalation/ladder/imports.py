"""The record of another district (S20 ii): its verified days and reports count, because the statute counts per pupil."""

from dataclasses import replace
from datetime import date

from services.escalation.ladder.acts import Import
from services.escalation.ladder.moment import Moment, Values
from services.escalation.ladder.refusal import Refused
from services.escalation.ladder.reports import void_unsupported
from services.escalation.ladder.school_days import year_began
from services.escalation.ladder.state import Occasion, PupilState, Report
from shared.contracts.case_life import RecordImported
from shared.contracts.envelope import derived_id


def take_record(moment: Moment, state: PupilState, act: Import) -> PupilState:
    """Count the days, and list them as the other district's reports did. Refused if the record contradicts itself or ours."""
    _check_days(moment, state, act)
    _check_reports(moment, act)
    reports = tuple(
        Report(
            derived_id("report", act.id, number),
            report.day,
            moment.at,
            initial=number == 0 and not state.valid_reports,
            days=report.days,
            imported=True,
        )
        for number, report in enumerate(act.reports)
    )
    values: Values = {"days": len(act.days), "reports": len(act.reports), "source": act.source}
    moment.emit(
        RecordImported,
        "record.imported",
        act.days,
        values=values,
        act=act.id,
        by=act.by,
        source=act.source,
        reason=act.reason,
        days=act.days,
        reports=tuple(report.day for report in act.reports),
    )
    in_order = sorted((*state.reports, *reports), key=lambda report: (report.day, not report.imported))
    return replace(
        state,
        imported_days=tuple(sorted({*state.imported_days, *act.days})),
        occasions=with_imported(state.occasions, act.days),
        reports=tuple(in_order),
    )


def with_imported(occasions: tuple[Occasion, ...], days: tuple[date, ...]) -> tuple[Occasion, ...]:
    """The days of another district among our own; a day counts once."""
    own = {occasion.day for occasion in occasions}
    imported = [Occasion(day, full_day=True, marks=(), imported=True) for day in days if day not in own]
    return tuple(sorted((*occasions, *imported), key=lambda occasion: occasion.day)) if imported else occasions


def _check_days(moment: Moment, state: PupilState, act: Import) -> None:
    began = year_began(moment.calendar, moment.policy.counting.year_start)
    if list(act.days) != sorted(set(act.days)):
        raise Refused("the days must be in order, each once")
    for day in act.days:
        if not began <= day <= moment.day:
            raise Refused(f"{day} is not a past day of the school year {moment.calendar.school_year}")
        if day in state.days:
            raise Refused(f"{day} counts already")
        if any(
            enrolment.entered <= day and (enrolment.exited is None or day < enrolment.exited)
            for enrolment in moment.pupil.enrolments
        ):
            raise Refused(f"on {day} the pupil was enrolled here")


def _check_reports(moment: Moment, act: Import) -> None:
    needed = moment.policy.reports.first_at_occasions
    reports = tuple(Report(act.id, report.day, moment.at, False, report.days) for report in act.reports)
    for report, checked in zip(reports, void_unsupported(reports, needed), strict=True):
        unknown = [day for day in report.days if day not in act.days]
        if unknown:
            raise Refused(f"the report of {report.day} lists {unknown[0]}, which is not among the days")
        if not report.days or report.day < max(report.days) or report.day > moment.day:
            raise Refused(f"the report of {report.day} must list days, all of them up to its own, and be of the past")
        if checked.voided:
            raise Refused(f"the report of {report.day} and those before list fewer than {needed} days")
