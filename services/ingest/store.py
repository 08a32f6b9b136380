"""The SQL of marks and day closes: set-based, one statement for any number of records."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg

from services.ingest.codes import CodeTable, Meaning, Said, table_from_json
from services.ingest.marks import Kept, Statement
from shared.db.pool import Connection

WHOLE_DAY = -1
COLUMNS = (
    "receipt", "district", "sequence", "student", "day", "period", "school", "rev", "source", "source_id", "source_rev",
    "said", "meaning", "state", "reason", "recorded_at", "recorded_by", "known_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SchoolDay:
    """What the calendar says about one day of one school. `instructional` None: there is no calendar."""

    timezone: str | None
    instructional: bool | None


async def history(connection: Connection, district: str, statements: Sequence[Statement]) -> list[Kept]:
    """All that was said before under the keys and the source ids of `statements`."""
    keys = {(said.student, said.day, _number(said.period)) for said in statements}
    ids = {(said.source, said.source_id) for said in statements if said.source_id is not None}
    rows = await connection.fetch(
        """
        SELECT s.* FROM unnest($2::text[], $3::date[], $4::smallint[]) AS wanted (student, day, period)
        JOIN statement s ON (s.district, s.student, s.day, s.period) = ($1, wanted.student, wanted.day, wanted.period)
        UNION
        SELECT s.* FROM unnest($5::text[], $6::text[]) AS wanted (source, source_id)
        JOIN statement s ON (s.district, s.source, s.source_id) = ($1, wanted.source, wanted.source_id)
        """,
        district,
        *_columns_of(keys, 3),
        *_columns_of(ids, 2),
    )
    return [_kept(row) for row in rows]


async def next_sequences(connection: Connection, count: int) -> list[int]:
    """`count` numbers, larger than any before. Under the lock of a school they are in the order of its statements."""
    rows = await connection.fetch("SELECT nextval('statement_sequence') FROM generate_series(1, $1)", count)
    return [row[0] for row in rows]


async def insert(connection: Connection, district: str, kept: Sequence[Kept]) -> None:
    """Raises asyncpg.UniqueViolationError if another transaction took an id or a revision since `history` was read."""
    if kept:
        await connection.copy_records_to_table(
            "statement", records=[_row(district, one) for one in kept], columns=COLUMNS
        )


async def save_states(connection: Connection, kept: Iterable[Kept]) -> None:
    """Write state, reason, meaning and time of statements that were parked."""
    rows = [(one.receipt, one.state, one.reason, _json(one.meaning), one.known_at) for one in kept]
    if rows:
        await connection.execute(
            """
            UPDATE statement s SET state = n.state, reason = n.reason, meaning = n.meaning, known_at = n.known_at
            FROM unnest($1::uuid[], $2::text[], $3::text[], $4::jsonb[], $5::timestamptz[])
                AS n (receipt, state, reason, meaning, known_at)
            WHERE s.receipt = n.receipt
            """,
            *_columns_of(rows, 5),
        )


async def school_days(
    connection: Connection, district: str, wanted: Iterable[tuple[str, date, str]]
) -> dict[tuple[str, date], SchoolDay]:
    """For each wanted (school, day, school year) what the calendar says."""
    rows = await connection.fetch(
        """
        SELECT wanted.school, wanted.day, c.timezone, wanted.day = ANY (c.instructional_days) AS instructional
        FROM unnest($2::text[], $3::date[], $4::text[]) AS wanted (school, day, school_year)
        LEFT JOIN calendar c ON (c.district, c.school, c.school_year) = ($1, wanted.school, wanted.school_year)
        """,
        district,
        *_columns_of(wanted, 3),
    )
    return {(row["school"], row["day"]): SchoolDay(row["timezone"], row["instructional"]) for row in rows}


async def code_table(connection: Connection, district: str) -> CodeTable:
    """The district's newest code table."""
    codes = await connection.fetchval(
        "SELECT codes FROM code_table WHERE district = $1 ORDER BY version DESC LIMIT 1", district
    )
    return table_from_json(codes or {})


async def save_code_table(connection: Connection, district: str, codes: dict[str, Any]) -> int | None:
    """The version of the new table, or None if it is the one that holds already."""
    version: int | None = await connection.fetchval(
        """
        WITH newest AS (SELECT version, codes FROM code_table WHERE district = $1 ORDER BY version DESC LIMIT 1)
        INSERT INTO code_table (district, version, codes)
        SELECT $1, coalesce((SELECT version FROM newest), 0) + 1, $2
        WHERE NOT EXISTS (SELECT FROM newest WHERE codes = $2)
        RETURNING version
        """,
        district,
        codes,
    )
    return version


async def parked(
    connection: Connection, district: str, school: str | None = None, school_year: tuple[date, date] | None = None
) -> list[Kept]:
    """What waits for a cure, in the order in which it came."""
    first, last = school_year or (None, None)
    rows = await connection.fetch(
        """
        SELECT * FROM statement
        WHERE district = $1 AND state = 'parked' AND ($2::text IS NULL OR school = $2)
            AND ($3::date IS NULL OR day BETWEEN $3 AND $4)
        ORDER BY sequence FOR UPDATE
        """,
        district,
        school,
        first,
        last,
    )
    return [_kept(row) for row in rows]


async def parked_schools(connection: Connection, district: str) -> list[str]:
    rows = await connection.fetch(
        "SELECT DISTINCT school FROM statement WHERE district = $1 AND state = 'parked'", district
    )
    return [row[0] for row in rows]


async def close_of(connection: Connection, district: str, school: str, day: date) -> asyncpg.Record | None:
    return await connection.fetchrow(
        "SELECT * FROM day_close WHERE (district, school, day) = ($1, $2, $3)", district, school, day
    )


async def insert_close(
    connection: Connection,
    district: str,
    school: str,
    day: date,
    receipt: UUID,
    sequence: int,
    at: datetime,
    revision: int,
) -> None:
    await connection.execute(
        """
        INSERT INTO day_close (district, school, day, receipt, sequence, closed_at, calendar_revision)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """,
        district,
        school,
        day,
        receipt,
        sequence,
        at,
        revision,
    )


def _number(period: int | None) -> int:
    return WHOLE_DAY if period is None else period


def _columns_of(rows: Iterable[tuple[Any, ...]], width: int) -> list[list[Any]]:
    """Rows turned into one list per column, as unnest wants them."""
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(width)]


def _json(meaning: Meaning | None) -> dict[str, Any] | None:
    return None if meaning is None else meaning.to_json()


def _row(district: str, kept: Kept) -> tuple[object, ...]:
    said = kept.statement
    return (
        kept.receipt, district, kept.sequence, said.student, said.day, _number(said.period), said.school, kept.rev,
        said.source, said.source_id, said.rev, said.said.to_json(), _json(kept.meaning), kept.state, kept.reason,
        said.recorded_at, said.recorded_by, kept.known_at,
    )  # fmt: skip


def _kept(row: asyncpg.Record) -> Kept:
    period = None if row["period"] == WHOLE_DAY else row["period"]
    statement = Statement(
        row["student"], row["school"], row["day"], Said.from_json(row["said"]), row["source"], period,
        row["source_id"], row["source_rev"], row["recorded_at"], row["recorded_by"],
    )  # fmt: skip
    meaning = None if row["meaning"] is None else Meaning(**row["meaning"])
    return Kept(
        row["receipt"], row["sequence"], row["rev"], statement, meaning, row["state"], row["reason"], row["known_at"]
    )
