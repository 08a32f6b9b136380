"""What the ladder is judged from: the pupil, the school's calendar, the marks that hold, and the close of a day."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from shared.contracts.terms import Excuse, Reason, Status, Suspension


@dataclass(frozen=True, slots=True)
class Enrolment:
    school: str
    entered: date
    exited: date | None = None
    """First day on which the pupil is no longer enrolled."""
    grade: int | None = None


@dataclass(frozen=True, slots=True)
class Pupil:
    district: str
    student: str
    birth_date: date
    enrolments: tuple[Enrolment, ...]


@dataclass(frozen=True, slots=True)
class SchoolCalendar:
    """The instructional days of one school in one school year; `days` sorted, without repeats."""

    school: str
    school_year: str
    timezone: str
    days: tuple[date, ...]
    periods: tuple[int, ...] = ()
    """Scheduled periods of a day, where the school says so."""
    revision: int = 0
    lea_type: str = "district"
    """A charter school keeps a ladder of its own; every other type counts as the district."""
    periods_on: Mapping[date, tuple[int, ...]] = field(default_factory=dict, repr=False, compare=False)
    """Days on which another school's periods were the pupil's."""
    positions: dict[date, int] = field(init=False, repr=False, compare=False)
    """Day -> its place among the instructional days."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "positions", {day: place for place, day in enumerate(self.days)})


@dataclass(frozen=True, slots=True)
class Mark:
    """The statement that holds for one day and period (None = the whole day). `id` is the id of its attendance event."""

    id: UUID
    day: date
    period: int | None
    status: Status
    excuse: Excuse | None
    minutes: int | None
    """Missed minutes, one contiguous stretch."""
    reason: Reason | None
    suspension: Suspension | None
    known_at: datetime


@dataclass(frozen=True, slots=True)
class Close:
    """A school says that a day is complete. `at` is when it was closed (aware)."""

    school: str
    day: date
    at: datetime
