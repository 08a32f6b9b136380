"""The SQL of a district's whole record, in the order in which it was taken. Only read, for `rollcall policy simulate`."""

from collections.abc import Sequence

from services.escalation.store import Row
from shared.db.pool import Connection


async def latest_taken(connection: Connection) -> int:
    """Everything up to this number is committed or will never be there, once the districts' writers have ended."""
    taken: int = await connection.fetchval(
        """
        SELECT greatest((SELECT max(taken) FROM mark_statement), (SELECT max(taken) FROM day_close),
                        (SELECT max(taken) FROM act), (SELECT max(taken) FROM pupil_taken), 0)
        """
    )
    return taken


async def students(connection: Connection, district: str) -> list[str]:
    """The pupils whom the roster knows."""
    rows = await connection.fetch(
        "SELECT student FROM pupil WHERE district = $1 AND roster_revision IS NOT NULL ORDER BY student", district
    )
    return [row["student"] for row in rows]


async def closes(connection: Connection, district: str) -> list[Row]:
    return await connection.fetch(
        """
        SELECT school, day, closed_at, utc_offset, coalesce(taken, 0) AS taken FROM day_close WHERE district = $1
        ORDER BY school, coalesce(taken, 0), closed_at
        """,
        district,
    )


async def calendars(connection: Connection, district: str) -> list[Row]:
    """Every revision that is kept; of a school year whose revisions are not, the present one, as from the beginning."""
    return await connection.fetch(
        """
        SELECT * FROM calendar_taken WHERE district = $1
        UNION ALL
        SELECT 0, calendar.* FROM calendar WHERE district = $1 AND NOT EXISTS (
            SELECT FROM calendar_taken AS kept
            WHERE (kept.district, kept.school, kept.school_year) = (calendar.district, calendar.school, calendar.school_year)
        )
        ORDER BY taken, school, school_year
        """,
        district,
    )


async def switches(connection: Connection, district: str) -> list[Row]:
    return await connection.fetch(
        """
        SELECT step, stopped, at, coalesce(taken, 0) AS taken FROM step_switch WHERE district = $1
        ORDER BY coalesce(taken, 0), number
        """,
        district,
    )


async def stops(connection: Connection, district: str) -> list[Row]:
    return await connection.fetch("SELECT school, day, step FROM step_stop WHERE district = $1", district)


async def snapshots(connection: Connection, district: str, students: Sequence[str]) -> list[Row]:
    """Every snapshot of these pupils that is kept; of a pupil of whom none is, the present one, as from the beginning."""
    return await connection.fetch(
        """
        SELECT taken, district, student, birth_date, enrolments, subgroups FROM pupil_taken
        WHERE district = $1 AND student = ANY($2::text[])
        UNION ALL
        SELECT 0, district, student, birth_date, enrolments, subgroups FROM pupil
        WHERE district = $1 AND student = ANY($2::text[]) AND NOT EXISTS (
            SELECT FROM pupil_taken AS kept WHERE (kept.district, kept.student) = (pupil.district, pupil.student)
        )
        ORDER BY student, taken
        """,
        district,
        students,
    )


async def statements(connection: Connection, district: str, students: Sequence[str], through: int) -> list[Row]:
    """What the school said about these pupils, taken up to the number `through`."""
    return await connection.fetch(
        """
        SELECT event_id, student, school, day, period, rev, sequence, known_at, retracted, status, excuse, minutes, reason,
               suspension, coalesce(taken, 0) AS taken
        FROM mark_statement
        WHERE district = $1 AND student = ANY($2::text[]) AND coalesce(taken, 0) <= $3
        ORDER BY student, coalesce(taken, 0), known_at, sequence
        """,
        district,
        students,
        through,
    )


async def acts(connection: Connection, district: str, students: Sequence[str], through: int) -> list[Row]:
    """What people did about these pupils and the rules of then allowed, taken up to the number `through`."""
    return await connection.fetch(
        """
        SELECT student, body, at, coalesce(taken, 0) AS taken FROM act
        WHERE district = $1 AND student = ANY($2::text[]) AND refused IS NULL AND coalesce(taken, 0) <= $3
        ORDER BY student, coalesce(taken, 0), at, number
        """,
        district,
        students,
        through,
    )
