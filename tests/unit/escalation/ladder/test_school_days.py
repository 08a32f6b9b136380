"""Arithmetic with school days."""

from datetime import UTC, date, datetime

import pytest

from services.escalation.ladder import Enrolment
from services.escalation.ladder.school_days import (
    birthday,
    day_after,
    days_since,
    enrolled_days,
    enrolled_spans,
    local_day,
    months_after,
    nth_enrolled_day,
    school_day_from,
)
from tests.unit.escalation.ladder.builders import CALENDAR, DAYS

SATURDAY = date(2025, 8, 23)


def test_days_since_counts_school_days_only() -> None:
    assert days_since(CALENDAR, DAYS[4], DAYS[5]) == 1
    assert days_since(CALENDAR, DAYS[4], SATURDAY) == 0
    assert days_since(CALENDAR, SATURDAY, DAYS[5]) == 1


def test_day_after_is_the_inverse() -> None:
    assert day_after(CALENDAR, DAYS[4], 1) == DAYS[5]
    assert day_after(CALENDAR, SATURDAY, 1) == DAYS[5]
    assert day_after(CALENDAR, DAYS[0], 30) == DAYS[30]
    assert day_after(CALENDAR, DAYS[-1], 1) is None


def test_school_day_from() -> None:
    assert school_day_from(CALENDAR, SATURDAY) == DAYS[5]
    assert school_day_from(CALENDAR, DAYS[5]) == DAYS[5]
    assert school_day_from(CALENDAR, date(2027, 1, 1)) is None


def test_enrolled_days_join_schools_and_skip_gaps() -> None:
    gap = (Enrolment("south", DAYS[10]), Enrolment("north", DAYS[0], DAYS[5]))
    spans = enrolled_spans(CALENDAR, gap)
    assert spans == ((0, 5), (10, 180))
    assert [enrolled_days(spans, places) for places in (3, 5, 8, 11)] == [3, 5, 5, 6]
    assert nth_enrolled_day(CALENDAR, spans, 5) == DAYS[4]
    assert nth_enrolled_day(CALENDAR, spans, 6) == DAYS[10]
    assert nth_enrolled_day(CALENDAR, spans, 176) is None


def test_overlapping_enrolments_count_once() -> None:
    both = (Enrolment("north", DAYS[0], DAYS[9]), Enrolment("south", DAYS[4], DAYS[6]), Enrolment("east", DAYS[8]))
    assert enrolled_spans(CALENDAR, both) == ((0, 180),)


def test_an_enrolment_that_ends_before_it_starts_is_empty() -> None:
    assert enrolled_days(enrolled_spans(CALENDAR, (Enrolment("north", DAYS[5], DAYS[2]),)), 100) == 0


def test_the_day_is_that_of_the_school() -> None:
    assert local_day(datetime(2025, 9, 9, 3, tzinfo=UTC), CALENDAR) == date(2025, 9, 8)


def test_born_on_a_leap_day() -> None:
    assert birthday(date(2020, 2, 29), 6) == date(2026, 3, 1)
    assert birthday(date(2020, 2, 29), 8) == date(2028, 2, 29)


@pytest.mark.parametrize("left", [DAYS[9], DAYS[4]])
def test_two_schools_without_a_gap_are_one_enrolment(left: date) -> None:
    """Also where they overlap: no day counts twice."""
    spans = enrolled_spans(CALENDAR, (Enrolment("north", DAYS[0], left), Enrolment("south", DAYS[4])))
    assert spans == ((0, 180),)
    assert enrolled_days(spans, 8) == 8


def test_enrolled_days_are_counted_over_gaps_and_enrolments_that_never_began() -> None:
    never, short, rest = Enrolment("east", DAYS[1], DAYS[1]), Enrolment("south", DAYS[3], DAYS[5]), DAYS[10]
    spans = enrolled_spans(CALENDAR, (never, short, Enrolment("north", rest)))
    assert [nth_enrolled_day(CALENDAR, spans, number) for number in (1, 2, 3)] == [DAYS[3], DAYS[4], DAYS[10]]


@pytest.mark.parametrize(
    ("months", "day"), [(1, date(2025, 10, 1)), (2, date(2025, 10, 31)), (3, date(2025, 12, 1)), (6, date(2026, 3, 1))]
)
def test_months_after_the_last_day_of_one(months: int, day: date) -> None:
    assert months_after(date(2025, 8, 31), months) == day
