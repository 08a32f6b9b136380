"""The SQL behind what ingest shows: counts, freshness per school, and what waits in the data-quality queue."""

from typing import Any
from uuid import UUID

import asyncpg

from shared.db.pool import Connection


async def summary(connection: Connection) -> dict[str, int]:
    """Counts over all districts, without waiting for anybody."""
    row = await connection.fetchrow(
        """
        SELECT count(*) FILTER (WHERE state = 'accepted') AS marks, count(*) FILTER (WHERE state = 'parked') AS parked,
            (SELECT count(*) FROM day_close) AS closes, (SELECT count(*) FROM student) AS students,
            (SELECT count(*) FROM event_pending) AS pending
        FROM statement
        """
    )
    return dict(row) if row else {}


async def schools(connection: Connection, district: str) -> list[dict[str, Any]]:
    """Per school how fresh its data is."""
    rows = await connection.fetch(
        """
        WITH known AS (
            SELECT school, max(details ->> 'name') AS name FROM calendar WHERE district = $1 GROUP BY school
        ), said AS (
            SELECT school, max(known_at) AS last_mark, max(day) AS last_marked_day, count(*) AS marks,
                count(*) FILTER (WHERE state = 'parked') AS parked
            FROM statement WHERE district = $1 GROUP BY school
        ), closed AS (
            SELECT school, max(day) AS last_close, max(closed_at) AS last_closed_at
            FROM day_close WHERE district = $1 GROUP BY school
        )
        SELECT school, name, last_mark, last_marked_day, coalesce(marks, 0) AS marks, coalesce(parked, 0) AS parked,
            last_close, last_closed_at
        FROM known FULL JOIN said USING (school) FULL JOIN closed USING (school) ORDER BY school
        """,
        district,
    )
    return [dict(row) for row in rows]


async def parked_counts(
    connection: Connection, district: str, school: str | None, student: str | None
) -> dict[str, int]:
    rows = await connection.fetch(
        """
        SELECT reason, count(*) FROM statement
        WHERE district = $1 AND state = 'parked' AND ($2::text IS NULL OR school = $2) AND ($3::text IS NULL OR student = $3)
        GROUP BY reason ORDER BY reason
        """,
        district,
        school,
        student,
    )
    return {row["reason"]: row["count"] for row in rows}


async def parked(
    connection: Connection,
    district: str,
    school: str | None,
    student: str | None,
    reason: str | None,
    after: int,
    limit: int,
) -> list[dict[str, Any]]:
    """The queue, oldest first."""
    rows = await connection.fetch(
        """
        SELECT receipt, sequence, student, school, day, nullif(period, -1) AS period, reason, said, source, source_id, known_at
        FROM statement
        WHERE district = $1 AND state = 'parked' AND ($2::text IS NULL OR school = $2) AND ($3::text IS NULL OR student = $3)
            AND ($4::text IS NULL OR reason = $4) AND sequence > $5
        ORDER BY sequence LIMIT $6
        """,
        district,
        school,
        student,
        reason,
        after,
        limit,
    )
    return [dict(row) for row in rows]


async def receipt(connection: Connection, district: str, receipt: UUID) -> asyncpg.Record | None:
    return await connection.fetchrow(
        """
        SELECT receipt, state, reason, student, school, day, nullif(period, -1) AS period, rev, sequence, said, meaning, source,
            source_id, recorded_at, known_at, received_at
        FROM statement WHERE district = $1 AND receipt = $2
        """,
        district,
        receipt,
    )
