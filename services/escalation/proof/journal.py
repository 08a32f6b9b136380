"""The journal: everything that was taken, in the order in which it was taken."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from services.escalation.store import Row
from shared.db.pool import Connection

MARKS = "mark_statement"
PUPIL = ("district", "student")
AT_ONCE = 5000
"""So many rows, and those of the last step, are taken in one go."""

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
    at: str | None = None
    """When what its rows tell became known; None where nobody said it."""
    about: tuple[str, ...] = ()
    """Steps about different ones of these do not touch each other, so they may be taken in one go."""


SOURCES = (
    Source("calendar_taken", "school, school_year"),
    Source("pupil_taken", "student", _OWN, about=PUPIL),
    Source("policy_choice", "district"),
    Source("step_switch", "number", at="at"),
    Source(MARKS, "sequence, event_id", _OWN, "known_at"),
    Source("day_close", "sequence", _SCHOOLS_OF_PUPIL, "closed_at"),
    Source("act", "number", _OWN, "at", PUPIL),
)


_ABOUT = {source.table: source.about for source in SOURCES}


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose record: everything, a district, or one pupil of it; up to the number `until` and the time `known_by`, both
    included."""

    district: str | None = None
    student: str | None = None
    until: int | None = None
    known_by: datetime | None = None

    def __post_init__(self) -> None:
        assert self.district or not self.student


class Step(NamedTuple):
    """Rows of one table that were taken together."""

    taken: int
    table: str
    rows: list[Row]


async def steps(connection: Connection, scope: Scope) -> AsyncIterator[Step]:
    """The steps in their order, in larger ones where that makes no difference.

    `connection` is in a transaction that sees one state of the database (REPEATABLE READ).
    """
    going: _Going | None = None
    async for step in _single_steps(connection, scope):
        if going and going.takes(step):
            continue
        if going:
            yield going.step
        going = _Going(step)
    if going:
        yield going.step


class _Going:
    """A step that grows while the following ones can be taken together with it."""

    def __init__(self, step: Step) -> None:
        self.step = step
        self._about = _ABOUT[step.table]
        self._seen = self._subjects(step)
        self._highest = self._last_sequence(step)

    def takes(self, step: Step) -> bool:
        if step.table != self.step.table or len(self.step.rows) >= AT_ONCE or not self._fits(step):
            return False
        self.step.rows.extend(step.rows)
        self._seen |= self._subjects(step)
        self._highest = self._last_sequence(step)
        return True

    def _fits(self, step: Step) -> bool:
        """Whether a mark held when it came depends only on those of a lower sequence: none of these may come later."""
        if step.table == MARKS:
            return bool(self._highest < step.rows[0]["sequence"])
        return bool(self._about) and not self._seen & self._subjects(step)

    def _subjects(self, step: Step) -> set[tuple[str, ...]]:
        return {tuple(row[name] for name in self._about) for row in step.rows}

    def _last_sequence(self, step: Step) -> int:
        return step.rows[-1]["sequence"] if step.table == MARKS else 0


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
    if scope.known_by and source.at:
        yield f"{source.at} <= {placeholder(scope.known_by)}"
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
