"""The school year 2025-2026 of the demo: its school days, and how each day pulls at attendance."""

from datetime import date, timedelta
from functools import cache

SCHOOL_YEAR = "2025-2026"
FIRST_DAY, LAST_DAY = date(2025, 8, 18), date(2026, 6, 5)
HOLIDAYS = (
    (date(2025, 9, 1), date(2025, 9, 1)),
    (date(2025, 10, 13), date(2025, 10, 13)),
    (date(2025, 11, 11), date(2025, 11, 11)),
    (date(2025, 11, 24), date(2025, 11, 28)),
    (date(2025, 12, 22), date(2026, 1, 2)),
    (date(2026, 1, 19), date(2026, 1, 19)),
    (date(2026, 2, 16), date(2026, 2, 20)),
    (date(2026, 4, 6), date(2026, 4, 10)),
    (date(2026, 5, 25), date(2026, 5, 25)),
)
STORM_DAYS = frozenset({date(2026, 1, 22), date(2026, 2, 13)})

# Absence against an ordinary day, from the attendance files of a large city: Mondays, Fridays, late winter, the last days.
WEEKDAY_FACTORS = (1.05, 0.96, 0.95, 0.95, 1.08)
MONTH_FACTORS = {8: 0.9, 9: 0.96, 10: 0.85, 11: 0.95, 12: 0.99, 1: 1.05, 2: 1.16, 3: 1.05, 4: 1.0, 5: 1.05, 6: 1.3}
STORM_FACTOR = 4.0
BEFORE_A_BREAK_FACTOR = 1.5


@cache
def school_days() -> tuple[date, ...]:
    """Monday to Friday of the school year, less the holidays: 180 days."""
    every = (FIRST_DAY + timedelta(days=n) for n in range((LAST_DAY - FIRST_DAY).days + 1))
    return tuple(day for day in every if day.weekday() < 5 and not _is_holiday(day))


def _is_holiday(day: date) -> bool:
    return any(first <= day <= last for first, last in HOLIDAYS)


def absence_factors(days: tuple[date, ...]) -> dict[date, float]:
    """Day -> how much more absence than on the average of `days` (their mean is 1)."""
    raw = {day: _factor(day, following) for day, following in zip(days, (*days[1:], None), strict=True)}
    mean = sum(raw.values()) / len(raw)
    return {day: value / mean for day, value in raw.items()}


def _factor(day: date, following: date | None) -> float:
    factor = WEEKDAY_FACTORS[day.weekday()] * MONTH_FACTORS[day.month]
    if day in STORM_DAYS:
        factor *= STORM_FACTOR
    if following is None or (following - day).days > 4:
        factor *= BEFORE_A_BREAK_FACTOR
    return factor
