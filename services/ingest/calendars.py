"""School years and instructional days. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

SATURDAY = 5


@dataclass(frozen=True, slots=True)
class CalendarRow:
    school: str
    school_year: str
    timezone: str
    instructional_days: tuple[date, ...]
    details: dict[str, Any]
    """name, lea_type, periods, language_share."""


def school_year_of(day: date) -> str:
    """1 July to 30 June (EC 37200): "2025-2026"."""
    first = day.year if day.month >= 7 else day.year - 1
    return f"{first}-{first + 1}"


def bounds(school_year: str) -> tuple[date, date]:
    """First and last day. Raises ValueError if the second year does not follow the first."""
    first, second = (int(part) for part in school_year.split("-"))
    if second != first + 1:
        raise ValueError("must be two years that follow each other, like 2025-2026")
    return date(first, 7, 1), date(second, 6, 30)


def weekdays(begin: date, end: date) -> list[date]:
    """Monday to Friday from `begin` through `end`."""
    days = (begin + timedelta(days=offset) for offset in range((end - begin).days + 1))
    return [day for day in days if day.weekday() < SATURDAY]


def by_school_year(days: Iterable[date]) -> dict[str, tuple[date, ...]]:
    """Sorted, without repeats."""
    years: dict[str, list[date]] = {}
    for day in sorted(set(days)):
        years.setdefault(school_year_of(day), []).append(day)
    return {year: tuple(found) for year, found in years.items()}
