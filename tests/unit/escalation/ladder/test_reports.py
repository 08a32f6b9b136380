"""Reports: issued at a close, corrected, voided for good."""

from datetime import date
from uuid import UUID

from services.escalation.ladder.reports import days_to_report, take_off, void_unsupported
from services.escalation.ladder.state import Occasion, PupilState, Report
from tests.unit.escalation.ladder.builders import DAYS, YEAR, Year, at, at_level_1

D = DAYS


def report(number: int, *days: date, voided: bool = False) -> Report:
    return Report(UUID(int=number), D[50], at(D[50]), number == 1, days, voided)


def state(days: tuple[date, ...], *reports: Report) -> PupilState:
    return PupilState(YEAR, occasions=tuple(Occasion(day, True, ()) for day in days), reports=reports)


def test_a_report_lists_what_no_report_lists() -> None:
    assert days_to_report(state(D[:2]), 3) == ()
    assert days_to_report(state(D[:4]), 3) == D[:4]
    assert days_to_report(state(D[:4], report(1, *D[:3])), 3) == (D[3],)
    assert days_to_report(state(D[:3], report(1, *D[:3])), 3) == ()


def test_a_voided_report_still_lists_but_only_beside_a_valid_one() -> None:
    voided = report(1, *D[:2], voided=True)
    assert days_to_report(state(D[:4], voided, report(2, D[2])), 3) == (D[3],)
    assert days_to_report(state(D[:3], voided), 3) == D[:3]


def test_voiding_goes_in_order_and_counts_what_voided_reports_list() -> None:
    reports = (report(1, *D[:2]), report(2, D[3]), report(3), report(4, D[5]))
    assert [each.voided for each in void_unsupported(reports, 3)] == [True, False, True, False]


def test_the_same_day_on_two_reports_counts_once() -> None:
    reports = (report(1, *D[:2], voided=True), report(2, *D[:2]))
    assert [each.voided for each in void_unsupported(reports, 3)] == [True, True]


def test_voided_is_voided_for_good() -> None:
    reports = void_unsupported((report(1, *D[:3], voided=True), report(2, D[4])), 3)
    assert [each.voided for each in reports] == [True, False]


def test_take_off() -> None:
    assert [each.days for each in take_off((report(1, *D[:3]), report(2, D[3])), {D[0], D[2]})] == [(D[0], D[2]), ()]


def test_nine_days_at_once_are_one_report() -> None:
    year = Year().absent(*D[:9])
    year.close(D[20])
    assert year.now("report_days") == [list(D[:9])]
    assert year.now("report_dates") == [D[20]]
    assert year.now("level") == "level_1"


def test_a_day_taken_off_and_back_is_new() -> None:
    year = at_level_1().miss(D[3])
    year.excuse(D[3]).close(D[4])
    assert year.now("report_days") == [list(D[:3])]
    year.absent(D[3]).close(D[5])
    assert year.now("report_days") == [list(D[:3]), [D[3]]]
    assert year.now("report_dates") == [D[2], D[5]]


def test_the_first_report_void_the_others_move_up() -> None:
    year = at_level_1().miss(D[3], D[4], D[5])
    year.excuse(D[0]).close(D[6])
    assert year.now("report_dates") == [D[3], D[4], D[5]]
    assert year.now("notices") == ["truancy_notice_1"]
    assert year.now("sent")[-2:] == ["truancy_notice_1:basis_changed", "correction"]
