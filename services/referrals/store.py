"""The SQL that keeps facts: every statement works on a whole batch, and a fact that is there already changes nothing."""

from collections.abc import Iterable, Sequence
from typing import Any

from services.referrals.case_file.facts import Case
from shared.contracts.attendance import DayClosed, MarkEventData, MarkRecorded
from shared.contracts.envelope import Event, StudentEventData
from shared.contracts.roster import CalendarChanged, StudentChanged
from shared.db.pool import Connection


async def keep_statements(connection: Connection, events: Sequence[Event[MarkEventData]]) -> None:
    await _insert(
        connection,
        """
        INSERT INTO mark_statement (district, student, day, event_id, school, period, rev, sequence, known_at, source,
                                    recorded_by, status, excuse, minutes, suspension, code)
        SELECT * FROM unnest($1::text[], $2::text[], $3::date[], $4::uuid[], $5::text[], $6::smallint[], $7::bigint[],
                             $8::bigint[], $9::timestamptz[], $10::text[], $11::text[], $12::text[], $13::text[],
                             $14::smallint[], $15::text[], $16::text[])
        ON CONFLICT DO NOTHING
        """,
        (_statement(event) for event in events),
    )


def _statement(event: Event[MarkEventData]) -> tuple[Any, ...]:
    mark = event.data
    said: tuple[Any, ...] = (None, None, None, None, None)
    if isinstance(mark, MarkRecorded):
        said = (
            mark.status,
            mark.excuse,
            mark.minutes,
            mark.suspension,
            None if mark.excuse == "excused" else mark.code,
        )
    return (
        mark.district, mark.student, mark.day, event.id, mark.school, mark.period, mark.rev, mark.sequence, mark.known_at,
        mark.source, mark.recorded_by, *said,
    )  # fmt: skip


async def keep_closes(connection: Connection, events: Iterable[Event[DayClosed]]) -> None:
    await _insert(
        connection,
        """
        INSERT INTO closed_day (district, school, day, closed_at)
        SELECT * FROM unnest($1::text[], $2::text[], $3::date[], $4::timestamptz[])
        ON CONFLICT DO NOTHING
        """,
        ((one.data.district, one.data.school, one.data.day, one.data.closed_at) for one in events),
    )


async def keep_students(connection: Connection, events: Iterable[Event[StudentChanged]]) -> None:
    """The snapshot with the highest revision holds."""
    newest = {event.data.key: event for event in sorted(events, key=lambda event: event.data.revision)}
    await _insert(
        connection,
        """
        INSERT INTO student (district, student, revision, event_id, source, known_at, body)
        SELECT district, student, revision, event_id, source, known_at, body::jsonb
        FROM unnest($1::text[], $2::text[], $3::bigint[], $4::uuid[], $5::text[], $6::timestamptz[], $7::text[])
             AS snapshot (district, student, revision, event_id, source, known_at, body)
        ON CONFLICT (district, student) DO UPDATE
            SET revision = excluded.revision, event_id = excluded.event_id, source = excluded.source,
                known_at = excluded.known_at, body = excluded.body
            WHERE student.revision < excluded.revision
        """,
        ((event.data.district, event.data.student, event.data.revision, *_event(event)) for event in newest.values()),
    )


async def keep_calendars(connection: Connection, events: Iterable[Event[CalendarChanged]]) -> None:
    newest = {event.data.key: event for event in sorted(events, key=lambda event: event.data.revision)}
    await _insert(
        connection,
        """
        INSERT INTO calendar (district, school, school_year, revision, event_id, source, known_at, body)
        SELECT district, school, school_year, revision, event_id, source, known_at, body::jsonb
        FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::uuid[], $6::text[], $7::timestamptz[], $8::text[])
             AS snapshot (district, school, school_year, revision, event_id, source, known_at, body)
        ON CONFLICT (district, school, school_year) DO UPDATE
            SET revision = excluded.revision, event_id = excluded.event_id, source = excluded.source,
                known_at = excluded.known_at, body = excluded.body
            WHERE calendar.revision < excluded.revision
        """,
        (
            (event.data.district, event.data.school, event.data.school_year, event.data.revision, *_event(event))
            for event in newest.values()
        ),
    )


def _event(event: Event[Any]) -> tuple[Any, ...]:
    return event.id, event.source, event.time, event.data.model_dump_json()


async def keep_pupil_events(connection: Connection, events: Iterable[Event[StudentEventData]]) -> None:
    await _insert(
        connection,
        """
        INSERT INTO pupil_event (district, student, type, event_id, source, known_at, body)
        SELECT district, student, type, event_id, source, known_at, body::jsonb
        FROM unnest($1::text[], $2::text[], $3::text[], $4::uuid[], $5::text[], $6::timestamptz[], $7::text[])
             AS told (district, student, type, event_id, source, known_at, body)
        ON CONFLICT DO NOTHING
        """,
        ((event.data.district, event.data.student, event.data.type, *_event(event)) for event in events),
    )


async def open_cases(connection: Connection, cases: Iterable[Case]) -> None:
    await _insert(
        connection,
        """
        INSERT INTO referral_case (id, district, student, school_year)
        SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[])
        ON CONFLICT DO NOTHING
        """,
        cases,
    )


async def _insert(connection: Connection, statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
    """Run `statement` with one array per column. Sorted, so that two that write the same rows wait for each other in order."""
    if found := sorted(rows, key=lambda row: tuple(map(str, row[:4]))):
        await connection.execute(statement, *map(list, zip(*found, strict=True)))
