"""All SQL about pupils, schools and notices. Set-based: a whole batch in one statement."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from services.notifications.contacts import in_person
from shared.contracts.ladder import NoticeRequired, NoticeWithdrawn
from shared.contracts.roster import CalendarChanged, Guardian, StudentChanged
from shared.db.pool import Connection

Row = asyncpg.Record


def columns(rows: Collection[Sequence[Any]], width: int) -> list[list[Any]]:
    """Rows as one list per column, for unnest."""
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(width)]


def _json(guardians: Sequence[Guardian]) -> str:
    """As text: asyncpg would take a list in a list of jsonb values for one more dimension of the array."""
    return orjson.dumps([guardian.model_dump() for guardian in guardians]).decode()


async def save_pupils(connection: Connection, pupils: Collection[StudentChanged]) -> None:
    """Keep the newest snapshot of each pupil. A pupil whose guardians changed gets its undeliverable notices planned anew."""
    rows = [
        (
            p.district,
            p.student,
            p.revision,
            p.given_name,
            p.family_name,
            _json(p.guardians),
            in_person(p).model_dump_json(),
        )
        for p in pupils
    ]
    await connection.execute(
        """
        WITH newest AS (
            SELECT DISTINCT ON (district, student) district, student, revision, given_name, family_name, guardians::jsonb,
                   person::jsonb
            FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[])
                AS given (district, student, revision, given_name, family_name, guardians, person)
            ORDER BY district, student, revision DESC
        ), changed AS (
            INSERT INTO pupil AS known (district, student, revision, given_name, family_name, guardians, person)
            SELECT * FROM newest
            ON CONFLICT (district, student) DO UPDATE
            SET revision = excluded.revision, given_name = excluded.given_name, family_name = excluded.family_name,
                guardians = excluded.guardians, person = excluded.person
            WHERE known.revision < excluded.revision
            RETURNING district, student
        )
        UPDATE notice SET state = 'required' FROM changed
        WHERE notice.state = 'undeliverable' AND (notice.district, notice.student) = (changed.district, changed.student)
        """,
        *columns(rows, 7),
    )


async def save_schools(connection: Connection, calendars: Collection[CalendarChanged]) -> None:
    """Keep what the newest calendar of each school says about its name, time zone and languages."""
    rows = [(c.district, c.school, c.school_year, c.revision, c.name, c.timezone, c.language_share) for c in calendars]
    await connection.execute(
        """
        INSERT INTO school AS known (district, school, school_year, revision, name, timezone, language_share)
        SELECT DISTINCT ON (district, school) *
        FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::jsonb[])
            AS given (district, school, school_year, revision, name, timezone, language_share)
        ORDER BY district, school, school_year DESC, revision DESC
        ON CONFLICT (district, school) DO UPDATE
        SET school_year = excluded.school_year, revision = excluded.revision, name = excluded.name,
            timezone = excluded.timezone, language_share = excluded.language_share
        WHERE (known.school_year, known.revision) < (excluded.school_year, excluded.revision)
        """,
        *columns(rows, 7),
    )


async def save_required(connection: Connection, notices: Iterable[NoticeRequired]) -> None:
    """Keep the notices that are new; one that is known (also as withdrawn) stays as it is."""
    rows = [
        (
            n.notice,
            n.district,
            n.student,
            n.school,
            n.kind,
            n.as_of,
            orjson.dumps(n.days).decode(),
            n.meeting,
            n.corrects,
            n.to_student,
        )
        for n in notices
    ]
    await connection.execute(
        """
        INSERT INTO notice (notice, district, student, school, kind, as_of, changed_as_of, days, meeting, corrects,
                            to_student, state)
        SELECT notice, district, student, school, kind, as_of, as_of,
               ARRAY(SELECT day::date FROM json_array_elements_text(days) AS day), meeting, corrects, to_student, 'required'
        FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::json[], $8::text[],
                    $9::uuid[], $10::boolean[])
            AS given (notice, district, student, school, kind, as_of, days, meeting, corrects, to_student)
        ON CONFLICT DO NOTHING
        """,
        *columns(rows, 10),
    )


async def save_withdrawn(connection: Connection, notices: Iterable[NoticeWithdrawn]) -> list[UUID]:
    """Mark notices as withdrawn, or give them other days (basis changed); return those that were not known to be so.

    A notice that is not known yet is kept as withdrawn, so that it is not sent when it arrives late.
    """
    rows = [
        (n.notice, n.district, n.student, n.school, n.kind, n.as_of, orjson.dumps(n.days).decode(), n.state)
        for n in notices
    ]
    changed = await connection.fetch(
        """
        INSERT INTO notice AS known (notice, district, student, school, kind, as_of, changed_as_of, days, state)
        SELECT DISTINCT ON (notice) notice, district, student, school, kind, as_of, as_of,
               ARRAY(SELECT day::date FROM json_array_elements_text(days) AS day),
               CASE WHEN change = 'basis_changed' THEN 'required' ELSE 'withdrawn' END
        FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::json[], $8::text[])
            WITH ORDINALITY AS given (notice, district, student, school, kind, as_of, days, change, position)
        ORDER BY notice, as_of DESC, position DESC
        ON CONFLICT (notice) DO UPDATE
        SET changed_as_of = excluded.as_of,
            days = CASE WHEN excluded.state = 'withdrawn' THEN known.days ELSE excluded.days END,
            state = CASE WHEN excluded.state = 'withdrawn' THEN excluded.state ELSE known.state END
        WHERE known.changed_as_of <= excluded.as_of AND known.state <> 'withdrawn'
        RETURNING notice
        """,
        *columns(rows, 8),
    )
    return [row["notice"] for row in changed]


async def required_of(connection: Connection, keys: Collection[tuple[str, str]]) -> list[UUID]:
    """Notices of these pupils (district, student) that are still to be planned and can be."""
    rows = await connection.fetch(
        """
        SELECT notice.notice FROM notice JOIN pupil USING (district, student) JOIN school USING (district, school)
        WHERE notice.state = 'required' AND (district, student) IN (SELECT * FROM unnest($1::text[], $2::text[]))
        """,
        *columns(sorted(keys), 2),
    )
    return [row["notice"] for row in rows]


async def required(connection: Connection, limit: int) -> list[UUID]:
    """The oldest notices that are still to be planned and can be: pupil and school are known by now."""
    rows = await connection.fetch(
        """
        SELECT notice.notice FROM notice JOIN pupil USING (district, student) JOIN school USING (district, school)
        WHERE notice.state = 'required' ORDER BY notice.as_of, notice.notice LIMIT $1
        """,
        limit,
    )
    return [row["notice"] for row in rows]


async def pupils_of(connection: Connection, notices: Collection[UUID]) -> set[tuple[str, str]]:
    rows = await connection.fetch("SELECT district, student FROM notice WHERE notice = ANY($1)", list(notices))
    return {(row["district"], row["student"]) for row in rows}


async def to_plan(connection: Connection, notices: Collection[UUID]) -> list[Row]:
    """These notices, as far as they may still be sent, with what planning needs."""
    return await connection.fetch(
        """
        SELECT notice.notice, notice.district, notice.student, notice.kind, notice.as_of, notice.corrects, notice.to_student,
               school.timezone, pupil.guardians, pupil.person,
               EXISTS (
                   SELECT FROM switch WHERE switch.district = notice.district AND switch.kind IN (notice.kind, '*')
               ) AS stopped
        FROM notice JOIN pupil USING (district, student) JOIN school USING (district, school)
        WHERE notice.notice = ANY($1) AND notice.state IN ('required', 'planned', 'undeliverable')
        ORDER BY notice.as_of, notice.notice
        """,
        list(notices),
    )


async def mark_unneeded(connection: Connection, notices: Collection[UUID]) -> None:
    await connection.execute("UPDATE notice SET state = 'unneeded' WHERE notice = ANY($1)", list(notices))


async def settle(connection: Connection, notices: Collection[UUID]) -> list[Row]:
    """Say of each notice whether it is on its way to anybody; return those that have become undeliverable."""
    return await connection.fetch(
        """
        WITH judged AS (
            SELECT notice, CASE WHEN EXISTS (
                SELECT FROM delivery WHERE delivery.notice = notice.notice AND whole
                    AND delivery.state IN ('queued', 'held', 'attempting', 'sent', 'delivered', 'unknown')
            ) THEN 'planned' ELSE 'undeliverable' END AS state
            FROM notice WHERE notice = ANY($1) AND state IN ('required', 'planned', 'undeliverable')
        ), changed AS (
            UPDATE notice SET state = judged.state, version = version + 1 FROM judged
            WHERE notice.notice = judged.notice AND notice.state <> judged.state
            RETURNING notice.notice, district, student, kind, version, notice.state
        )
        SELECT * FROM changed WHERE state = 'undeliverable' ORDER BY notice
        """,
        list(notices),
    )


async def guardians(connection: Connection, district: str, student: str) -> list[dict[str, Any]] | None:
    """The guardians of a pupil as the roster has them; None for an unknown pupil."""
    found: list[dict[str, Any]] | None = await connection.fetchval(
        "SELECT guardians FROM pupil WHERE district = $1 AND student = $2", district, student
    )
    return found
