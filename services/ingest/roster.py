"""Students and calendars come in as snapshots; only what changed is said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.ingest import store, store_roster
from services.ingest.accept import release
from services.ingest.calendars import CalendarRow, bounds
from services.ingest.events import calendar_event, student_event
from services.ingest.keys import Caller
from services.ingest.transactions import Ledger
from shared.contracts.roster import CalendarChanged


@dataclass(frozen=True, slots=True)
class CalendarAnswer:
    revision: int
    changed: bool
    released: int
    """Parked marks that could be accepted because of this."""


async def save_students(
    ledger: Ledger, caller: Caller, snapshots: Mapping[str, dict[str, Any]], now: datetime
) -> dict[str, int]:
    """The new revisions of those who changed."""
    revisions = await store_roster.save_students(ledger.connection, caller.district, snapshots)
    await ledger.append(
        [
            student_event(caller.district, student, revision, snapshots[student], now)
            for student, revision in revisions.items()
        ]
    )
    return revisions


async def vanished(ledger: Ledger, caller: Caller, present: Sequence[str]) -> list[str]:
    """Students whom a full snapshot does not name. They are reported, not removed: a person must look at it."""
    return await store_roster.missing_students(ledger.connection, caller.district, present)


async def save_calendar(ledger: Ledger, caller: Caller, calendar: CalendarRow, now: datetime) -> CalendarAnswer:
    """Keep and say a school's calendar, and release what waited for it."""
    district, school, connection = caller.district, calendar.school, ledger.connection
    await ledger.lock_schools(district, [school])
    revision = await store_roster.save_calendar(connection, district, calendar)
    if revision is None:
        row = await store_roster.calendar(connection, district, school, calendar.school_year)
        assert row is not None
        return CalendarAnswer(row["revision"], changed=False, released=0)
    await ledger.append([calendar_event(_calendar_changed(district, calendar, revision), now)])
    waiting = await store.parked(connection, district, school, bounds(calendar.school_year))
    return CalendarAnswer(revision, changed=True, released=await release(ledger, caller, waiting, now))


def _calendar_changed(district: str, calendar: CalendarRow, revision: int) -> CalendarChanged:
    return CalendarChanged(
        district=district,
        school=calendar.school,
        school_year=calendar.school_year,
        revision=revision,
        timezone=calendar.timezone,
        instructional_days=calendar.instructional_days,
        **calendar.details,
    )
