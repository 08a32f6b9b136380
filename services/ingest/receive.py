"""From the records of a request to the answers, one transaction for each request."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.ingest import roster, store
from services.ingest.accept import accept, release
from services.ingest.keys import Caller
from services.ingest.marks import Answer, Statement
from services.ingest.records import (
    BatchAnswer,
    Fault,
    RecordAnswer,
    StudentRecord,
    batch_answer,
    read,
    read_mark,
    rejected,
)
from services.ingest.transactions import Ledger, transact
from shared.messaging.event_log import EventLog


async def receive_marks(
    log: EventLog, caller: Caller, records: Sequence[Any], source: str, now: datetime
) -> BatchAnswer:
    """Judge each record by itself and keep what is new."""
    answers: dict[int, RecordAnswer] = {}
    statements: dict[int, Statement] = {}
    for index, value in enumerate(records):
        record = read_mark(value)
        if isinstance(record, Fault):
            answers[index] = rejected(index, record, value)
        else:
            statements[index] = record.statement(source)
    judged = await accept_all(log, caller, list(statements.values()), now)
    for (index, statement), answer in zip(statements.items(), judged, strict=True):
        answers[index] = _answer(index, statement, answer)
    return batch_answer([answers[index] for index in range(len(records))])


async def accept_all(log: EventLog, caller: Caller, statements: Sequence[Statement], now: datetime) -> list[Answer]:
    async def work(ledger: Ledger) -> list[Answer]:
        await ledger.lock_schools(caller.district, {statement.school for statement in statements})
        return await accept(ledger, caller, statements, now)

    return await transact(log, work) if statements else []


async def receive_roster(
    log: EventLog, caller: Caller, students: Sequence[Any], full: bool, now: datetime
) -> BatchAnswer:
    """Keep the snapshots that changed; after a full roster say who is missing."""
    records: dict[int, StudentRecord] = {}
    answers: dict[int, RecordAnswer] = {}
    for index, (value, record) in enumerate(zip(students, _unique(students), strict=True)):
        if isinstance(record, Fault):
            answers[index] = rejected(index, record, value)
        else:
            records[index] = record

    async def work(ledger: Ledger) -> tuple[dict[str, int], list[str] | None]:
        snapshots = {record.id: record.snapshot() for record in records.values()}
        revisions = await roster.save_students(ledger, caller, snapshots, now)
        named = [value["id"] for value in students if isinstance(value, dict) and isinstance(value.get("id"), str)]
        return revisions, await roster.vanished(ledger, caller, named) if full else None

    revisions, vanished = await transact(log, work)
    for index, record in records.items():
        revision = revisions.get(record.id)
        answers[index] = RecordAnswer(index, "changed" if revision else "unchanged", id=record.id, revision=revision)
    return batch_answer([answers[index] for index in range(len(students))], vanished)


async def receive_codes(log: EventLog, caller: Caller, codes: dict[str, Any], now: datetime) -> tuple[int | None, int]:
    """The new version of the code table (None: unchanged), and how many parked marks it released."""

    async def work(ledger: Ledger) -> tuple[int | None, int]:
        schools = await store.parked_schools(ledger.connection, caller.district)
        await ledger.lock_schools(caller.district, schools)
        version = await store.save_code_table(ledger.connection, caller.district, codes)
        if version is None:
            return None, 0
        return version, await release(ledger, caller, await store.parked(ledger.connection, caller.district), now)

    return await transact(log, work)


def _unique(students: Sequence[Any]) -> list[StudentRecord | Fault]:
    """Each record as a student or a fault; the second record of a student is one."""
    seen: set[str] = set()
    found: list[StudentRecord | Fault] = []
    for value in students:
        record = read(StudentRecord, value)
        if isinstance(record, StudentRecord):
            if record.id in seen:
                record = Fault("id", "this student stands in the request twice")
            else:
                seen.add(record.id)
        found.append(record)
    return found


def _answer(index: int, statement: Statement, answer: Answer) -> RecordAnswer:
    return RecordAnswer(
        index,
        answer.outcome,
        id=statement.source_id,
        receipt=answer.receipt,
        field=answer.field,
        reason=answer.reason,
    )
