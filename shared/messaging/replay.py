"""Say again what was said before: a slice of the event log goes back to the pending events. Consumers are idempotent."""

from datetime import datetime

from shared.contracts.topics import TOPICS
from shared.db.pool import Connection

COMPACTED = [topic.name for topic in TOPICS if topic.compacted]

# Without a topic, dead letters are left out: the record that they came from is sent again as well, and is buried anew
# if it is still wrong; sending both would double it.
_SLICE = """
    (topic = $1 OR $1 IS NULL AND dead_letter_headers IS NULL)
    AND logged_at >= coalesce($2::timestamptz, '-infinity')
    AND logged_at < coalesce($3::timestamptz, 'infinity')
"""
_REPLAY = f"""
INSERT INTO event_pending (id, logged_on)
SELECT id, logged_on FROM (
    SELECT id, logged_on FROM event_log WHERE topic <> ALL($4::text[]) AND {_SLICE}
    UNION ALL
    (SELECT DISTINCT ON (topic, key) id, logged_on FROM event_log WHERE topic = ANY($4::text[]) AND {_SLICE}
     ORDER BY topic, key, id DESC)
) AS again ORDER BY id
ON CONFLICT DO NOTHING
"""  # noqa: S608 - the text is ours


async def replay(
    connection: Connection, topic: str | None = None, since: datetime | None = None, until: datetime | None = None
) -> int:
    """Publish again what was logged on `topic` (or all that this service owns) from `since` to before `until`.

    Of a compacted topic only the newest row of each key is sent. Returns the number of events put back; those that are
    pending already are not counted. The relay sends them within a second, in the order of the log.
    """
    status: str = await connection.execute(_REPLAY, topic, since, until, COMPACTED)
    return int(status.rpartition(" ")[2])


async def refill(connection: Connection) -> int:
    """For a broker that starts empty: everything that this service still knows, in order."""
    return await replay(connection)
