"""The days of the event log: tomorrow's partition made ahead, old ones dropped."""

import contextlib
from datetime import date, timedelta

import asyncpg

from shared.contracts.topics import TOPICS
from shared.db.pool import Connection

DAYS_AHEAD = 3
COMPACTED = [topic.name for topic in TOPICS if topic.compacted]

_PARTITIONS = """
SELECT child.relname AS name FROM pg_inherits
JOIN pg_class AS child ON child.oid = inhrelid
WHERE inhparent = 'event_log'::regclass AND child.relname ~ '^event_log_\\d{8}$' ORDER BY name
"""

# A compacted topic is refilled from the newest row of each key, so that row must outlive its day.
_CARRY = """
INSERT INTO event_log (topic, key, value, event_id, type, source, subject, time, traceparent)
SELECT topic, key, value, event_id, type, source, subject, time, traceparent FROM (
    SELECT DISTINCT ON (topic, key) * FROM event_log WHERE topic = ANY($2) ORDER BY topic, key, id DESC
) AS newest
WHERE logged_on < $1 ORDER BY id
"""


async def maintain(connection: Connection, keep_days: int) -> None:
    """Make the partitions of today and the next days, and drop those older than `keep_days`. Safe to repeat."""
    async with connection.transaction():
        await connection.execute("SET LOCAL lock_timeout = '5s'")
        await connection.execute("SELECT pg_advisory_xact_lock('event_log'::regclass::oid::bigint)")
        today: date = await connection.fetchval("SELECT current_date")
        for ahead in range(DAYS_AHEAD):
            await _make(connection, today + timedelta(days=ahead))
        await _drop_before(connection, today - timedelta(days=keep_days))


async def _make(connection: Connection, day: date) -> None:
    name = f"event_log_{day:%Y%m%d}"
    if await connection.fetchval("SELECT to_regclass($1) IS NOT NULL", name):
        return
    following = day + timedelta(days=1)
    # A day that has begun in the default partition stays there, where its rows are as good.
    with contextlib.suppress(asyncpg.CheckViolationError):
        async with connection.transaction():
            await connection.execute(
                f"CREATE TABLE {name} PARTITION OF event_log FOR VALUES FROM ('{day:%Y-%m-%d}') TO ('{following:%Y-%m-%d}')"
            )


async def _drop_before(connection: Connection, oldest: date) -> None:
    names: list[str] = [row["name"] for row in await connection.fetch(_PARTITIONS)]
    old = [name for name in names if name.removeprefix("event_log_") < f"{oldest:%Y%m%d}"]
    in_default = await connection.fetchval("SELECT EXISTS (SELECT FROM event_log_default WHERE logged_on < $1)", oldest)
    if not (old or in_default):
        return
    if await connection.fetchval("SELECT EXISTS (SELECT FROM event_pending WHERE logged_on < $1)", oldest):
        return  # not published yet: kept until it is
    await connection.execute(
        "LOCK TABLE event_log IN EXCLUSIVE MODE"
    )  # or a snapshot being written now would look older
    await connection.execute(_CARRY, oldest, COMPACTED)
    for name in old:
        await connection.execute(f"DROP TABLE {name}")
    await connection.execute("DELETE FROM event_log_default WHERE logged_on < $1", oldest)
    await connection.execute("DELETE FROM dead_letter WHERE buried_at < $1::date", oldest)
