"""Arithmetic with school days: a number of days is always a number of instructional days."""

from bisect import bisect_left, bisect_right
from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from services.escalation.ladder.facts import Enrolment, SchoolCalendar

Span = tuple[int, int]
"""Places in the calendar, the second one not included."""


def days_since(calendar: SchoolCalendar, day: date, through: date) -> int:
    """School days after `day`, up to and including `through`."""
    return bisect_right(calendar.days, through) - bisect_right(calendar.days, day)


def day_after(calendar: SchoolCalendar, day: date, count: int) -> date | None:
    """The `count`-th school day after `day`; None if the school year ends before."""
    return _at(calendar, bisect_right(calendar.days, day) + count - 1)


def school_day_from(calendar: SchoolCalendar, day: date) -> date | None:
    """`day`, or the next school day if there is no school then."""
    return _at(calendar, bisect_left(calendar.days, day))


def enrolled_spans(calendar: SchoolCalendar, enrolments: tuple[Enrolment, ...]) -> tuple[Span, ...]:
    """Where in the calendar the pupil is enrolled in the district: in order, without overlap."""
    spans = sorted(_span(calendar, enrolment) for enrolment in enrolments)
    if len(spans) < 2:
        return tuple(spans)
    merged: list[Span] = []
    for start, end in spans:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


def enrolled_days(spans: tuple[Span, ...], places: int) -> int:
    """How many of the first `places` school days the pupil was enrolled."""
    return sum(max(0, min(end, places) - start) for start, end in spans)


def nth_enrolled_day(calendar: SchoolCalendar, spans: tuple[Span, ...], number: int) -> date | None:
    """The day that makes it `number` enrolled school days; None if the pupil never reaches it this year."""
    for start, end in spans:
        if number <= end - start:
            return calendar.days[start + number - 1]
        number -= max(0, end - start)
    return None


def local_day(at: datetime, calendar: SchoolCalendar) -> date:
    """The date at the school when it was `at`."""
    return at.astimezone(_zone(calendar.timezone)).date()


def year_began(calendar: SchoolCalendar, year_start: str) -> date:
    """The first day of the calendar's school year: `year_start` (MM-DD), or its first school day if that is earlier."""
    began = date.fromisoformat(f"{calendar.school_year[:4]}-{year_start}")
    return min(began, calendar.days[0]) if calendar.days else began


def year_ends(calendar: SchoolCalendar, year_start: str) -> date:
    """The last day before the next school year."""
    return date.fromisoformat(f"{int(calendar.school_year[:4]) + 1}-{year_start}") - timedelta(days=1)


def school_year_of(day: date, year_start: str) -> str:
    """The school year that has `day`, as 2025-2026; `year_start` is its first day (MM-DD)."""
    first = day.year if day >= date.fromisoformat(f"{day.year}-{year_start}") else day.year - 1
    return f"{first}-{first + 1}"


def is_of_age(born: date, age: int, day: date) -> bool:
    """Is somebody `age` or older on `day`?"""
    years = day.year - born.year
    return years > age or (years == age and day >= birthday(born, age))


def birthday(born: date, age: int) -> date:
    """The day on which somebody becomes `age`; born on 29 February: 1 March in other years."""
    try:
        return born.replace(year=born.year + age)
    except ValueError:
        return date(born.year + age, 3, 1)


def months_after(day: date, months: int) -> date:
    """The same day so many months later; where that month is too short, the first day of the month after it."""
    number = day.year * 12 + day.month - 1 + months
    try:
        return day.replace(year=number // 12, month=number % 12 + 1)
    except ValueError:
        return date((number + 1) // 12, (number + 1) % 12 + 1, 1)


_zone = cache(ZoneInfo)


def _at(calendar: SchoolCalendar, place: int) -> date | None:
    return calendar.days[place] if place < len(calendar.days) else None


def _span(calendar: SchoolCalendar, enrolment: Enrolment) -> Span:
    start = bisect_left(calendar.days, enrolment.entered)
    end = len(calendar.days) if enrolment.exited is None else bisect_left(calendar.days, enrolment.exited)
    return start, max(start, end)
