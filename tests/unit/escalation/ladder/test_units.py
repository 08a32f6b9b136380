"""What makes a day an occasion, in each unit; and what a court counts."""

from typing import Any

import pytest

from services.escalation.ladder import Mark, merge
from services.escalation.ladder.days import Day, judge_day
from tests.unit.escalation.ladder.builders import DAYS, POLICY, Year, calendar, mark

D = DAYS
UNITS = ("occasion_day", "full_day", "day_or_part", "period")


def year_in(unit: str, *marks: Mark, **counting: Any) -> Year:
    policy = merge(POLICY, {"counting": {"unit": unit, **counting}})
    year = Year(calendar=calendar(periods=(1, 2, 3)), policy=policy).say(*marks)
    year.close(D[8])
    return year


@pytest.mark.parametrize(
    ("marks", "occasion_in"),
    [
        ([mark(D[0])], {"occasion_day", "full_day", "day_or_part", "period"}),
        ([mark(D[0], period=period) for period in (1, 2, 3)], {"occasion_day", "full_day", "day_or_part", "period"}),
        ([mark(D[0], period=2)], {"occasion_day", "day_or_part", "period"}),
        ([mark(D[0], period=2, minutes=20)], {"day_or_part", "period"}),
        ([mark(D[0], "tardy", minutes=31)], {"occasion_day", "day_or_part"}),
        ([mark(D[0], "tardy", minutes=10)], {"day_or_part"}),
        ([mark(D[0], "left_early", minutes=10)], {"day_or_part"}),
        ([mark(D[0], "tardy", "excused", minutes=90)], set()),
        ([mark(D[0], "absent", "excused", reason="ILL"), mark(D[0], period=2)], set()),
        ([mark(D[0], "absent", "excused", suspension="oss")], set()),
    ],
)
def test_each_unit_has_its_own_occasions(marks: list[Mark], occasion_in: set[str]) -> None:
    assert {unit for unit in UNITS if year_in(unit, *marks).now("occasions")} == occasion_in


def test_leaving_early_may_not_count_in_parts_either() -> None:
    year = year_in("day_or_part", mark(D[0], "left_early", minutes=90), early_out_counts=False)
    assert year.now("occasions") == 0


def test_an_occasion_keeps_how_many_periods_were_missed() -> None:
    year = year_in(
        "period", mark(D[0]), mark(D[1], period=1), mark(D[1], period=3), mark(D[2], "absent", "excused", period=1)
    )
    assert [(occasion.day, occasion.periods) for occasion in year.state.occasions] == [(D[0], 3), (D[1], 2)]


def test_letters_may_go_by_periods() -> None:
    """Five missed periods on three days: the statute's report, and a second letter at five periods."""
    policy = merge(POLICY, {"letters": {"L2": {"n": 5, "unit": "period"}}})
    year = Year(calendar=calendar(periods=(1, 2, 3)), policy=policy)
    year.say(*(mark(D[0], period=period) for period in (1, 2)), mark(D[1], period=1), mark(D[2], period=1)).close(D[2])
    assert (year.now("reports"), year.now("level")) == (1, "level_1")


def test_an_unknown_reason_may_count_at_once() -> None:
    policy = merge(POLICY, {"unknown_counts_as_unexcused": True})
    year = Year(policy=policy).absent(D[0], excuse="unverified")
    year.close(D[0])
    assert (year.now("occasions"), year.wake_on) == (1, D[9])  # only for the percentages


@pytest.mark.parametrize(
    ("marks", "days"),
    [
        ([mark(D[0])], 1),
        ([mark(D[0], "absent", "unverified")], 0),
        ([mark(D[0], period=2)], 0),
        ([mark(D[0], period=period) for period in (1, 2, 3)], 1),
        (
            [mark(D[0], "absent", "unverified" if period == 2 else "unexcused", period=period) for period in (1, 2, 3)],
            0,
        ),
        ([mark(D[0], "tardy", minutes=120)], 0),
    ],
)
def test_a_court_counts_verified_full_days_only(marks: list[Mark], days: int) -> None:
    year = year_in("occasion_day", *marks)
    assert (year.now("occasions"), year.now("court_grade_full_days")) == (1, days)


def test_a_mark_that_is_verified_later_makes_the_day_one_for_the_court() -> None:
    year = Year().absent(D[0], excuse="unverified")
    year.close(D[5])
    assert year.now("court_grade_full_days") == 0
    year.absent(D[0]).close(D[6])
    assert (year.now("court_grade_full_days"), year.types.count("truancy.occasion.counted")) == (1, 1)


def test_a_day_that_nobody_explained_yet_is_judged_by_its_unexcused_parts() -> None:
    """Two periods are known to be cut; until the day itself matures it is a part of a day."""
    day = [mark(D[0], excuse="unverified"), mark(D[0], period=1), mark(D[0], period=2)]
    assert judge_day(day, (1, 2, 3), POLICY.counting, matured=False) == Day(True, False, True, 2)
    assert judge_day(day, (1, 2, 3), POLICY.counting, matured=True) == Day(True, True, True, 3)


def test_a_day_of_a_school_without_periods_is_one() -> None:
    assert judge_day([mark(D[0])], (), POLICY.counting, matured=True).periods == 1
