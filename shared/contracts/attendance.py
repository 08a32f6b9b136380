"""`attendance.v1`, owned by ingest: what the school says about a pupil's day, and that a day is complete."""

from datetime import date
from typing import ClassVar

from pydantic import AwareDatetime, Field

from shared.contracts.envelope import SchoolEventData
from shared.contracts.terms import Excuse, Reason, Status, Suspension
from shared.contracts.topics import ATTENDANCE


class MarkEventData(SchoolEventData):
    """What every statement about one pupil, day and period carries.

    `period` None is the whole day. The statement with the highest `(rev, sequence)` is the one that holds: `rev` is the
    source's own revision (ingest fills it in where the source has none), `sequence` the order in which ingest accepted.
    """

    topic: ClassVar[str] = ATTENDANCE

    student: str
    day: date
    period: int | None = Field(default=None, ge=0, le=99)
    rev: int = Field(ge=0)
    sequence: int = Field(ge=0)
    known_at: AwareDatetime
    """When the district knew it, with the school's UTC offset: its local date decides about a same-day alert."""
    recorded_by: str | None = None
    source: str

    @property
    def subject(self) -> str:
        return f"{self.district}/{self.student}"


class MarkRecorded(MarkEventData):
    type: ClassVar[str] = "attendance.mark.recorded"

    status: Status
    excuse: Excuse | None = None
    """None only for present, or for a tardy or early leave whose excuse the source does not say."""
    minutes: int | None = Field(default=None, ge=0, le=1440)
    """Missed minutes, one contiguous stretch; None where the source does not say."""
    reason: Reason | None = None
    suspension: Suspension | None = None
    code: str | None = None
    """The source's own code, kept for the record of attendance in a case file."""


class MarkRetracted(MarkEventData):
    type: ClassVar[str] = "attendance.mark.retracted"


class DayClosed(SchoolEventData):
    """All marks of this school that were known before now are in; the ladder may decide. A barrier in its partition."""

    type: ClassVar[str] = "attendance.day.closed"
    topic: ClassVar[str] = ATTENDANCE

    day: date
    sequence: int = Field(ge=0)
    closed_at: AwareDatetime
    calendar_revision: int = Field(ge=0)
    """A consumer waits until it knows the school's calendar of this revision."""
