"""`roster.v1`, owned by ingest, compacted: full snapshots. The only topic that carries names and contacts."""

from datetime import date
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from shared.contracts.envelope import EventData, StudentEventData
from shared.contracts.terms import Subgroup
from shared.contracts.topics import ROSTER


class Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Guardian(Value):
    id: str
    given_name: str
    family_name: str
    relation: str | None = None
    language: str = "en"
    """BCP 47 primary tag of the guardian's home language."""
    email: str | None = None
    phone: str | None = None
    """As the source gives it; notifications judges whether it can be texted."""
    address: str | None = None
    may_receive: bool = True
    """False where the district says that this person gets nothing (custody, court order)."""
    restriction: str | None = None
    """Free text on a court order or the like: blocks every send to this person until somebody has read it."""


class Enrolment(Value):
    school: str
    entered: date
    exited: date | None = None
    """First day on which the pupil is no longer enrolled."""
    grade: int | None = Field(default=None, ge=-1, le=12)
    """-1 transitional kindergarten, 0 kindergarten."""


class StudentChanged(StudentEventData):
    type: ClassVar[str] = "roster.student.changed"
    topic: ClassVar[str] = ROSTER

    revision: int = Field(ge=0)
    """Grows with each snapshot of this pupil; the highest one holds."""
    given_name: str
    family_name: str
    birth_date: date
    enrolments: tuple[Enrolment, ...]
    guardians: tuple[Guardian, ...] = ()
    home_language: str = "en"
    email: str | None = None
    """The pupil's own, like `phone` and `address`: an adult pupil is told in person (EC 49061)."""
    phone: str | None = None
    address: str | None = None
    """Where the pupil lives, if the source says so; else it is known from the guardians only."""
    subgroups: tuple[Subgroup, ...] = ()
    """For comparing outcomes of groups only: no decision looks at them."""


class CalendarChanged(EventData):
    """The calendar of one school for one school year."""

    type: ClassVar[str] = "roster.calendar.changed"
    topic: ClassVar[str] = ROSTER

    school: str
    name: str
    lea_type: str = "district"
    revision: int = Field(ge=0)
    school_year: str = Field(pattern=r"^\d{4}-\d{4}$")
    timezone: str = "America/Los_Angeles"
    instructional_days: tuple[date, ...]
    """Sorted, without repeats."""
    periods: tuple[int, ...] = ()
    """Scheduled periods of a day, where the school says so: missing all of them is a full day."""
    language_share: dict[str, float] = Field(default_factory=dict)
    """Primary language other than English -> percent of pupils (EC 48985)."""

    @property
    def key(self) -> str:
        return f"{self.district}/calendar/{self.school}/{self.school_year}"
