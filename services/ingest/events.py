"""What ingest says, as events."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.ingest.marks import Kept
from shared.contracts.attendance import DayClosed, MarkRecorded, MarkRetracted
from shared.contracts.envelope import Event, EventData, derived_id
from shared.contracts.roster import CalendarChanged, StudentChanged

SOURCE = "rollcall/ingest"


def mark_event(district: str, kept: Kept) -> Event[EventData]:
    said = kept.statement
    common: dict[str, Any] = {
        "district": district,
        "school": said.school,
        "student": said.student,
        "day": said.day,
        "period": said.period,
        "rev": kept.rev,
        "sequence": kept.sequence,
        "known_at": kept.known_at,
        "recorded_by": said.recorded_by,
        "source": said.source,
    }
    if kept.meaning is None:
        return Event(kept.receipt, SOURCE, kept.known_at, MarkRetracted(**common))
    meaning = kept.meaning
    data = MarkRecorded(
        **common,
        status=meaning.status,
        excuse=meaning.excuse,
        minutes=meaning.minutes,
        reason=meaning.reason,
        suspension=meaning.suspension,
        code=said.said.code,
    )
    return Event(kept.receipt, SOURCE, kept.known_at, data)


def close_event(
    receipt: UUID, district: str, school: str, day: date, sequence: int, at: datetime, revision: int
) -> Event[EventData]:
    data = DayClosed(
        district=district, school=school, day=day, sequence=sequence, closed_at=at, calendar_revision=revision
    )
    return Event(receipt, SOURCE, at, data)


def student_event(
    district: str, student: str, revision: int, snapshot: dict[str, Any], at: datetime
) -> Event[EventData]:
    data = StudentChanged(district=district, student=student, revision=revision, **snapshot)
    return Event(derived_id("student", district, student, revision), SOURCE, at, data)


def calendar_event(data: CalendarChanged, at: datetime) -> Event[EventData]:
    return Event(derived_id("calendar", data.key, data.revision), SOURCE, at, data)
