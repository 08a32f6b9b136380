"""The outbox: what a service says is written in the transaction that makes it true, and published by the relay."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager

from shared.contracts.envelope import Event, EventData
from shared.db.pool import Connection, Pool
from shared.messaging.errors import TooLarge
from shared.messaging.letters import DeadLetter

MAX_BYTES = 900_000
"""A broker takes records of up to 1 MiB by default, headers included."""
LANES = 256
"""Keys share this many locks, so that a large batch does not fill the server's lock table."""

_APPEND = """
WITH logged AS (
    INSERT INTO event_log (event_id, type, source, subject, time, traceparent, topic, key, value)
    SELECT event_id, type, source, subject, time, traceparent, topic, key, value
    FROM unnest(
        $1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::text[], $7::text[], $8::bytea[], $9::bytea[]
    ) WITH ORDINALITY AS event (event_id, type, source, subject, time, traceparent, topic, key, value, position)
    ORDER BY position
    RETURNING id, logged_on
)
INSERT INTO event_pending (id, logged_on) SELECT id, logged_on FROM logged
"""

_BURY = """
WITH letter AS (
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::bytea[], $4::bytea[], $5::jsonb[])
        WITH ORDINALITY AS letter (id, topic, key, value, headers, position)
), first_seen AS (
    INSERT INTO dead_letter (id) SELECT id FROM letter ORDER BY id ON CONFLICT DO NOTHING RETURNING id
), logged AS (
    INSERT INTO event_log (event_id, topic, key, value, dead_letter_headers)
    SELECT id, topic, key, value, headers FROM letter JOIN first_seen USING (id) ORDER BY position
    RETURNING id, logged_on
)
INSERT INTO event_pending (id, logged_on) SELECT id, logged_on FROM logged
"""

_LOCK = """
SELECT pg_advisory_xact_lock(hashtext(current_schema()), lane) FROM (
    SELECT DISTINCT abs(hashtext(key)::bigint) % $2 AS number FROM unnest($1::text[]) AS key ORDER BY number
) AS lanes, LATERAL (SELECT number::int) AS one (lane)
"""


class EventLog:
    """The event log and the pending table of one service's schema."""

    def __init__(self, pool: Pool, service: str) -> None:
        self._pool = pool
        self.service = service
        self.appended = asyncio.Event()
        """Set after a transaction: the relay need not wait for its next look."""

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """One database transaction; after its commit the relay is woken."""
        async with self._pool.acquire() as connection, connection.transaction():
            yield connection
        self.appended.set()

    async def append(self, connection: Connection, events: Sequence[Event[EventData]]) -> None:
        """Say `events`, in this order, if and when the transaction of `connection` commits.

        Whoever may say something under the same key at the same time must hold a lock of that key (a row of that
        pupil, or `lock_keys`): that is what keeps the order of a key. Raises TooLarge for an event of more than 900 kB.
        """
        if events:
            await connection.execute(_APPEND, *_columns(events))

    async def bury(self, connection: Connection, letters: Sequence[DeadLetter]) -> None:
        """Send `letters` to the dead letters of their topics, each once, in the transaction of `connection`."""
        if letters:
            await connection.execute(
                _BURY,
                [letter.id for letter in letters],
                [letter.topic for letter in letters],
                [letter.record.key for letter in letters],
                [letter.record.value for letter in letters],
                [letter.headers() for letter in letters],
            )


def _columns(events: Sequence[Event[EventData]]) -> tuple[list[object], ...]:
    data = [event.data for event in events]
    return (
        [event.id for event in events],
        [item.type for item in data],
        [event.source for event in events],
        [item.subject for item in data],
        [event.time for event in events],
        [event.traceparent for event in events],
        [item.topic for item in data],
        [item.key.encode() for item in data],
        [_body(event) for event in events],
    )


def _body(event: Event[EventData]) -> bytes:
    body = (event.body or event.data.model_dump_json()).encode()
    if len(body) > MAX_BYTES:
        raise TooLarge(f"an event {event.data.type} of {len(body)} bytes; at most {MAX_BYTES} can be sent")
    return body


async def lock_keys(connection: Connection, keys: Iterable[str]) -> None:
    """Hold the order of `keys` until the transaction ends, for services without a row to lock. Always in one order."""
    await connection.execute(_LOCK, list(keys), LANES)
