"""A pupil with a few marks, and a school that closes every day: histories in memory."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from services.escalation.ladder import Close, Contact, Enrolment, Mark, Pupil, SchoolCalendar
from services.escalation.simulation.history import (
    Calendar,
    Closed,
    Did,
    DistrictHistory,
    PupilHistory,
    Snapshot,
    Statement,
)

FIRST = date(2025, 8, 18)
DAYS = tuple(day for n in range(140) if (day := FIRST + timedelta(n)).weekday() < 5)
CALENDAR = SchoolCalendar("north", "2025-2026", "America/Los_Angeles", DAYS)


def at(day: date, hour: int = 20) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def order(day: date, hour: int) -> tuple[int, datetime]:
    return 0, at(day, hour)


def district(closed: Sequence[date] = DAYS) -> DistrictHistory:
    closes = [Closed(order(day, 20), Close("north", day, at(day)), {}, {}) for day in closed]
    return DistrictHistory("d", {"north": closes}, {"north": [Calendar(order(FIRST, 0), CALENDAR)]}, [], [])


def said(day: date, number: int = 1, excuse: Any = "unexcused", known: date | None = None) -> Statement:
    """An absence of the whole day, known at noon of `known`; a later number outranks an earlier one."""
    mark = Mark(UUID(int=number), day, None, "absent", excuse, None, None, None, at(known or day, 12))
    return Statement(order(known or day, 12), "north", day, None, 0, number, mark)


def pupil(*statements: Statement, acts: Sequence[Did] = (), subgroups: tuple[str, ...] = ()) -> PupilHistory:
    known = Pupil("d", "ana", date(2012, 3, 2), (Enrolment("north", FIRST, grade=8),))
    return PupilHistory("ana", [Snapshot(order(FIRST, 0), known, "north")], statements, acts, subgroups)


def call(day: date) -> Did:
    return Did(order(day, 13), Contact(UUID(int=day.toordinal()), at(day, 13), "T", "phone", "voicemail"))
