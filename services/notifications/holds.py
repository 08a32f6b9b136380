"""All SQL about what holds a message: switches, restrictions that people read, and families who want no texts."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from services.notifications.store import Row
from shared.db.pool import Connection

EVERY_KIND: Literal["*"] = "*"


async def readings(connection: Connection, districts: Collection[str], students: Collection[str]) -> list[Row]:
    """What people decided about the restrictions of these pupils' guardians."""
    return await connection.fetch(
        """
        SELECT district, student, guardian, restriction_sha256, may_receive FROM restriction_reading
        WHERE (district, student) IN (SELECT * FROM unnest($1::text[], $2::text[]))
        """,
        list(districts),
        list(students),
    )


async def opted_out(connection: Connection, phones: Collection[str]) -> set[tuple[str, str]]:
    """(phone, class) of those that want no texts."""
    rows = await connection.fetch("SELECT phone, class FROM opt_out WHERE phone = ANY($1)", list(phones))
    return {(row["phone"], row["class"]) for row in rows}


async def opt_out(
    connection: Connection, phones: Collection[str], classes: Sequence[str], via: str, at: datetime
) -> None:
    await connection.execute(
        """
        INSERT INTO opt_out (phone, class, via, since)
        SELECT phone, class, $3, $4 FROM unnest($1::text[]) AS phone, unnest($2::text[]) AS class ON CONFLICT DO NOTHING
        """,
        sorted(phones),
        list(classes),
        via,
        at,
    )


async def opt_in(connection: Connection, phone: str) -> None:
    await connection.execute("DELETE FROM opt_out WHERE phone = $1", phone)


@dataclass(frozen=True, slots=True)
class Reading:
    """A named person has read a guardian's restriction and says whether this guardian may receive notices."""

    district: str
    student: str
    guardian: str
    restriction_sha256: str
    may_receive: bool
    by: str


async def save_reading(connection: Connection, reading: Reading, at: datetime) -> None:
    await connection.execute(
        """
        INSERT INTO restriction_reading (district, student, guardian, restriction_sha256, may_receive, read_by, read_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (district, student, guardian, restriction_sha256) DO UPDATE
        SET may_receive = excluded.may_receive, read_by = excluded.read_by, read_at = excluded.read_at
        """,
        reading.district,
        reading.student,
        reading.guardian,
        reading.restriction_sha256,
        reading.may_receive,
        reading.by,
        at,
    )


async def stop(connection: Connection, district: str, kind: str, by: str, reason: str, at: datetime) -> None:
    await connection.execute(
        """
        INSERT INTO switch (district, kind, stopped_by, reason, stopped_at) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT DO NOTHING
        """,
        district,
        kind,
        by,
        reason,
        at,
    )


async def go_on(connection: Connection, district: str, kind: str) -> None:
    await connection.execute("DELETE FROM switch WHERE district = $1 AND kind = $2", district, kind)


async def switches(connection: Connection) -> list[Row]:
    return await connection.fetch("SELECT * FROM switch ORDER BY district, kind")
