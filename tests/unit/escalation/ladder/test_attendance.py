"""Which school days are occasions, and which are absences."""

from datetime import date
from typing import Any

import pytest

from services.escalation.ladder import Enrolment, Mark, SchoolCalendar, merge
from services.escalation.ladder.attendance import Attendance, read_attendance
from tests.unit.escalation.ladder.builders import CALENDAR, DAYS, POLICY, calendar, mark, pupil

DAY, LATER = DAYS[10], DAYS[20]


def read(
    *marks: Mark, through: date = LATER, where: SchoolCalendar = CALENDAR, who: Any = None, policy: Any = POLICY
) -> Attendance:
    return read_attendance(who or pupil(), where, marks, policy, through)


@pytest.mark.parametrize(
    ("fields", "counts"),
    [
        ({}, True),
        ({"excuse": "excused"}, False),
        ({"suspension": "oss"}, False),
        ({"suspension": "iss"}, False),
        ({"status": "present", "excuse": None}, False),
        ({"status": "tardy", "minutes": 31}, True),
        ({"status": "tardy", "minutes": 30}, False),
        ({"status": "tardy", "minutes": None}, False),
        ({"status": "tardy", "minutes": 31, "excuse": None}, False),
        ({"status": "tardy", "minutes": 31, "excuse": "excused"}, False),
        ({"status": "left_early", "minutes": 31}, True),
        ({"status": "left_early", "minutes": 30}, False),
        ({"period": 2}, True),
        ({"period": 2, "minutes": 30}, False),
        ({"period": 2, "minutes": 31}, True),
        ({"period": 2, "excuse": "excused"}, False),
        ({"period": 2, "status": "tardy"}, False),
    ],
)
def test_one_mark(fields: dict[str, Any], counts: bool) -> None:
    assert len(read(mark(DAY, **fields)).occasions) == counts


def test_a_day_is_one_occasion_however_many_periods_are_missed() -> None:
    found = read(*(mark(DAY, period=period) for period in (2, 4, 6)))
    assert [(occasion.day, occasion.full_day, len(occasion.marks)) for occasion in found.occasions] == [(DAY, False, 3)]


def test_short_stretches_are_not_added() -> None:
    assert not read(mark(DAY, "tardy", period=1, minutes=20), mark(DAY, "tardy", period=5, minutes=20)).occasions


def test_an_excused_day_excuses_its_periods_but_an_excused_tardy_does_not() -> None:
    cut = mark(DAY, period=5)
    assert not read(mark(DAY, excuse="excused"), cut).occasions
    assert len(read(mark(DAY, "tardy", "excused", minutes=10), cut).occasions) == 1
    assert len(read(mark(DAY, excuse="unverified"), cut, through=DAY).occasions) == 1


def test_every_scheduled_period_missed_is_a_full_day() -> None:
    where = calendar(periods=(1, 2, 3))
    some = [mark(DAY, period=period) for period in (1, 2)]
    assert not read(*some, where=where).occasions[0].full_day
    assert read(*some, where=where).days_absent == 0
    every = [*some, mark(DAY, period=3)]
    assert read(*every, where=where).occasions[0].full_day
    assert read(*every, where=where).days_absent == 1
    excused = [*some, mark(DAY, period=3, excuse="excused")]
    assert not read(*excused, where=where).occasions[0].full_day
    assert read(*excused, where=where).days_absent == 1


def test_every_short_period_missed_is_a_full_day_too() -> None:
    where = calendar(periods=(1, 2))
    found = read(*(mark(DAY, period=period, minutes=30) for period in (1, 2)), where=where)
    assert [occasion.full_day for occasion in found.occasions] == [True]


def test_a_school_that_names_no_periods_has_no_full_day_of_them() -> None:
    assert not read(mark(DAY, period=1)).occasions[0].full_day


def test_unverified_marks_count_from_the_close_of_the_third_school_day_after() -> None:
    monday = DAYS[0]
    unverified = mark(monday, excuse="unverified")
    assert [len(read(unverified, through=day).occasions) for day in DAYS[:5]] == [0, 0, 0, 1, 1]
    friday = mark(DAYS[4], excuse="unverified")
    assert [len(read(friday, through=day).occasions) for day in DAYS[4:9]] == [0, 0, 0, 1, 1]
    assert read(unverified, through=monday).days_absent == 1


def test_marks_that_do_not_count_yet_are_named() -> None:
    found = read(mark(DAYS[1]), mark(DAYS[2], excuse="unverified"), mark(DAYS[9]), through=DAYS[3])
    assert found.unsettled == (DAYS[2], DAYS[9])
    assert len(found.occasions) == 1


def test_age_is_tested_on_the_day_of_the_mark() -> None:
    becomes_six = pupil(date(DAY.year - 6, DAY.month, DAY.day))
    found = read(mark(DAYS[9]), mark(DAY), who=becomes_six)
    assert [occasion.day for occasion in found.occasions] == [DAY]
    assert found.days_absent == 2
    becomes_adult = pupil(date(DAY.year - 18, DAY.month, DAY.day))
    assert [occasion.day for occasion in read(mark(DAYS[9]), mark(DAY), who=becomes_adult).occasions] == [DAYS[9]]


def test_days_without_school_or_enrolment_do_not_count() -> None:
    saturday = date(2025, 8, 23)
    assert not read(mark(saturday)).occasions
    who = pupil(date(2010, 1, 1), Enrolment("north", DAYS[5], DAYS[8]), Enrolment("south", DAYS[9]))
    found = read(*(mark(day) for day in DAYS[4:10]), who=who)
    assert [occasion.day for occasion in found.occasions] == [*DAYS[5:8], DAYS[9]]
    assert found.days_absent == 4


def test_only_suspension_in_school_is_no_absence() -> None:
    assert read(mark(DAY, excuse="excused", suspension="oss")).days_absent == 1
    assert read(mark(DAY, excuse="excused", suspension="iss")).days_absent == 0


def test_the_policy_moves_the_numbers() -> None:
    stricter = merge(POLICY, {"counting": {"minutes_gt": 10, "period_minutes": 5, "early_out_counts": False}})
    assert len(read(mark(DAY, "tardy", minutes=11), policy=stricter).occasions) == 1
    assert not read(mark(DAY, period=1), policy=stricter).occasions
    assert not read(mark(DAY, "left_early", minutes=90), policy=stricter).occasions
    quicker = merge(POLICY, {"counting": {"unverified": {"matures_after_school_days": 1}, "full_day": False}})
    assert not read(mark(DAY), policy=quicker).occasions
    assert read(mark(DAY, period=1, excuse="unverified"), through=DAYS[11], policy=quicker).occasions


@pytest.mark.parametrize("status", ["tardy", "left_early", "present"])
def test_minutes_that_are_not_given_are_none(status: str) -> None:
    """Even where every minute counts."""
    strict = merge(POLICY, {"counting": {"minutes_gt": 0}})
    assert not read(mark(DAY, status), policy=strict).occasions
    assert not read(mark(DAY, status, period=1), policy=strict).occasions


def test_an_early_leave_counts_as_the_policy_says() -> None:
    lenient = merge(POLICY, {"counting": {"minutes_gt": 0, "early_out_counts": False}})
    assert read(mark(DAY, "left_early", minutes=31)).occasions
    assert not read(mark(DAY, "left_early", minutes=31), policy=lenient).occasions
