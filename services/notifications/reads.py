"""The SQL of what staff look at. Ids and states; names and addresses only inside letters."""

from datetime import datetime
from typing import Any
from uuid import UUID

from services.notifications.store import Row
from shared.db.pool import Connection


async def deliveries(
    connection: Connection, filters: dict[str, str | None], after: int, limit: int
) -> list[dict[str, Any]]:
    """Deliveries with all the given values (district, student, state, kind, channel), by sequence after `after`."""
    rows = await connection.fetch(
        """
        SELECT delivery, sequence, notice, district, student, notice.kind, guardian, channel, whole, languages, language_gap,
               template, delivery.state, reason, until, attempts, changed_at, sent_at, provider_id, content_sha256
        FROM delivery JOIN notice USING (notice)
        WHERE sequence > $1 AND district = coalesce($3, district) AND student = coalesce($4, student)
            AND delivery.state = coalesce($5, delivery.state) AND notice.kind = coalesce($6, notice.kind)
            AND channel = coalesce($7, channel)
        ORDER BY sequence LIMIT $2
        """,
        after,
        limit,
        *(filters.get(name) for name in ("district", "student", "state", "kind", "channel")),
    )
    return [dict(row) for row in rows]


async def language_gaps(connection: Connection, district: str) -> list[dict[str, Any]]:
    """Notices that went, or will go, to somebody in whose language there is no text, with the share (percent) of the school's
    pupils who have that language."""
    rows = await connection.fetch(
        """
        SELECT school, language_gap AS language, kind, (school.language_share ->> language_gap)::float AS percent_of_school,
               count(DISTINCT (notice, guardian)) AS recipients
        FROM delivery JOIN notice USING (notice) LEFT JOIN school USING (district, school)
        WHERE language_gap IS NOT NULL AND district = $1 AND delivery.state NOT IN ('failed', 'withdrawn')
        GROUP BY 1, 2, 3, 4 ORDER BY recipients DESC, 1, 2, 3
        """,
        district,
    )
    return [dict(row) for row in rows]


async def notices(connection: Connection, district: str, state: str, limit: int) -> list[dict[str, Any]]:
    """Notices that wait for the roster (required), reach nobody (undeliverable), were withdrawn, …; the oldest first."""
    rows = await connection.fetch(
        """
        SELECT notice, district, student, school, kind, as_of, days, corrects, state FROM notice
        WHERE district = $1 AND state = $2 ORDER BY as_of, notice LIMIT $3
        """,
        district,
        state,
        limit,
    )
    return [dict(row) for row in rows]


async def letters(connection: Connection, district: str, since: datetime | None, limit: int) -> list[dict[str, Any]]:
    """Letters rendered for the post, the oldest first."""
    rows = await connection.fetch(
        """
        SELECT delivery, student, guardian, kind, languages, sent_at, content_sha256, octet_length(content) AS bytes
        FROM delivery JOIN notice USING (notice) JOIN document USING (delivery)
        WHERE channel = 'letter' AND district = $1 AND sent_at >= coalesce($2, '-infinity'::timestamptz)
        ORDER BY sent_at, sequence LIMIT $3
        """,
        district,
        since,
        limit,
    )
    return [dict(row) for row in rows]


async def letter(connection: Connection, delivery: UUID) -> bytes | None:
    found: bytes | None = await connection.fetchval(
        "SELECT content FROM document JOIN delivery USING (delivery) WHERE delivery = $1 AND channel = 'letter'",
        delivery,
    )
    return found


async def restricted(connection: Connection, district: str) -> list[Row]:
    """Guardians with a restriction for whom something is held: district, student and all guardians of the pupil."""
    return await connection.fetch(
        """
        SELECT DISTINCT ON (student, guardian) district, student, guardian, guardians
        FROM delivery JOIN notice USING (notice) JOIN pupil USING (district, student)
        WHERE district = $1 AND delivery.state = 'held' AND reason = 'restriction'
        ORDER BY student, guardian
        """,
        district,
    )
