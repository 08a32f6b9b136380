"""The SQL of the roster and of calendars. An unchanged row is not written and gets no new revision."""

from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg

from services.ingest.calendars import CalendarRow
from shared.db.pool import Connection


async def save_students(
    connection: Connection, district: str, snapshots: Mapping[str, dict[str, Any]]
) -> dict[str, int]:
    """The new revisions of the students whose snapshot changed. Their rows stay locked: that keeps their events in order."""
    rows = await connection.fetch(
        """
        INSERT INTO student AS s (district, student, revision, snapshot)
        SELECT $1, n.student, 1, n.snapshot FROM unnest($2::text[], $3::jsonb[]) AS n (student, snapshot) ORDER BY n.student
        ON CONFLICT (district, student) DO UPDATE SET revision = s.revision + 1, snapshot = excluded.snapshot
            WHERE s.snapshot <> excluded.snapshot
        RETURNING student, revision
        """,
        district,
        list(snapshots),
        list(snapshots.values()),
    )
    return {row["student"]: row["revision"] for row in rows}


async def missing_students(connection: Connection, district: str, present: Sequence[str]) -> list[str]:
    """Known students who are not among `present`."""
    rows = await connection.fetch(
        "SELECT student FROM student WHERE district = $1 AND student <> ALL ($2::text[]) ORDER BY student",
        district,
        present,
    )
    return [row[0] for row in rows]


async def known_students(connection: Connection, district: str, wanted: Sequence[str]) -> set[str]:
    rows = await connection.fetch(
        "SELECT student FROM student WHERE district = $1 AND student = ANY ($2::text[])", district, wanted
    )
    return {row[0] for row in rows}


async def save_calendar(connection: Connection, district: str, calendar: CalendarRow) -> int | None:
    """The new revision, or None if nothing changed."""
    revision: int | None = await connection.fetchval(
        """
        INSERT INTO calendar AS c (district, school, school_year, revision, timezone, instructional_days, details)
        VALUES ($1, $2, $3, 1, $4, $5, $6)
        ON CONFLICT (district, school, school_year) DO UPDATE SET revision = c.revision + 1, timezone = excluded.timezone,
            instructional_days = excluded.instructional_days, details = excluded.details
        WHERE (c.timezone, c.instructional_days, c.details)
            <> (excluded.timezone, excluded.instructional_days, excluded.details)
        RETURNING revision
        """,
        district,
        calendar.school,
        calendar.school_year,
        calendar.timezone,
        list(calendar.instructional_days),
        calendar.details,
    )
    return revision


async def calendar(connection: Connection, district: str, school: str, school_year: str) -> asyncpg.Record | None:
    return await connection.fetchrow(
        "SELECT * FROM calendar WHERE (district, school, school_year) = ($1, $2, $3)", district, school, school_year
    )


async def calendars(connection: Connection, district: str, school: str | None = None) -> list[asyncpg.Record]:
    return await connection.fetch(
        "SELECT * FROM calendar WHERE district = $1 AND ($2::text IS NULL OR school = $2) ORDER BY school, school_year",
        district,
        school,
    )
