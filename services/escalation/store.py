"""The SQL of the facts: what the school said, the roster, the calendars, and whom a close is about. Set-based."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
import orjson

from shared.contracts.attendance import DayClosed, MarkEventData, MarkRecorded
from shared.contracts.envelope import Event
from shared.contracts.roster import CalendarChanged, StudentChanged
from shared.db.pool import Connection

Row = asyncpg.Record


class PupilKey(NamedTuple):
    district: str
    student: str


async def save_statements(connection: Connection, events: Sequence[Event[MarkEventData]]) -> set[UUID]:
    """Keep what the school said; return the ids of the events that are new. The pupils they are about become dirty."""
    rows = [_statement(event) for event in events]
    new = await connection.fetch(
        """
        INSERT INTO mark_statement (event_id, district, student, school, day, period, rev, sequence, known_at, recorded_by,
                                    source, retracted, status, excuse, minutes, reason, suspension, code, utc_offset, taken)
        SELECT *, (SELECT nextval('taken'))
        FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::date[], $6::smallint[], $7::int[], $8::bigint[],
                    $9::timestamptz[], $10::text[], $11::text[], $12::bool[], $13::text[], $14::text[], $15::smallint[],
                    $16::text[], $17::text[], $18::text[], $19::interval[])
        ON CONFLICT DO NOTHING
        RETURNING event_id
        """,
        *zip(*rows, strict=True),
    )
    ids = {row["event_id"] for row in new}
    await mark_dirty(
        connection,
        [(PupilKey(event.data.district, event.data.student), event.data.day) for event in events if event.id in ids],
    )
    return ids


def _statement(event: Event[MarkEventData]) -> tuple[Any, ...]:
    mark = event.data
    said: tuple[Any, ...] = (True, None, None, None, None, None, None)
    if isinstance(mark, MarkRecorded):
        said = (False, mark.status, mark.excuse, mark.minutes, mark.reason, mark.suspension, mark.code)
    return (
        event.id, mark.district, mark.student, mark.school, mark.day, mark.period, mark.rev, mark.sequence, mark.known_at,
        mark.recorded_by, mark.source, *said, mark.known_at.utcoffset(),
    )  # fmt: skip


async def held_on_arrival(connection: Connection, ids: Sequence[UUID]) -> set[UUID]:
    """Those statements that nothing said before them outranked: a late original of a correction never held."""
    rows = await connection.fetch(
        """
        SELECT event_id FROM mark_statement AS said
        WHERE event_id = ANY($1::uuid[]) AND NOT EXISTS (
            SELECT FROM mark_statement AS before
            WHERE (before.district, before.student, before.school) = (said.district, said.student, said.school)
              AND before.day = said.day
              AND before.period IS NOT DISTINCT FROM said.period
              AND before.sequence < said.sequence AND before.rev > said.rev
        )
        """,
        ids,
    )
    return {row["event_id"] for row in rows}


async def mark_dirty(connection: Connection, facts: Iterable[tuple[PupilKey, date]]) -> None:
    """There are new facts about these pupils, each about a day: the next close of their school decides about them. Unknown
    pupils begin to exist."""
    first: dict[PupilKey, date] = {}
    for key, day in facts:
        first[key] = min(day, first.get(key, day))
    await connection.execute(
        """
        INSERT INTO pupil (district, student, dirty_from)
        SELECT * FROM unnest($1::text[], $2::text[], $3::date[])
        ON CONFLICT (district, student) DO UPDATE
            SET dirty = true, dirty_from = least(pupil.dirty_from, excluded.dirty_from)
            WHERE NOT pupil.dirty OR pupil.dirty_from IS NULL OR pupil.dirty_from > excluded.dirty_from
        """,
        *columns([(*key, day) for key, day in sorted(first.items())], 3),
    )


async def save_closes(connection: Connection, events: Sequence[Event[DayClosed]]) -> set[UUID]:
    """Remember that these days are closed; return the ids of the closes that are new."""
    rows = [
        (data.district, data.school, data.day, event.id, data.sequence, data.closed_at, data.closed_at.utcoffset())
        for event in events
        for data in [event.data]
    ]
    new = await connection.fetch(
        """
        INSERT INTO day_close (district, school, day, event_id, sequence, closed_at, utc_offset, taken)
        SELECT *, (SELECT nextval('taken'))
        FROM unnest($1::text[], $2::text[], $3::date[], $4::uuid[], $5::bigint[], $6::timestamptz[], $7::interval[])
        ON CONFLICT DO NOTHING
        RETURNING event_id
        """,
        *zip(*rows, strict=True),
    )
    return {row["event_id"] for row in new}


async def last_closes(connection: Connection, schools: set[tuple[str, str]]) -> dict[tuple[str, str], Row]:
    """The latest closed day of each (district, school) that has one: day, closed_at."""
    rows = await connection.fetch(
        """
        SELECT DISTINCT ON (district, school) district, school, day, closed_at
        FROM day_close JOIN unnest($1::text[], $2::text[]) AS wanted (district, school) USING (district, school)
        ORDER BY district, school, day DESC
        """,
        *columns(sorted(schools), 2),
    )
    return {(row["district"], row["school"]): row for row in rows}


async def save_students(connection: Connection, students: Sequence[StudentChanged]) -> list[PupilKey]:
    """Keep the newest snapshot of each student; return those that changed, all of them dirty now."""
    newest = {(student.district, student.student): student for student in sorted(students, key=lambda s: s.revision)}
    rows = [
        (
            student.district,
            student.student,
            student.revision,
            student.birth_date,
            orjson.dumps([enrolment.model_dump(mode="json") for enrolment in student.enrolments]).decode(),
            orjson.dumps(student.subgroups).decode(),
            max(student.enrolments, key=lambda enrolment: enrolment.entered).school if student.enrolments else None,
        )
        for _, student in sorted(newest.items())
    ]
    changed = await connection.fetch(
        """
        WITH changed AS (
            INSERT INTO pupil (district, student, roster_revision, birth_date, enrolments, subgroups, school, schools,
                               dirty_from)
            SELECT district, student, revision, birth_date, enrolments::jsonb, subgroups::jsonb, school,
                   ARRAY(SELECT DISTINCT it->>'school' FROM jsonb_array_elements(enrolments::jsonb) AS it ORDER BY 1),
                   '0001-01-01'
            FROM unnest($1::text[], $2::text[], $3::bigint[], $4::date[], $5::text[], $6::text[], $7::text[])
                 AS snapshot (district, student, revision, birth_date, enrolments, subgroups, school)
            ON CONFLICT (district, student) DO UPDATE
                SET roster_revision = excluded.roster_revision, birth_date = excluded.birth_date,
                    enrolments = excluded.enrolments, subgroups = excluded.subgroups, school = excluded.school,
                    schools = excluded.schools, dirty = true, dirty_from = excluded.dirty_from
                WHERE pupil.roster_revision IS NULL OR pupil.roster_revision < excluded.roster_revision
            RETURNING district, student, roster_revision, birth_date, enrolments, subgroups
        )
        INSERT INTO pupil_taken (district, student, roster_revision, birth_date, enrolments, subgroups, taken)
        SELECT *, (SELECT nextval('taken')) FROM changed
        RETURNING district, student
        """,
        *columns(rows, 7),
    )
    return [PupilKey(*row) for row in changed]


async def save_calendars(connection: Connection, calendars: Sequence[CalendarChanged]) -> None:
    """Keep the newest calendar of each school and year; a changed one makes the school's pupils dirty, also those who were
    or will be there."""
    newest = {calendar.key: calendar for calendar in sorted(calendars, key=lambda calendar: calendar.revision)}
    for calendar in newest.values():  # a handful; arrays of arrays cannot be unnested into rows
        await connection.execute(
            """
            WITH saved AS (
                INSERT INTO calendar (district, school, school_year, revision, timezone, instructional_days, periods, lea_type)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
                ON CONFLICT (district, school, school_year) DO UPDATE
                    SET revision = excluded.revision, timezone = excluded.timezone, periods = excluded.periods,
                        instructional_days = excluded.instructional_days, lea_type = excluded.lea_type
                    WHERE calendar.revision < excluded.revision
                RETURNING *
            ), kept AS (
                INSERT INTO calendar_taken (district, school, school_year, revision, timezone, instructional_days, periods,
                                            lea_type, taken)
                SELECT *, nextval('taken') FROM saved
            )
            UPDATE pupil SET dirty = true, dirty_from = least(dirty_from, saved.instructional_days[1]) FROM saved
            WHERE pupil.district = saved.district AND pupil.schools @> ARRAY[saved.school]
            """,
            calendar.district,
            calendar.school,
            calendar.school_year,
            calendar.revision,
            calendar.timezone,
            calendar.instructional_days,
            calendar.periods,
            calendar.lea_type,
        )


async def calendars_of(connection: Connection, schools: set[tuple[str, str]]) -> list[Row]:
    return await connection.fetch(
        """
        SELECT calendar.* FROM calendar JOIN unnest($1::text[], $2::text[]) AS wanted (district, school) USING (district, school)
        """,
        *columns(sorted(schools), 2),
    )


async def lock_pupils_to_decide(connection: Connection, closes: Sequence[tuple[str, str, date, str]]) -> list[Row]:
    """Lock, in order, the pupils about whom these closes (district, school, day, school_year) may have to decide: those with
    new facts, those whose time has come, those who begin the school year. Returns their roster facts, with the `closing`
    school and the school year. A pupil of several schools comes with each: the day says whose close decides."""
    return await connection.fetch(
        """
        SELECT pupil.*, close.school AS closing, close.school_year
        FROM unnest($1::text[], $2::text[], $3::date[], $4::text[]) AS close (district, school, day, school_year)
        JOIN pupil ON pupil.district = close.district AND pupil.schools @> ARRAY[close.school]
        LEFT JOIN ladder_state AS ladder ON ladder.district = pupil.district AND ladder.student = pupil.student
                                        AND ladder.school_year = close.school_year
        WHERE pupil.roster_revision IS NOT NULL
              AND (pupil.dirty OR ladder.wake_on <= close.day OR ladder.student IS NULL)
        ORDER BY pupil.district, pupil.student
        FOR UPDATE OF pupil
        """,
        *columns(closes, 4),
    )


async def lock_pupils(connection: Connection, pupils: Sequence[tuple[str, str, str, str]]) -> list[Row]:
    """Lock these pupils (district, student, closing school, school_year) as `lock_pupils_to_decide` does. Unknown ones are
    missing."""
    return await connection.fetch(
        """
        SELECT pupil.*, wanted.closing, wanted.school_year
        FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS wanted (district, student, closing, school_year)
        JOIN pupil USING (district, student)
        WHERE pupil.roster_revision IS NOT NULL
        ORDER BY pupil.district, pupil.student
        FOR UPDATE OF pupil
        """,
        *columns(pupils, 4),
    )


async def pupils(connection: Connection, keys: Sequence[PupilKey]) -> list[Row]:
    """Those of the pupils whom the roster knows."""
    return await connection.fetch(
        """
        SELECT pupil.* FROM pupil JOIN unnest($1::text[], $2::text[]) AS wanted (district, student) USING (district, student)
        WHERE roster_revision IS NOT NULL
        """,
        *columns(keys, 2),
    )


async def pupils_waiting_for_roster(connection: Connection, pupils: Sequence[PupilKey]) -> set[PupilKey]:
    """Those of `pupils` that exist only because marks came for them: the roster does not know them yet."""
    rows = await connection.fetch(
        """
        SELECT district, student FROM pupil JOIN unnest($1::text[], $2::text[]) AS wanted (district, student)
            USING (district, student)
        WHERE roster_revision IS NULL
        """,
        *columns(pupils, 2),
    )
    return {PupilKey(*row) for row in rows}


async def marks_that_hold(connection: Connection, spans: Sequence[tuple[str, str, date, date]]) -> list[Row]:
    """For each pupil (district, student, first day, last day) the statements that hold now; a retracted one is left out."""
    return await connection.fetch(
        """
        SELECT * FROM (
            SELECT DISTINCT ON (district, student, statement.school, day, period) statement.*
            FROM unnest($1::text[], $2::text[], $3::date[], $4::date[]) AS span (district, student, first, last)
            JOIN mark_statement AS statement USING (district, student)
            WHERE day BETWEEN first AND last
            ORDER BY district, student, statement.school, day, period, rev DESC, sequence DESC
        ) AS holding
        WHERE NOT retracted
        ORDER BY district, student, day, period, sequence
        """,
        *columns(spans, 4),
    )


def columns(rows: Sequence[tuple[Any, ...]], width: int) -> list[list[Any]]:
    """Rows turned into columns for unnest, also when there are none."""
    return [[row[column] for row in rows] for column in range(width)]
