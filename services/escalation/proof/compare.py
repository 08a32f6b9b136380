"""Compares the kept tables with those built again, row by row, wherever their rows have what tells them apart."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, TypeVar

from services.escalation.proof.journal import Scope
from shared.db.pool import Connection

NOT_OURS = ("event_log%", "event_pending", "dead_letter", "migration", "district_policy")
"""What the messaging keeps, and a table that is no longer used."""
NUMBERING = {"taken", "written_by"}
"""What only numbers the writing; identity columns as well."""
SHOWN = 20

Problem = Literal["only kept", "only built again", "differs"]


class Difference(NamedTuple):
    """One row that is not the same. `fields` are names only: values may be personal."""

    table: str
    key: str
    problem: Problem
    fields: tuple[str, ...] = ()


@dataclass(slots=True)
class TableResult:
    table: str
    kept: int = 0
    built: int = 0
    equal: int = 0
    wrong: int = 0
    shown: list[Difference] = field(default_factory=list)
    """The first of the differences."""


class Shape(NamedTuple):
    """A table: the columns that tell its rows apart, the other ones that must be equal, and how its rows are numbered."""

    table: str
    key: tuple[str, ...]
    rest: tuple[str, ...]
    json: frozenset[str]
    number: str | None
    columns: frozenset[str]


async def shapes(connection: Connection, scope: Scope) -> list[Shape]:
    """The tables that are compared. Of one pupil: those whose rows are about pupils."""
    rows = await connection.fetch(
        """
        SELECT relname, array_agg(attname ORDER BY attnum) AS columns,
               array_agg(attname) FILTER (WHERE atttypid = 'jsonb'::regtype) AS json,
               array_agg(attname ORDER BY attnum) FILTER (WHERE attnum = ANY(indkey)) AS key,
               max(attname) FILTER (WHERE attidentity <> '') AS number
        FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
        JOIN pg_index ON indrelid = pg_class.oid AND indisprimary
        WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace AND relname NOT LIKE ALL($1::text[])
        GROUP BY relname ORDER BY relname
        """,
        NOT_OURS,
    )
    found = [_shape(row) for row in rows]
    return [shape for shape in found if "student" in shape.columns or not scope.student]


def _shape(row: Any) -> Shape:
    counted = [name for name in row["columns"] if name not in NUMBERING and name != row["number"]]
    key = [name for name in row["key"] if name in counted] or counted
    rest = [name for name in counted if name not in key]
    json, columns = frozenset(row["json"] or ()), frozenset(row["columns"])
    return Shape(row["relname"], tuple(key), tuple(rest), json, row["number"], columns)


async def compare(kept: Connection, built: Connection, shape: Shape, scope: Scope) -> TableResult:
    """Both connections are in a transaction. The rows are read once, in the order of their keys."""
    result = TableResult(shape.table)
    async for key, mine, its in side_by_side(_rows(kept, shape, scope), _rows(built, shape, scope)):
        result.kept += bool(mine)
        result.built += bool(its)
        result.equal += mine == its
        if mine != its:
            await _note(result, kept, built, shape, key, _problem(mine, its))
    return result


RowT = TypeVar("RowT", bound=tuple[Any, ...])


async def side_by_side(
    ours: AsyncIterator[RowT], theirs: AsyncIterator[RowT]
) -> AsyncIterator[tuple[Any, RowT | None, RowT | None]]:
    """The rows of two ordered streams by key, which is the first value of each row; None where one has no such row."""
    one, other = await anext(ours, None), await anext(theirs, None)
    while one or other:
        first = min(row[0] for row in (one, other) if row)
        mine = one if one and one[0] == first else None
        its = other if other and other[0] == first else None
        yield first, mine, its
        one = await anext(ours, None) if mine else one
        other = await anext(theirs, None) if its else other


def _problem(kept: object, built: object) -> Problem:
    if not built:
        return "only kept"
    return "differs" if kept else "only built again"


async def _rows(connection: Connection, shape: Shape, scope: Scope) -> AsyncIterator[tuple[list[str], str]]:
    """Key and digest of each row, by key."""
    query, values = _query(shape, scope, f"md5(ROW({', '.join((*_values(shape), *_position(shape)))})::text)")
    order = ", ".join(f'{name}::text COLLATE "C" NULLS FIRST' for name in shape.key)
    async for row in connection.cursor(f"{query} ORDER BY {order}", *values, prefetch=2000):
        yield row["key"], row["content"]


def _values(shape: Shape) -> list[str]:
    """In JSON a field that is null is the same as one that was not there yet when the row was written."""
    return [f"jsonb_strip_nulls({name})" if name in shape.json else name for name in shape.rest]


def _position(shape: Shape) -> tuple[str, ...]:
    """Numbers differ, their order must not: the place of a row among those of its pupil (or district)."""
    if not shape.number:
        return ()
    whose = "district, student" if "student" in shape.columns else "district"
    return (f"row_number() OVER (PARTITION BY {whose} ORDER BY {shape.number})",)


def _query(shape: Shape, scope: Scope, content: str) -> tuple[str, list[str]]:
    key = ", ".join(f"coalesce({name}::text, '')" for name in shape.key)
    values = [value for value in (scope.district, scope.student) if value]
    conditions = [f"{name} = ${n}" for n, name in enumerate(("district", "student")[: len(values)], 1)]
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return f"SELECT ARRAY[{key}] AS key, {content} AS content FROM {shape.table}{where}", values  # noqa: S608 - our names


async def _note(
    result: TableResult, kept: Connection, built: Connection, shape: Shape, key: Sequence[str], problem: Problem
) -> None:
    result.wrong += 1
    if len(result.shown) >= SHOWN:
        return
    fields: tuple[str, ...] = ()
    if problem == "differs":
        fields = tuple(_unequal(await _whole(kept, shape, key), await _whole(built, shape, key))) or ("order",)
    result.shown.append(Difference(shape.table, " ".join(key), problem, fields))


async def _whole(connection: Connection, shape: Shape, key: Sequence[str]) -> dict[str, Any]:
    of_row = " AND ".join(f"coalesce({name}::text, '') = ${n}" for n, name in enumerate(shape.key, 1))
    query = f"SELECT to_jsonb({shape.table}) FROM {shape.table} WHERE {of_row}"  # noqa: S608 - our own names
    row: dict[str, Any] = await connection.fetchval(query, *key)
    return {name: row[name] for name in shape.rest}


def _unequal(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """Names of the fields that are not equal, inside of JSON objects too."""
    names: list[str] = []
    for name in sorted(one.keys() | other.keys()):
        mine, its = one.get(name), other.get(name)
        if isinstance(mine, dict) and isinstance(its, dict):
            names += [f"{name}.{inner}" for inner in _unequal(mine, its)]
        elif mine != its:
            names.append(name)
    return names
