"""The close of a school's day: all marks known before now are in. A barrier among that school's events."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from services.ingest import store, store_roster
from services.ingest.calendars import school_year_of
from services.ingest.events import close_event
from services.ingest.keys import Caller
from services.ingest.transactions import Ledger
from shared.contracts.envelope import derived_id

Refusal = Literal["no_calendar", "not_instructional", "future"]


@dataclass(frozen=True, slots=True)
class Closed:
    receipt: UUID
    at: datetime
    new: bool


async def close_day(ledger: Ledger, caller: Caller, school: str, day: date, now: datetime) -> Closed | Refusal:
    """Close `day`, or say why it cannot be closed. The second close of a day answers with the first one's receipt."""
    await ledger.lock_schools(caller.district, [school])
    calendar = await store_roster.calendar(ledger.connection, caller.district, school, school_year_of(day))
    if calendar is None:
        return "no_calendar"
    zone = ZoneInfo(calendar["timezone"])
    if earlier := await store.close_of(ledger.connection, caller.district, school, day):
        return Closed(earlier["receipt"], earlier["closed_at"].astimezone(zone), new=False)
    at = now.astimezone(zone)
    if day > at.date():
        return "future"
    if day not in calendar["instructional_days"]:
        return "not_instructional"
    return await _close(ledger, caller.district, school, day, at, calendar["revision"])


async def _close(ledger: Ledger, district: str, school: str, day: date, at: datetime, revision: int) -> Closed:
    receipt = derived_id("close", district, school, day)
    (sequence,) = await store.next_sequences(ledger.connection, 1)
    await store.insert_close(ledger.connection, district, school, day, receipt, sequence, at, revision)
    await ledger.append([close_event(receipt, district, school, day, sequence, at, revision)])
    return Closed(receipt, at, new=True)
