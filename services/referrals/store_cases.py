"""The SQL of cases and their packets."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg

from services.referrals.case_file.facts import Case, Close, PupilFacts, Statement, gather
from shared.contracts.envelope import Event
from shared.contracts.registry import EVENT_TYPES
from shared.db.pool import Connection

Row = asyncpg.Record


class OpenCase(NamedTuple):
    """A case about which something new is known. `version`: of its latest packet, 0 for none; `known`: what a look now sees."""

    case: Case
    version: int
    known: str


async def changed_cases(connection: Connection) -> list[OpenCase]:
    """Cases about which more is known than their last look has seen. Facts are only added, so their numbers tell."""
    rows = await connection.fetch(
        """
        SELECT id, district, student, school_year, version, counted.known FROM referral_case AS found, LATERAL (
            SELECT concat_ws(' ',
                (SELECT count(*) FROM mark_statement AS one WHERE (one.district, one.student) = (found.district, found.student)),
                (SELECT count(*) FROM pupil_event AS one WHERE (one.district, one.student) = (found.district, found.student)),
                (SELECT revision FROM student AS one WHERE (one.district, one.student) = (found.district, found.student)),
                (SELECT sum(revision + 1) FROM calendar AS one
                 WHERE (one.district, one.school_year) = (found.district, found.school_year)),
                (SELECT count(*) FROM closed_day AS one WHERE found.state = 'waiting' AND one.district = found.district)
            ) AS known
        ) AS counted
        WHERE found.known <> counted.known
        ORDER BY id
        """
    )
    return [OpenCase(Case(*row[:4]), row["version"], row["known"]) for row in rows]


@dataclass(frozen=True, slots=True)
class Stored:
    """What is known about a case. `facts` None: the roster does not have the pupil yet."""

    facts: PupilFacts | None
    events: tuple[Event[Any], ...]
    calendars: tuple[Event[Any], ...]
    closes: tuple[Close, ...]


async def load(connection: Connection, case: Case) -> Stored:
    """Inside one transaction of a fixed view (repeatable read)."""
    pupil = (case.district, case.student)
    students = await _events(connection, "roster.student.changed", _SNAPSHOT.format("student"), *pupil)
    calendars = await _events(connection, "roster.calendar.changed", _CALENDARS, case.district, case.school_year)
    events = tuple(map(_event, await connection.fetch(_PUPIL_EVENTS, *pupil)))
    statements = [Statement(*row) for row in await connection.fetch(_STATEMENTS, *pupil)]
    closes = tuple(Close(*row) for row in await connection.fetch(_CLOSES, case.district))
    facts = gather(students[0], calendars, statements, events) if students else None
    return Stored(facts, events, calendars, closes)


_SNAPSHOT = "SELECT event_id, source, known_at, body FROM {} WHERE (district, student) = ($1, $2)"
_CALENDARS = "SELECT event_id, source, known_at, body FROM calendar WHERE (district, school_year) = ($1, $2)"
_PUPIL_EVENTS = "SELECT type, event_id, source, known_at, body FROM pupil_event WHERE (district, student) = ($1, $2)"
_CLOSES = "SELECT school, day, closed_at FROM closed_day WHERE district = $1"
_STATEMENTS = """
SELECT event_id, school, day, period, rev, sequence, known_at, status, excuse, minutes, suspension, code, recorded_by, source
FROM mark_statement WHERE (district, student) = ($1, $2)
"""


async def _events(connection: Connection, type: str, statement: str, *values: str) -> tuple[Event[Any], ...]:
    return tuple(_event((type, *row)) for row in await connection.fetch(statement, *values))


def _event(row: Iterable[Any]) -> Event[Any]:
    type, id, source, known_at, body = row
    return Event(id, source, known_at, EVENT_TYPES[type].model_validate(body))


async def decline(connection: Connection, case: UUID, act: UUID) -> bool:
    """Remember the District Attorney's answer; False if it is known. The case is locked until the transaction ends."""
    done = await connection.execute(
        "UPDATE referral_case SET declined_act = $2 WHERE id = $1 AND declined_act IS DISTINCT FROM $2", case, act
    )
    return bool(done == "UPDATE 1")


async def look_done(connection: Connection, found: OpenCase, state: str, waiting_for: Sequence[str] = ()) -> bool:
    """Remember what the look has seen. False if another process was faster: what it found holds."""
    done = await connection.execute(
        "UPDATE referral_case SET known = $3, state = $4, waiting_for = $5 WHERE id = $1 AND version = $2",
        found.case.id,
        found.version,
        found.known,
        state,
        list(waiting_for),
    )
    return bool(done == "UPDATE 1")


async def look_failed(connection: Connection, case: UUID, why: str) -> None:
    """Say why there is no file; the case will be looked at again."""
    await connection.execute("UPDATE referral_case SET waiting_for = $2 WHERE id = $1", case, [why])


class Packet(NamedTuple):
    case: UUID
    version: int
    known_at: datetime
    contents: bytes
    manifest: bytes
    pdf: bytes
    contents_sha256: str
    manifest_sha256: str
    pdf_sha256: str
    missing: Sequence[str]
    unmet: Sequence[str]
    """Checks that it does not pass, as its manifest names them."""


_INSERT_PACKET = """
INSERT INTO packet (case_id, version, known_at, contents, manifest, pdf, contents_sha256, manifest_sha256, pdf_sha256, missing)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""


async def save_packet(connection: Connection, packet: Packet, supersedes_because: str) -> None:
    """Make it the packet that counts. The caller holds the case's row."""
    await connection.execute(
        "UPDATE packet SET superseded = $3 WHERE case_id = $1 AND version = $2",
        packet.case,
        packet.version - 1,
        supersedes_because,
    )
    await connection.execute(_INSERT_PACKET, *packet[:-1])
    await connection.execute("UPDATE referral_case SET version = $2 WHERE id = $1", packet.case, packet.version)


async def packet(connection: Connection, case: UUID, version: int | None = None) -> Row | None:
    """A version of a case's packet, the latest without `version`."""
    return await connection.fetchrow(
        "SELECT * FROM packet WHERE case_id = $1 AND version = coalesce($2, version) ORDER BY version DESC LIMIT 1",
        case,
        version,
    )


_CASES = """
SELECT id, district, student, school_year, state, waiting_for, referral_case.version,
       packet.known_at, packet.missing, packet.manifest_sha256, packet.pdf_sha256
FROM referral_case LEFT JOIN packet ON (case_id, packet.version) = (id, referral_case.version)
"""


async def cases(
    connection: Connection, district: str | None, state: str | None, after: UUID | None, limit: int
) -> list[Row]:
    """Cases in the order of their ids, after `after`."""
    return await connection.fetch(
        _CASES
        + """
        WHERE district = coalesce($1, district) AND state = coalesce($2, state) AND ($3::uuid IS NULL OR id > $3)
        ORDER BY id LIMIT $4
        """,
        district,
        state,
        after,
        limit,
    )


async def case(connection: Connection, id: UUID) -> Row | None:
    return await connection.fetchrow(_CASES + "WHERE id = $1", id)


async def versions(connection: Connection, case: UUID) -> list[Row]:
    return await connection.fetch(
        """
        SELECT version, known_at, missing, manifest_sha256, pdf_sha256, superseded
        FROM packet WHERE case_id = $1 ORDER BY version
        """,
        case,
    )


async def summary(connection: Connection) -> dict[str, int]:
    row = await connection.fetchrow(
        """
        SELECT (SELECT count(*) FROM referral_case) AS cases, (SELECT count(*) FROM packet) AS packets,
               (SELECT count(*) FROM referral_case WHERE state = 'waiting') AS waiting
        """
    )
    return dict(row or {})
