"""A scenario as values."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from services.escalation.ladder import Act
from services.escalation.ladder.school_days import school_year_of
from shared.contracts.terms import Excuse, Reason, Status, Suspension

TIMEZONE = "America/Los_Angeles"
DISTRICT = "scenario"


@dataclass(frozen=True, slots=True)
class School:
    id: str
    lea_type: str = "district"
    language_share: dict[str, float] = field(default_factory=dict)
    periods: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Guardian:
    id: str
    language: str = "en"
    email: str | None = None
    phone: str | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Student:
    id: str
    born: date
    school: str
    enrolled: date
    grade: int | None = None
    exited: date | None = None
    guardians: tuple[Guardian, ...] = ()


@dataclass(frozen=True, slots=True)
class MarkEntry:
    student: str
    day: date
    period: int | None
    status: Status
    excuse: Excuse | None
    minutes: int | None
    reason: Reason | None
    suspension: Suspension | None
    rev: int | None
    by: str | None


@dataclass(frozen=True, slots=True)
class RetractEntry:
    student: str
    day: date
    period: int | None
    rev: int | None


@dataclass(frozen=True, slots=True)
class ActEntry:
    student: str
    act: Act


@dataclass(frozen=True, slots=True)
class RosterEntry:
    """`change`: the new values of a student, by the names of `Student`'s fields."""

    student: str
    change: dict[str, Any]


@dataclass(frozen=True, slots=True)
class CloseEntry:
    """Every school closes `day`."""

    day: date


Entry = MarkEntry | RetractEntry | ActEntry | RosterEntry | CloseEntry


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens, and when it becomes known (aware, at the school)."""

    at: datetime
    entry: Entry


@dataclass(frozen=True, slots=True)
class Expectation:
    student: str
    at: date | None
    """After that date's close; None: at the end."""
    values: dict[str, Any]
    """By the names of scenarios.md; dates as ISO strings."""
    include: tuple[str, ...]
    exclude: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Scenario:
    file: str
    title: str
    policy: str
    overrides: dict[str, Any]
    starts: date
    ends: date
    days: tuple[date, ...]
    """Instructional days. Those from `year_start` (MM-DD) on belong to the next school year."""
    year_start: str
    schools: tuple[School, ...]
    students: tuple[Student, ...]
    timeline: tuple[Step, ...]
    close: Literal["auto", "manual"]
    until: date | None
    expectations: tuple[Expectation, ...]

    @property
    def school_year(self) -> str:
        """The first one."""
        return school_year_of(self.starts, self.year_start)

    @property
    def years(self) -> dict[str, tuple[date, ...]]:
        """School year -> its instructional days, in their order."""
        found: dict[str, list[date]] = {}
        for day in self.days:
            found.setdefault(school_year_of(day, self.year_start), []).append(day)
        return {year: tuple(days) for year, days in found.items()} or {self.school_year: ()}
