"""Pupils of several schools. In one district the record goes on; a charter school keeps a ladder of its own (EC 47610)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from services.escalation.ladder.facts import Enrolment, Pupil, SchoolCalendar
from services.escalation.ladder.moment import Moment
from services.escalation.ladder.state import PupilState, initial_state
from shared.contracts.case_life import CaseClosed, CaseReopened
from shared.contracts.terms import CaseEnd


def agency_of(calendar: SchoolCalendar) -> str:
    """Whose ladder the school climbs: the district's (empty), or its own for a charter school."""
    return calendar.school if calendar.lea_type == "charter" else ""


def of_one_agency(
    pupil: Pupil, calendar: SchoolCalendar, others: Sequence[SchoolCalendar]
) -> tuple[Pupil, SchoolCalendar]:
    """The pupil with the enrolments at schools of the agency of `calendar`, and the calendar of those: each day as the
    school had it in which the pupil was enrolled. A school without a calendar of its own is taken as if it had this one."""
    if not others:
        return pupil, calendar
    of_school = {each.school: each for each in others if each.school_year == calendar.school_year}
    of_school[calendar.school] = calendar
    agency = agency_of(calendar)
    enrolments = tuple(
        enrolment for enrolment in pupil.enrolments if agency_of(of_school.get(enrolment.school, calendar)) == agency
    )
    schools = {enrolment.school: of_school.get(enrolment.school, calendar) for enrolment in enrolments}
    return replace(pupil, enrolments=enrolments), _as_enrolled(enrolments, schools, calendar)


def _as_enrolled(
    enrolments: tuple[Enrolment, ...], schools: dict[str, SchoolCalendar], calendar: SchoolCalendar
) -> SchoolCalendar:
    if all((each.days, each.periods) == (calendar.days, calendar.periods) for each in schools.values()):
        return calendar
    days: list[date] = []
    periods: dict[date, tuple[int, ...]] = {}
    for day in sorted({*calendar.days, *(day for each in schools.values() for day in each.days)}):
        school = _school_on(enrolments, schools, calendar, day)
        if day in school.positions:
            days.append(day)
            periods[day] = school.periods
    return replace(calendar, days=tuple(days), periods_on=periods)


def _school_on(
    enrolments: tuple[Enrolment, ...], schools: dict[str, SchoolCalendar], calendar: SchoolCalendar, day: date
) -> SchoolCalendar:
    for enrolment in reversed(enrolments):
        if enrolment.entered <= day and (enrolment.exited is None or day < enrolment.exited):
            return schools[enrolment.school]
    return calendar


def change_agency(moment: Moment, state: PupilState) -> PupilState:
    """The record of the agency that closes: where it stood, or a new one. The other one is kept as it stands."""
    agency = agency_of(moment.calendar)
    if state.agency == agency:
        return state
    left = _close_record(moment, replace(state, elsewhere=()))
    others = [left, *state.elsewhere] if has_case(left) else list(state.elsewhere)
    found = next((record for record in others if record.agency == agency), None)
    elsewhere = tuple(record for record in others if record.agency != agency)
    if found is None:
        return replace(initial_state(state.school_year), agency=agency, elsewhere=elsewhere)
    return reopen(moment, replace(found, elsewhere=elsewhere))


def _close_record(moment: Moment, state: PupilState) -> PupilState:
    if not has_case(state) or state.closed:
        return state
    to_charter = agency_of(moment.calendar) != ""
    reason: CaseEnd = "transferred_to_charter" if to_charter else "moved"
    return close_case(moment, state, reason, residence_district=moment.pupil.district if to_charter else None)


def close_case(moment: Moment, state: PupilState, reason: CaseEnd, residence_district: str | None = None) -> PupilState:
    moment.emit(
        CaseClosed,
        f"case.{reason}",
        state.days,
        values={"level": state.level, "occasions": len(state.occasions), "valid_reports": len(state.valid_reports)},
        reason=reason,
        residence_district=residence_district,
    )
    return replace(state, closed=reason)


def reopen(moment: Moment, state: PupilState) -> PupilState:
    if state.closed is None or state.closed == "aged_out":
        return state
    moment.emit(CaseReopened, "case.reopened", state.days, values={"level": state.level}, closed_for=state.closed)
    return replace(state, closed=None)


def has_case(state: PupilState) -> bool:
    """Something is decided about the pupil that would have to be closed or kept."""
    return bool(state.occasions or state.reports or state.notices or state.referral or state.level != "prevention")
