"""Marks come in: one transaction judges a batch, keeps what is new and says so. Accepted means durable."""

from collections import ChainMap
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from services.ingest import store
from services.ingest.calendars import school_year_of
from services.ingest.codes import CodeTable, Meaning, ParkReason, judge
from services.ingest.edfi.vocabulary import ATTENDANCE
from services.ingest.events import mark_event
from services.ingest.keys import Caller
from services.ingest.marks import Answer, Arrival, History, Kept, Statement
from services.ingest.store import SchoolDay
from services.ingest.transactions import Ledger
from shared.contracts.envelope import derived_id


async def accept(ledger: Ledger, caller: Caller, statements: Sequence[Statement], now: datetime) -> list[Answer]:
    """One answer per statement. The caller of this holds the locks of their schools (`Ledger.lock_schools`)."""
    district, connection = caller.district, ledger.connection
    codes = await code_table(ledger, caller)
    days = await school_days(ledger, caller, statements)
    sequences = await store.next_sequences(connection, len(statements))
    history = History.of(await store.history(connection, district, statements))
    answers = [
        history.admit(arrival(caller, said, codes, days[said.school, said.day], sequence, now))
        for said, sequence in zip(statements, sequences, strict=True)
    ]
    await store.save_states(connection, history.superseded)
    await store.insert(connection, district, history.added)
    await say(ledger, caller, history.added)
    return answers


async def release(ledger: Ledger, caller: Caller, waiting: Sequence[Kept], now: datetime) -> int:
    """Judge parked statements again, after a calendar or a code table has changed. How many could be accepted.

    They became known now: what waited for days is no news for a same-day alert.
    """
    codes = await code_table(ledger, caller)
    days = await school_days(ledger, caller, [kept.statement for kept in waiting])
    for kept in waiting:
        said = kept.statement
        again = arrival(caller, said, codes, days[said.school, said.day], kept.sequence, now)
        kept.meaning, kept.reason = again.meaning, again.park
        if again.park is None:
            kept.state, kept.known_at = "accepted", again.known_at
    await store.save_states(ledger.connection, waiting)
    await say(ledger, caller, waiting)
    return sum(kept.state == "accepted" for kept in waiting)


async def say(ledger: Ledger, caller: Caller, kept: Iterable[Kept]) -> None:
    """Append the events of what was accepted."""
    await ledger.append([mark_event(caller.district, one) for one in kept if one.state == "accepted"])


async def school_days(
    ledger: Ledger, caller: Caller, statements: Sequence[Statement]
) -> dict[tuple[str, date], SchoolDay]:
    wanted = {(said.school, said.day, school_year_of(said.day)) for said in statements}
    return await store.school_days(ledger.connection, caller.district, wanted)


async def code_table(ledger: Ledger, caller: Caller) -> CodeTable:
    """The district's own table, and behind it what Ed-Fi's descriptors mean."""
    return ChainMap({**await store.code_table(ledger.connection, caller.district)}, {**ATTENDANCE})


def arrival(
    caller: Caller, statement: Statement, codes: CodeTable, day: SchoolDay, sequence: int, now: datetime
) -> Arrival:
    """A statement with what the code table and the calendar say about it."""
    meaning, park = _judged(statement, codes, day)
    receipt = derived_id("mark", caller.district, sequence)
    known_at = now.astimezone(ZoneInfo(day.timezone or caller.timezone))
    return Arrival(statement, meaning, park, receipt, sequence, known_at)


def _judged(statement: Statement, codes: CodeTable, day: SchoolDay) -> tuple[Meaning | None, ParkReason | None]:
    if statement.said.retract:
        return None, None
    meaning = judge(statement.said, codes)
    if not isinstance(meaning, Meaning):
        return None, meaning
    if day.instructional is None:
        return meaning, "no_calendar"
    return meaning, None if day.instructional else "not_instructional"
