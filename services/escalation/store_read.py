"""The SQL that answers questions: states, lists, feeds, and the whole story of one pupil."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from services.escalation.store import Row
from shared.db.pool import Connection


async def summary(connection: Connection) -> dict[str, Any]:
    """Counts over all districts: pupils per level, occasions, reports, levels taken back, recognitions, statements, closes."""
    levels = await connection.fetch(
        """
        SELECT level, count(*) AS pupils, sum(occasions)::int AS occasions, sum(reports)::int AS reports
        FROM (SELECT DISTINCT ON (district, student) * FROM ladder_state ORDER BY district, student, school_year DESC) AS latest
        GROUP BY level
        """
    )
    counts = await connection.fetchrow(
        """
        SELECT (SELECT count(*) FROM mark_statement) AS marks, (SELECT count(*) FROM day_close) AS closes,
               (SELECT count(*) FROM pupil WHERE roster_revision IS NULL) AS waiting_for_roster,
               (SELECT max(day) FROM day_close) AS last_day,
               (SELECT count(*) FROM artefact WHERE type = 'level.rescinded') AS taken_back,
               (SELECT count(*) FROM artefact WHERE type = 'recognition.due') AS recognitions
        """
    )
    assert counts is not None
    return {
        "pupils": {row["level"]: row["pupils"] for row in levels},
        "occasions": sum(row["occasions"] for row in levels),
        "reports": sum(row["reports"] for row in levels),
        **dict(counts),
    }


async def state(connection: Connection, district: str, student: str) -> Row | None:
    """The pupil's latest school year: state, level, wake_on, version; null state if nothing was decided yet."""
    return await connection.fetchrow(
        """
        SELECT pupil.school, pupil.dirty, roster_revision IS NOT NULL AS known, roster_revision, school_year, state, wake_on,
               coalesce(version, 0) AS version
        FROM pupil LEFT JOIN ladder_state USING (district, student)
        WHERE district = $1 AND student = $2
        ORDER BY school_year DESC NULLS LAST LIMIT 1
        """,
        district,
        student,
    )


async def pupils_at(connection: Connection, district: str, level: str, after: str, limit: int) -> list[Row]:
    return await connection.fetch(
        """
        SELECT student, school_year, level, occasions, reports FROM (
            SELECT DISTINCT ON (student) * FROM ladder_state WHERE district = $1 ORDER BY student, school_year DESC
        ) AS latest
        WHERE level = $2 AND student > $3 ORDER BY student LIMIT $4
        """,
        district,
        level,
        after,
        limit,
    )


async def feed(connection: Connection, district: str, after: int, types: Sequence[str], limit: int) -> list[Row]:
    """Events of the ladder after the number `after`, oldest first; all types if `types` is empty.

    Numbers are given before the commit, so what a still open transaction could precede is left for the next call.
    """
    return await connection.fetch(
        """
        SELECT number, event_id, student, type, as_of, body FROM artefact
        WHERE district = $1 AND number > $2 AND (cardinality($3::text[]) = 0 OR type = ANY($3))
              AND written_by < pg_snapshot_xmin(pg_current_snapshot())
        ORDER BY number LIMIT $4
        """,
        district,
        after,
        list(types),
        limit,
    )


async def last_closed_days(connection: Connection, district: str) -> list[Row]:
    return await connection.fetch(
        "SELECT school, max(day) AS day FROM day_close WHERE district = $1 GROUP BY school ORDER BY school", district
    )


async def taken(connection: Connection, district: str) -> Row:
    row = await connection.fetchrow(
        """
        SELECT (SELECT count(*) FROM mark_statement WHERE district = $1) AS marks,
               (SELECT count(*) FROM day_close WHERE district = $1) AS closes,
               (SELECT count(*) FROM pupil WHERE district = $1 AND roster_revision IS NOT NULL) AS pupils
        """,
        district,
    )
    assert row is not None
    return row


async def calendar_revisions(connection: Connection, district: str) -> list[Row]:
    return await connection.fetch(
        "SELECT school, max(revision) AS revision FROM calendar WHERE district = $1 GROUP BY school", district
    )


async def statements(connection: Connection, district: str, student: str) -> list[Row]:
    """Everything that the school ever said about the pupil, in the order in which it was accepted."""
    return await connection.fetch(
        "SELECT * FROM mark_statement WHERE district = $1 AND student = $2 ORDER BY sequence, event_id",
        district,
        student,
    )


async def acts(connection: Connection, district: str, student: str) -> list[Row]:
    """Every act, refused ones too, in the order in which it happened."""
    return await connection.fetch(
        "SELECT * FROM act WHERE district = $1 AND student = $2 ORDER BY at, number", district, student
    )


async def artefacts(connection: Connection, district: str, student: str) -> list[Row]:
    return await connection.fetch(
        "SELECT * FROM artefact WHERE district = $1 AND student = $2 ORDER BY number", district, student
    )


async def artefacts_since(connection: Connection, district: str, student: str, version: int) -> list[Row]:
    """What changed the pupil's case after it was at `version`."""
    return await connection.fetch(
        "SELECT * FROM artefact WHERE district = $1 AND student = $2 AND version > $3 ORDER BY number",
        district,
        student,
        version,
    )


async def alerts(connection: Connection, district: str, student: str) -> list[Row]:
    """The same-day alerts that went out about the pupil: `as_of`, and how many other notices had been required before."""
    return await connection.fetch(
        """
        SELECT as_of, notices_before FROM (
            SELECT as_of, number, body->>'kind' = 'same_day_alert' AS alert,
                   count(*) FILTER (WHERE body->>'kind' <> 'same_day_alert') OVER (ORDER BY number) AS notices_before
            FROM artefact WHERE district = $1 AND student = $2 AND type = 'notice.required'
        ) AS notice
        WHERE alert ORDER BY number
        """,
        district,
        student,
    )


_SCHOOLS = """
    SELECT enrolment->>'school' FROM pupil_taken, jsonb_array_elements(enrolments) AS enrolment
    WHERE pupil_taken.district = $1 AND student = $2
"""


async def number_of_close(connection: Connection, district: str, student: str, day: date) -> int | None:
    """The number under which the close of `day` was taken, at a school of the pupil."""
    number: int | None = await connection.fetchval(
        f"SELECT max(taken) FROM day_close WHERE district = $1 AND day = $3 AND school IN ({_SCHOOLS})",  # noqa: S608
        district,
        student,
        day,
    )
    return number


async def number_of_close_after(connection: Connection, district: str, student: str, moment: datetime) -> int | None:
    """The number of the first close after `moment` at a school of the pupil."""
    number: int | None = await connection.fetchval(
        f"SELECT min(taken) FROM day_close WHERE district = $1 AND closed_at > $3 AND school IN ({_SCHOOLS})",  # noqa: S608
        district,
        student,
        moment,
    )
    return number


async def timezone(connection: Connection, district: str, student: str) -> str | None:
    """Of the pupil's school."""
    name: str | None = await connection.fetchval(
        """
        SELECT timezone FROM calendar JOIN pupil USING (district, school)
        WHERE district = $1 AND student = $2 ORDER BY school_year DESC LIMIT 1
        """,
        district,
        student,
    )
    return name
