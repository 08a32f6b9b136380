"""Units and windows: what a threshold counts, and within which days."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from services.escalation.ladder import Enrolment, merge
from services.escalation.ladder.moment import Moment
from services.escalation.ladder.policy_values import Threshold
from services.escalation.ladder.state import Occasion
from services.escalation.ladder.thresholds import last_day, met_by
from tests.unit.escalation.ladder.builders import CALENDAR, DAYS, POLICY, Year, at, contact, mark, meeting, pupil

D = DAYS
"""D[0] is Monday 2025-08-18; D[10] is Monday 2025-09-01; five school days a week."""


def occasions(*days: date, full_day: bool = True, periods: int = 1) -> list[Occasion]:
    return [Occasion(day, full_day, (), periods) for day in days]


def met(threshold: Any, them: Sequence[Occasion], after: date | None = None, through: int = 179) -> tuple[date, ...]:
    who = pupil(date(2010, 3, 2), Enrolment("north", D[0], None, 10))
    moment = Moment(who, CALENDAR, POLICY, (), D[through], at(D[through], 18))
    return met_by(moment, Threshold.model_validate(threshold), them, after)


def test_a_plain_number_counts_the_occasions_of_the_school_year() -> None:
    assert met(3, occasions(D[0], D[1])) == ()
    assert met(3, occasions(D[0], D[90], D[179])) == (D[0], D[90], D[179])


def test_strictly_more_is_one_more() -> None:
    assert met({"gt": 2}, occasions(D[0], D[1])) == ()
    assert met({"gt": 2}, occasions(D[0], D[1], D[2])) == (D[0], D[1], D[2])


def test_full_days_leave_out_the_rest() -> None:
    mixed = sorted([*occasions(D[0], D[2]), *occasions(D[1], full_day=False)], key=lambda each: each.day)
    assert met({"n": 3, "unit": "full_day"}, mixed) == ()
    assert met({"n": 2, "unit": "full_day"}, mixed) == (D[0], D[2])
    assert met({"n": 3, "unit": "occasion_day"}, mixed) == (D[0], D[1], D[2])


def test_periods_are_added_up() -> None:
    cuts = occasions(D[0], D[1], full_day=False, periods=3)
    assert met({"n": 6, "unit": "period"}, cuts) == (D[0], D[1])
    assert met({"n": 7, "unit": "period"}, cuts) == ()


@pytest.mark.parametrize(
    ("window", "inside", "outside"),
    [
        ("calendar_month", (date(2025, 9, 1), date(2025, 9, 30)), (date(2025, 8, 29), date(2025, 9, 1))),
        ("4_weeks", (date(2025, 9, 1), date(2025, 9, 26)), (date(2025, 9, 1), date(2025, 9, 29))),
        ("10_calendar_days", (date(2025, 9, 1), date(2025, 9, 10)), (date(2025, 9, 1), date(2025, 9, 11))),
        ("5_school_days", (date(2025, 9, 3), date(2025, 9, 9)), (date(2025, 9, 3), date(2025, 9, 10))),
        ("1_months", (date(2025, 9, 4), date(2025, 10, 3)), (date(2025, 9, 4), date(2025, 10, 6))),
        ("6_months", (date(2025, 9, 4), date(2026, 3, 3)), (date(2025, 9, 4), date(2026, 3, 4))),
        ("six_months_same_year", (date(2025, 9, 4), date(2026, 3, 3)), (date(2025, 9, 4), date(2026, 3, 4))),
        ("school_year", (D[0], D[179]), (D[0],)),
    ],
)
def test_a_window_is_met_by_days_that_fit_into_it(
    window: str, inside: tuple[date, ...], outside: tuple[date, ...]
) -> None:
    assert met({"n": 2, "window": window}, occasions(*inside)) == inside
    assert met({"n": 2, "window": window}, occasions(*outside)) == ()


def test_the_first_window_that_holds_enough_is_named() -> None:
    days = (date(2025, 8, 20), date(2025, 9, 8), date(2025, 9, 9), date(2025, 10, 1), date(2025, 10, 2))
    assert met({"n": 2, "window": "calendar_month"}, occasions(*days)) == days[1:3]
    assert met({"n": 2, "window": "calendar_month"}, occasions(*days), date(2025, 9, 9)) == days[3:]
    assert met({"n": 2, "window": "calendar_month"}, occasions(*days), date(2025, 10, 2)) == ()
    assert met(2, occasions(*days), date(2025, 10, 2)) == ()
    assert met(2, occasions(*days), date(2025, 10, 1)) == days


def test_the_last_day_of_a_window() -> None:
    assert last_day("calendar_month", date(2026, 2, 5), CALENDAR) == date(2026, 2, 28)
    assert last_day("calendar_month", date(2025, 12, 5), CALENDAR) == date(2025, 12, 31)
    assert last_day("6_months", date(2025, 8, 29), CALENDAR) == date(2026, 2, 28)
    assert last_day("5_school_days", D[178], CALENDAR) == D[179]


def test_a_percentage_is_looked_at_on_occasion_days_and_never_before_enough_days_enrolled() -> None:
    tenth: dict[str, Any] = {"pct": 10, "window": "percent_since_enrolment"}
    assert met(tenth, occasions(D[0]), through=8) == ()
    assert met(tenth, occasions(D[0]), through=9) == (D[0],)
    assert met(tenth, occasions(D[0]), through=100) == (D[0],)
    assert met(tenth, occasions(D[15]), through=15) == ()
    assert met(tenth, occasions(D[15], D[18]), through=18) == (D[15], D[18])
    assert met({**tenth, "min_school_days": 30}, occasions(D[0], D[1]), through=28) == ()
    assert met({**tenth, "min_school_days": 20}, occasions(D[0], D[1]), through=19) == (D[0], D[1])


def test_a_percentage_alone_wakes_the_pupil_on_the_day_from_which_it_may_be_judged() -> None:
    year = Year(policy=merge(POLICY, {"levels": {"L1": {"pct": 10, "window": "percent_since_enrolment"}}}))
    year.miss(D[0])
    assert year.wake_on == D[9]
    year.close(D[9])
    assert year.now("level") == "level_1"
    assert year.now("reports") == 0


def test_level_1_by_its_own_window_does_not_wait_for_a_report() -> None:
    year = Year(policy=merge(POLICY, {"levels": {"L1": {"n": 2, "window": "calendar_month"}}}))
    year.miss(D[0], D[12])
    assert (year.now("level"), year.now("reports")) == ("prevention", 0)
    year.miss(D[13])
    assert (year.now("level"), year.now("notices")) == ("level_1", ["truancy_notice_1"])


def test_the_first_notice_goes_with_the_report_where_level_1_waits_for_its_window() -> None:
    year = Year(policy=merge(POLICY, {"levels": {"L1": {"n": 3, "window": "calendar_month"}}}))
    year.miss(D[0], D[12], D[40])
    assert (year.now("level"), year.now("notices"), year.now("reports")) == ("prevention", ["truancy_notice_1"], 1)
    year.miss(D[41], D[42])
    assert year.now("level") == "level_1"
    year.excuse(D[42]).close(D[43])
    assert (year.now("level"), year.now("notices")) == ("prevention", ["truancy_notice_1"])
    assert "level.rescinded" in year.types


def test_after_improvement_a_window_needs_something_new() -> None:
    year = Year(policy=merge(POLICY, {"levels": {"L1": {"n": 3, "window": "calendar_month"}}}))
    year.miss(D[0], D[1], D[2])
    year.close_through(D[3], D[40])
    assert year.now("level") == "prevention"
    year.miss(D[60], D[61])
    assert year.now("level") == "prevention"
    year.miss(D[62])
    assert year.now("level") == "level_1"


def test_a_second_letter_in_full_days_goes_when_a_part_becomes_a_full_day_and_back() -> None:
    policy = merge(POLICY, {"letters": {"L2": {"n": 4, "unit": "full_day"}, "L3": 9}})
    year = Year(policy=policy).miss(*D[:3])
    year.act(meeting(at(D[3])))
    year.say(mark(D[9], "tardy", "unexcused", minutes=45)).close(D[9])
    assert year.now("level") == "level_1"
    del year.marks[D[9], None]
    year.absent(D[9]).close(D[10])
    assert year.now("level") == "level_2"
    year.say(mark(D[9], "tardy", "unexcused", minutes=45)).close(D[11])
    assert (year.now("level"), year.now("occasions")) == ("level_1", 4)
    assert "truancy_notice_2:corrected" in year.now("sent")


def test_the_sarb_may_count_neither_unverified_days_nor_parts() -> None:
    strict = merge(POLICY, {"sarb_counts": {"unverified": False, "period": False}, "letters": {"L3": 7}})
    for policy, proposed in ((merge(POLICY, {"letters": {"L3": 7}}), "level_3"), (strict, "none")):
        year = Year(policy=policy).miss(*D[:3])
        year.act(meeting(at(D[3])))
        year.miss(*D[8:11])
        year.act(meeting(at(D[11]), "mediation"))
        year.absent(D[16], excuse="unverified").close_through(D[16], D[20])
        assert (year.now("level"), year.now("occasions")) == ("level_2", 7)
        assert year.now("court_grade_full_days") == 6
        assert year.now("proposed") == proposed


def test_a_first_letter_may_wait_for_more_than_the_first_report() -> None:
    year = Year(policy=merge(POLICY, {"letters": {"L1": 4}})).miss(*D[:3])
    assert (year.now("reports"), year.now("notices"), year.now("level")) == (1, [], "prevention")
    year.miss(D[3])
    assert (year.now("reports"), year.now("notices"), year.now("level")) == (2, ["truancy_notice_1"], "level_1")
    assert year.state.notices[0].days == D[:4]


def test_letters_without_level_2() -> None:
    year = Year(
        policy=merge(POLICY, {"levels": {"L1": {"n": 8}, "L2": {"on": "not_used"}, "L3": {"after": ["SART_held"]}}})
    )
    year.miss(*D[:3])
    year.act(contact(at(D[3])))
    year.miss(*D[8:11])
    assert (year.now("level"), year.now("notices")) == ("prevention", ["truancy_notice_1", "truancy_notice_2"])
    year.miss(*D[11:13])
    assert (year.now("level"), year.now("meetings_required")) == ("level_1", ["sart"])
    year.act(meeting(at(D[14])))
    year.miss(*D[18:20])
    assert (year.now("level"), year.now("proposed")) == ("level_1", "level_3")


def met_by_periods(threshold: Any, them: Sequence[Occasion]) -> tuple[date, ...]:
    """Under a policy whose occasions are periods."""
    policy = merge(POLICY, {"counting": {"unit": "period"}})
    moment = Moment(pupil(), CALENDAR, policy, (), D[179], at(D[179], 18))
    return met_by(moment, Threshold.model_validate(threshold), them)


def test_where_periods_are_counted_a_plain_number_means_periods() -> None:
    cuts = occasions(D[0], D[1], full_day=False, periods=3)
    assert met_by_periods(6, cuts) == (D[0], D[1])
    assert met_by_periods(7, cuts) == ()
    assert met_by_periods({"n": 3, "unit": "occasion_day"}, cuts) == ()
    assert met_by_periods({"n": 2, "unit": "full_day"}, cuts) == ()


def test_a_month_holds_its_earlier_days_too() -> None:
    september = occasions(date(2025, 9, 3), date(2025, 9, 10), date(2025, 9, 24))
    assert met({"n": 3, "window": "calendar_month"}, september) == (
        date(2025, 9, 3),
        date(2025, 9, 10),
        date(2025, 9, 24),
    )
    assert met({"n": 3, "window": "calendar_month"}, september, after=date(2025, 9, 10)) != ()
    assert met({"n": 3, "window": "calendar_month"}, september, after=date(2025, 9, 24)) == ()


def test_a_part_is_reached_at_its_hundredth() -> None:
    tenth = {"pct": 10, "window": "percent_since_enrolment"}
    assert met(tenth, occasions(D[0]), through=9) == (D[0],)
    assert met(tenth, occasions(D[0]), through=8) == ()
    assert met(tenth, occasions(D[0], D[10]), through=10) == (D[0],), "two of eleven; one of ten was enough before"
    late = occasions(D[99], *(D[place] for place in range(90, 99)))
    in_order = sorted(late, key=lambda each: each.day)
    assert met(tenth, in_order, through=99) == tuple(D[90:100]), "ten of a hundred"
    assert met(tenth, in_order[1:], through=99) == ()
    assert met(tenth, occasions(*D[91:101]), through=100) == (), "ten of a hundred and one"


@pytest.mark.parametrize(
    "said",
    [
        {"n": 3, "unit": "full_day", "window": "calendar_month"},
        {"gt": 6, "window": "30_school_days"},
        {"pct": 10.0, "window": "percent_since_enrolment", "min_school_days": 20},
        {"n": 4, "unit": "period"},
    ],
)
def test_a_threshold_is_written_as_it_was_read(said: dict[str, Any]) -> None:
    assert Threshold.model_validate(said).written() == said
