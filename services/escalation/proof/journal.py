"""The journal: everything that was taken, in the order in which it was taken."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from services.escalation.store import Row
from shared.db.pool import Connection

MARKS = "mark_statement"
AT_ONCE = 5000
"""So many marks at most are taken in one go."""

_SCHOOLS_OF_PUPIL = """school IN (
    SELECT enrolment->>'school' FROM pupil_taken, jsonb_array_elements(enrolments) AS enrolment
    WHERE pupil_taken.district = {district} AND student = {student}
)"""
_OWN = "student = {student}"


class Source(NamedTuple):
    table: str
    within: str
    """The order of rows that were taken together."""
    of_pupil: str = ""
    """Which of its rows matter to one pupil; all if empty."""


SOURCES = (
    Source("calendar_taken", "school, school_year"),
    Source("pupil_taken", "student", _OWN),
    Source("policy_choice", "district"),
    Source("step_switch", "number"),
    Source(MARKS, "sequence, event_id", _OWN),
    Source("day_close", "sequence", _SCHOOLS_OF_PUPIL),
    Source("act", "number", _OWN),
)


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose record: everything, a district, or one pupil of it; up to the number `until`, included."""

    district: str | None = None
    student: str | None = None
    until: int | None = None

    def __post_init__(self) -> None:
        assert self.district or not self.student


class Step(NamedTuple):
    """Rows of one table that were taken together."""

    taken: int
    table: str
    rows: list[Row]


async def steps(connection: Connection, scope: Scope) -> AsyncIterator[Step]:
    """The steps in their order, marks in larger ones where that makes no difference.

    `connection` is in a transaction that sees one state of the database (REPEATABLE READ).
    """
    kept: Step | None = None
    async for step in _single_steps(connection, scope):
        if kept and _go_together(kept, step):
            kept.rows.extend(step.rows)
            continue
        if kept:
            yield kept
        kept = step
    if kept:
        yield kept


def _go_together(before: Step, after: Step) -> bool:
    """Whether a mark held when it came depends only on those of a lower sequence: none of these may come later."""
    if before.table != MARKS or after.table != MARKS or len(before.rows) >= AT_ONCE:
        return False
    highest = max(row["sequence"] for row in before.rows[-len(after.rows) :])
    return bool(highest < after.rows[0]["sequence"])


async def _single_steps(connection: Connection, scope: Scope) -> AsyncIterator[Step]:
    streams = [_steps_of(connection, source, scope) for source in SOURCES]
    heads = {n: head for n, stream in enumerate(streams) if (head := await anext(stream, None))}
    while heads:
        first = min(heads, key=lambda n: heads[n].taken)
        yield heads.pop(first)
        if following := await anext(streams[first], None):
            heads[first] = following


async def _steps_of(connection: Connection, source: Source, scope: Scope) -> AsyncIterator[Step]:
    where, values = _where(source, scope)
    step: Step | None = None
    query = f"SELECT * FROM {source.table} WHERE {where} ORDER BY taken, {source.within}"  # noqa: S608 - our own names
    async for row in connection.cursor(query, *values, prefetch=1000):
        if step and step.taken == row["taken"]:
            step.rows.append(row)
            continue
        if step:
            yield step
        step = Step(row["taken"], source.table, [row])
    if step:
        yield step


def _where(source: Source, scope: Scope) -> tuple[str, list[object]]:
    values: list[object] = []
    return " AND ".join(_conditions(source, scope, values)), values


def _conditions(source: Source, scope: Scope, values: list[object]) -> Iterator[str]:
    def placeholder(value: object) -> str:
        values.append(value)
        return f"${len(values)}"

    yield "taken IS NOT NULL"
    if scope.until is not None:
        yield f"taken <= {placeholder(scope.until)}"
    if scope.district:
        district = placeholder(scope.district)
        yield f"{source.table}.district = {district}"
        if scope.student and source.of_pupil:
            yield source.of_pupil.format(district=district, student=placeholder(scope.student))


async def size(connection: Connection, scope: Scope) -> int:
    """How many rows the journal has."""
    total = 0
    for source in SOURCES:
        where, values = _where(source, scope)
        total += await connection.fetchval(f"SELECT count(*) FROM {source.table} WHERE {where}", *values)  # noqa: S608
    return total


async def older(connection: Connection, scope: Scope) -> int:
    """How many facts were taken before there was a journal: what they led to cannot be built again."""
    total = 0
    for source in SOURCES:
        where, values = _where(source, Scope(scope.district, scope.student))
        where = where.replace("taken IS NOT NULL", "taken IS NULL", 1)
        total += await connection.fetchval(f"SELECT count(*) FROM {source.table} WHERE {where}", *values)  # noqa: S608
    return total
