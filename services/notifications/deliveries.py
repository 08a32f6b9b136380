"""All SQL about deliveries (one notice, one guardian, one channel). Set-based: a whole batch in one statement."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from services.notifications.store import Row, columns
from shared.contracts.terms import NoticeChannel
from shared.db.pool import Connection

State = Literal["queued", "held", "attempting", "sent", "delivered", "failed", "unknown", "withdrawn"]


@dataclass(frozen=True, slots=True)
class NewDelivery:
    delivery: UUID
    notice: UUID
    guardian: str
    channel: NoticeChannel
    whole: bool
    languages: tuple[str, ...]
    template: str
    state: State
    reason: str | None
    until: datetime | None
    language_gap: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """A delivery takes a step. `version`: only if nobody changed it since that version was read; `expected`: only from
    that state."""

    delivery: UUID
    state: State
    reason: str | None = None
    until: datetime | None = None
    retry_after: float = 0
    """Seconds of wall-clock time before the next attempt."""
    provider_id: str | None = None
    content_sha256: str | None = None
    version: int | None = None
    expected: State | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """What goes out, exactly, and to which address."""

    delivery: UUID
    destination: str
    media_type: str
    content: bytes


async def known(connection: Connection, notices: Collection[UUID]) -> list[Row]:
    return await connection.fetch(
        "SELECT notice, guardian, channel, whole, state FROM delivery WHERE notice = ANY($1)", list(notices)
    )


async def insert(connection: Connection, new: Collection[NewDelivery], at: datetime) -> list[Row]:
    """Insert those that do not exist yet and return them with their notice's district, student and kind."""
    rows = [
        (
            d.delivery,
            d.notice,
            d.guardian,
            d.channel,
            d.whole,
            list(d.languages),
            d.template,
            d.state,
            d.reason,
            d.until,
            d.language_gap,
        )
        for d in new
    ]
    return await connection.fetch(
        """
        WITH added AS (
            INSERT INTO delivery
                (delivery, notice, guardian, channel, whole, languages, template, state, reason, until, language_gap,
                 changed_at)
            SELECT delivery, notice, guardian, channel, whole, string_to_array(languages, ','), template, state, reason, until,
                   language_gap, $12
            FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::boolean[], $6::text[], $7::text[], $8::text[],
                        $9::text[], $10::timestamptz[], $11::text[]) WITH ORDINALITY
                AS given (delivery, notice, guardian, channel, whole, languages, template, state, reason, until, language_gap,
                          position)
            ORDER BY position
            ON CONFLICT DO NOTHING
            RETURNING *
        )
        SELECT added.*, district, student, kind, corrects FROM added JOIN notice USING (notice) ORDER BY sequence
        """,
        *columns([(*row[:5], ",".join(row[5]), *row[6:]) for row in rows], 11),
        at,
    )


async def pupils_of(connection: Connection, deliveries: Collection[UUID]) -> set[tuple[str, str]]:
    rows = await connection.fetch(
        "SELECT DISTINCT district, student FROM delivery JOIN notice USING (notice) WHERE delivery = ANY($1)",
        list(deliveries),
    )
    return {(row["district"], row["student"]) for row in rows}


async def change(connection: Connection, changes: Collection[Change], at: datetime) -> list[Row]:
    """Take the steps that the table of steps allows; return the deliveries that changed. One change per delivery."""
    rows = [
        (
            c.delivery,
            c.state,
            c.reason,
            c.until,
            float(c.retry_after),
            c.provider_id,
            c.content_sha256,
            c.version,
            c.expected,
        )
        for c in changes
    ]
    return await connection.fetch(
        """
        UPDATE delivery SET
            state = given.state, reason = given.reason, until = given.until, changed_at = $10, version = delivery.version + 1,
            retry_at = now() + given.retry_after * interval '1 second',
            attempts = delivery.attempts + (given.state = 'attempting')::int,
            sent_at = CASE WHEN given.state = 'sent' THEN $10 ELSE delivery.sent_at END,
            provider_id = coalesce(given.provider_id, delivery.provider_id),
            content_sha256 = coalesce(given.content_sha256, delivery.content_sha256)
        FROM unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::float8[], $6::text[], $7::text[], $8::int[],
                    $9::text[])
            AS given (delivery, state, reason, until, retry_after, provider_id, content_sha256, version, expected)
            JOIN delivery AS before USING (delivery)
            JOIN notice USING (notice)
            JOIN delivery_step ON (from_state, to_state) = (before.state, given.state)
        WHERE delivery.delivery = given.delivery
            AND delivery.version = before.version AND delivery.version = coalesce(given.version, delivery.version)
            AND before.state = coalesce(given.expected, before.state)
        RETURNING delivery.*, before.state AS previous, district, student, kind, corrects
        """,
        *columns(rows, 9),
        at,
    )


async def save_documents(connection: Connection, documents: Collection[Document]) -> None:
    """A later attempt replaces the document of an earlier one that did not go out."""
    rows = [(d.delivery, d.destination, d.media_type, d.content) for d in documents]
    await connection.execute(
        """
        INSERT INTO document (delivery, destination, media_type, content)
        SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bytea[])
        ON CONFLICT (delivery) DO UPDATE
        SET destination = excluded.destination, media_type = excluded.media_type, content = excluded.content
        """,
        *columns(rows, 4),
    )


async def withdraw(connection: Connection, notices: Collection[UUID], at: datetime) -> None:
    """Nothing of a withdrawn notice that has not left goes out."""
    await connection.execute(
        """
        UPDATE delivery SET state = 'withdrawn', reason = 'notice withdrawn', changed_at = $2, version = delivery.version + 1
        FROM notice
        WHERE notice.notice = delivery.notice AND notice.notice = ANY($1) AND notice.state = 'withdrawn'
            AND delivery.state IN ('queued', 'held')
        """,
        list(notices),
        at,
    )


async def look_again(connection: Connection, keys: Collection[tuple[str, str]], now: datetime) -> None:
    """Circumstances of these pupils (district, student) changed: judge their unsent deliveries anew before any goes out."""
    await connection.execute(
        """
        UPDATE delivery SET version = delivery.version + 1,
            until = CASE WHEN reason IN ('restriction', 'switch') THEN $3 ELSE until END
        FROM notice
        WHERE notice.notice = delivery.notice AND delivery.state IN ('queued', 'held')
            AND (district, student) IN (SELECT * FROM unnest($1::text[], $2::text[]))
        """,
        *columns(sorted(keys), 2),
        now,
    )


async def unsent_pupils(connection: Connection, district: str) -> set[tuple[str, str]]:
    """Pupils of a district for whom something has not left yet."""
    rows = await connection.fetch(
        """
        SELECT DISTINCT student FROM delivery JOIN notice USING (notice)
        WHERE district = $1 AND delivery.state IN ('queued', 'held')
        """,
        district,
    )
    return {(district, row["student"]) for row in rows}


async def due(connection: Connection, now: datetime, limit: int) -> list[Row]:
    """The oldest deliveries whose time has come, with everything that their text and the last checks need."""
    return await connection.fetch(
        """
        WITH due AS (
            (SELECT delivery, sequence FROM delivery WHERE state = 'queued' AND retry_at <= now() ORDER BY retry_at LIMIT $2)
            UNION ALL
            (SELECT delivery, sequence FROM delivery WHERE state = 'held' AND until <= $1 ORDER BY until LIMIT $2)
            ORDER BY sequence LIMIT $2
        )
        SELECT delivery.*, notice.district, notice.student, notice.school, notice.kind, notice.as_of, notice.days,
               notice.meeting, school.name AS school_name, school.timezone, pupil.given_name, pupil.family_name,
               pupil.guardians, pupil.person, notice.to_student,
               original.sent_at AS corrected_sent_at, original.stands AS corrected_stands,
               EXISTS (
                   SELECT FROM switch WHERE switch.district = notice.district AND switch.kind IN (notice.kind, '*')
               ) AS stopped
        FROM due JOIN delivery USING (delivery) JOIN notice USING (notice)
            JOIN pupil USING (district, student) JOIN school USING (district, school)
            LEFT JOIN LATERAL (
                SELECT min(coalesce(sent.sent_at, sent.changed_at)) AS sent_at, bool_and(wrong.state <> 'withdrawn') AS stands
                FROM delivery AS sent JOIN notice AS wrong USING (notice)
                WHERE wrong.notice = notice.corrects AND (notice.to_student OR sent.guardian = delivery.guardian)
                    AND sent.state IN ('attempting', 'sent', 'delivered', 'unknown')
            ) AS original ON true
        ORDER BY due.sequence
        """,
        now,
        limit,
    )


async def release(connection: Connection, reason: str, now: datetime) -> None:
    """What was held for `reason` is looked at again."""
    await connection.execute(
        "UPDATE delivery SET until = $2, version = version + 1 WHERE state = 'held' AND reason = $1", reason, now
    )


async def attempting(connection: Connection) -> list[UUID]:
    return [
        row["delivery"] for row in await connection.fetch("SELECT delivery FROM delivery WHERE state = 'attempting'")
    ]


async def corrected(connection: Connection, corrections: Collection[UUID]) -> list[Row]:
    """The deliveries that these corrections (by delivery id) correct, with the id of the correcting one."""
    return await connection.fetch(
        """
        SELECT sent.*, wrong.district, wrong.student, wrong.kind, correcting.delivery AS correction
        FROM delivery AS correcting JOIN notice AS right_one ON right_one.notice = correcting.notice
            JOIN notice AS wrong ON wrong.notice = right_one.corrects
            JOIN delivery AS sent ON sent.notice = wrong.notice
                AND (right_one.to_student OR sent.guardian = correcting.guardian)
        WHERE correcting.delivery = ANY($1) AND sent.state IN ('attempting', 'sent', 'delivered', 'unknown')
        ORDER BY sent.sequence
        """,
        list(corrections),
    )


async def latest_change(connection: Connection) -> datetime | None:
    """The newest time that this service has seen, to set a driven clock after a restart."""
    found: datetime | None = await connection.fetchval(
        "SELECT greatest((SELECT max(changed_at) FROM delivery), (SELECT max(changed_as_of) FROM notice))"
    )
    return found


async def summary(connection: Connection) -> dict[str, dict[str, int]]:
    """kind -> state -> deliveries; a notice that waits for the roster or reaches nobody counts once."""
    rows = await connection.fetch(
        """
        SELECT kind, delivery.state, count(*) AS count FROM delivery JOIN notice USING (notice) GROUP BY 1, 2
        UNION ALL
        SELECT kind, CASE state WHEN 'required' THEN 'waiting' ELSE state END, count(*) FROM notice
        WHERE state IN ('required', 'undeliverable') GROUP BY 1, 2
        ORDER BY 1, 2
        """
    )
    counts: dict[str, dict[str, int]] = {}
    for row in rows:
        counts.setdefault(row["kind"], {})[row["state"]] = row["count"]
    return counts
