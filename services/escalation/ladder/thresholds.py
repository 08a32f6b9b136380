"""Is a threshold met? A pure function of the occasions, the calendar and the enrolment.

A window is met if some window of its length inside the school year holds enough, so that the answer changes with the occasions
only, never because time passes; a percentage is looked at on each occasion day, and on the day from which it may be judged.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from datetime import date, timedelta

from services.escalation.ladder.facts import SchoolCalendar
from services.escalation.ladder.moment import Moment
from services.escalation.ladder.policy_values import SLIDING, Threshold, Unit
from services.escalation.ladder.school_days import Span, enrolled_days, enrolled_spans, months_after, nth_enrolled_day
from services.escalation.ladder.state import Occasion, PupilState

SIX_MONTHS = "6_months"
Weigh = Callable[[Occasion], int]


def reached(
    moment: Moment, state: PupilState, threshold: Threshold, occasions: Sequence[Occasion] | None = None
) -> bool:
    """Do the pupil's occasions, or `occasions` out of them, meet the threshold?"""
    return bool(met_by(moment, threshold, state.occasions if occasions is None else occasions))


def met_by(
    moment: Moment, threshold: Threshold, occasions: Sequence[Occasion], after: date | None = None
) -> tuple[date, ...]:
    """The days of the first window that holds enough, empty if none does. `after`: at least one of them must be later."""
    unit = threshold.unit or ("period" if moment.policy.counting.unit == "period" else "occasion_day")
    if len(occasions) < threshold.least and unit != "period":
        return ()
    if threshold.plain and unit == "occasion_day":
        every = tuple(occasion.day for occasion in occasions)
        return every if after is None or (every and every[-1] > after) else ()
    weigh = _weigher(unit)
    counted = [occasion for occasion in occasions if weigh(occasion)]
    days = [occasion.day for occasion in counted]
    weights = [weigh(occasion) for occasion in counted]
    windows = _percent_windows(moment, days, threshold) if threshold.pct else _windows(threshold, days, moment.calendar)
    for start, end, needed in windows:
        if end > start and sum(weights[start:end]) >= needed and (after is None or days[end - 1] > after):
            return tuple(days[start:end])
    return ()


def _weigher(unit: Unit) -> Weigh:
    if unit == "full_day":
        return lambda occasion: int(occasion.full_day)
    if unit == "period":
        return lambda occasion: occasion.periods
    return lambda occasion: 1


Window = tuple[int, int, float]
"""The first place among the counted days, the place after the last one, and the weight that is needed."""


def _windows(threshold: Threshold, days: Sequence[date], calendar: SchoolCalendar) -> list[Window]:
    """One window from each counted day on: a window that holds enough can always begin with such a day."""
    if threshold.window == "school_year":
        return [(0, len(days), threshold.least)]
    return [
        (
            bisect_left(days, _first(threshold.window, day)),
            bisect_right(days, last_day(threshold.window, day, calendar)),
            threshold.least,
        )
        for day in days
    ]


def _first(window: str, day: date) -> date:
    return day.replace(day=1) if window == "calendar_month" else day


def last_day(window: str, first: date, calendar: SchoolCalendar) -> date:
    """The last day of the window that begins with `first`."""
    if window == "calendar_month":
        return months_after(first.replace(day=1), 1) - timedelta(days=1)
    found = SLIDING.fullmatch(SIX_MONTHS if window == "six_months_same_year" else window)
    assert found is not None  # the policy's validator has looked
    length, sort = int(found[1]), found[2]
    if sort == "school_days":
        place = bisect_left(calendar.days, first) + length
        return calendar.days[min(place, len(calendar.days)) - 1]
    if sort == "months":
        return months_after(first, length) - timedelta(days=1)
    return first + timedelta(days=length * (7 if sort == "weeks" else 1) - 1)


def _percent_windows(moment: Moment, days: Sequence[date], threshold: Threshold) -> list[Window]:
    """From the first day up to each day on which the part may be looked at."""
    spans = enrolled_spans(moment.calendar, moment.pupil.enrolments)
    first = nth_enrolled_day(moment.calendar, spans, threshold.min_school_days)
    if first is None or first > moment.day:
        return []
    return [
        (0, bisect_right(days, through), _part(moment, threshold, through, spans))
        for through in sorted({first, *(day for day in days if day > first)})
    ]


def _part(moment: Moment, threshold: Threshold, through: date, spans: tuple[Span, ...]) -> float:
    enrolled = enrolled_days(spans, bisect_right(moment.calendar.days, through))
    return max(1.0, enrolled * (threshold.pct or 0) / 100)
