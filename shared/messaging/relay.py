"""Publishes what the event log holds. One process per service does it at a time; another takes over when it dies."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any

import asyncpg
import structlog
from aiokafka.errors import (
    InvalidProducerEpoch,
    KafkaError,
    OutOfOrderSequenceNumber,
    ProducerFenced,
    UnknownProducerId,
)
from faststream.kafka import KafkaBroker

from shared.db.pool import TRANSIENT_ERRORS, Connection, Pool
from shared.messaging.backoff import Backoff, pause
from shared.messaging.event_log import EventLog
from shared.messaging.partitions import maintain
from shared.messaging.progress import Progress
from shared.runtime.metrics import Metrics

ROUND = 2000
LOOK_EVERY = 1.0
MAINTAIN_EVERY = 3600.0
FATAL = (OutOfOrderSequenceNumber, ProducerFenced, InvalidProducerEpoch, UnknownProducerId)
"""An idempotent producer does not recover from these (aiokafka issue 1017): only a new process does."""

# One walk along two primary keys, whatever the statistics of a table that is always empty or full say.
PLAN = "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off"
_LOCK = "SELECT pg_try_advisory_lock(hashtext(current_schema()), -1)"
OLDEST = """
SELECT log.* FROM (SELECT id, logged_on FROM event_pending ORDER BY id LIMIT $1) AS pending
JOIN event_log AS log USING (id, logged_on) ORDER BY log.id
"""
_REMOVE = "DELETE FROM event_pending WHERE id = ANY($1::bigint[])"
_STATE = """
SELECT (SELECT count(*) FROM event_pending) AS pending, coalesce(extract(epoch FROM now() - (
    SELECT logged_at FROM event_log WHERE (id, logged_on) = (SELECT id, logged_on FROM event_pending ORDER BY id LIMIT 1)
)), 0)::float8 AS age
"""


@dataclass(slots=True)
class Relay:
    """`run` until `stop`. Publishing fails and succeeds as a whole: a round is removed only when all of it was acknowledged,
    and sent again otherwise, so that within a key the last word is the newest."""

    pool: Pool
    log: EventLog
    broker: KafkaBroker
    metrics: Metrics
    keep_days: int
    progress: Progress = field(default_factory=lambda: Progress("relay"))
    failing_since: float | None = None
    """Monotonic time since which rounds fail; None while they succeed."""
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _maintained_at: float | None = None

    def stop(self) -> None:
        """Finish the round in flight, then return from `run`."""
        self._stopping.set()
        self.log.appended.set()

    async def run(self) -> None:
        """Raises only what a new process is needed for."""
        backoff = Backoff()
        while not self._stopping.is_set():
            try:
                async with self.pool.acquire() as connection:
                    await self._serve(connection, backoff.reset)
            except (KafkaError, *TRANSIENT_ERRORS) as error:
                if isinstance(error, FATAL):
                    raise
                await self._failed(error, backoff.next())

    async def _failed(self, error: BaseException, delay: float) -> None:
        self.failing_since = self.failing_since or time.monotonic()
        self.metrics.relay_active.set(0)
        name = type(error).__name__
        self.metrics.publish_failures.labels(name).inc()
        structlog.get_logger().warning("relay failed", error_class=name, delay=delay)
        await pause(delay, self._stopping)

    async def _serve(self, connection: Connection, succeeded: Callable[[], None]) -> None:
        await self._become_active(connection)
        await connection.execute(PLAN)
        while not self._stopping.is_set():
            await self._maintain(connection)
            self.log.appended.clear()
            sent = await self._round(connection)
            self.failing_since = None
            succeeded()
            if sent < ROUND:
                await self._measure(connection)
                await pause(LOOK_EVERY, self.log.appended)

    async def _become_active(self, connection: Connection) -> None:
        while not self._stopping.is_set() and not await connection.fetchval(_LOCK):
            self.failing_since = None
            self.progress.reach("waiting")
            await pause(LOOK_EVERY, self._stopping)
        self.metrics.relay_active.set(1)

    async def _maintain(self, connection: Connection) -> None:
        if self._maintained_at is None or time.monotonic() - self._maintained_at > MAINTAIN_EVERY:
            await maintain(connection, self.keep_days)
            self._maintained_at = time.monotonic()

    async def _round(self, connection: Connection) -> int:
        self.progress.reach("waiting")
        rows = await connection.fetch(OLDEST, ROUND)
        if not rows:
            return 0
        self.progress.reach("selected")
        await self._publish(rows)
        self.progress.reach("published")
        await connection.execute(_REMOVE, [row["id"] for row in rows])
        self.progress.reach("removed")
        self.metrics.published.inc(len(rows))
        return len(rows)

    async def _publish(self, rows: Sequence[asyncpg.Record]) -> None:
        acknowledged: list[asyncio.Future[Any]] = []
        try:
            for row in rows:
                acknowledged.append(await self._send(row))
        finally:
            results = await asyncio.gather(*acknowledged, return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result

    async def _send(self, row: asyncpg.Record) -> asyncio.Future[Any]:
        return await self.broker.publish(
            row["value"],
            row["topic"],
            key=row["key"],
            headers=row["dead_letter_headers"] or cloud_event(row),
            correlation_id=str(row["event_id"]),
            no_confirm=True,
        )

    async def _measure(self, connection: Connection) -> None:
        state = await connection.fetchrow(_STATE)
        assert state is not None
        self.metrics.pending.set(state["pending"])
        self.metrics.pending_age.set(state["age"])


def cloud_event(row: asyncpg.Record | dict[str, Any]) -> dict[str, str]:
    """The headers of an event in Kafka binary mode."""
    headers = {
        "ce_id": str(row["event_id"]),
        "ce_type": row["type"],
        "ce_source": row["source"],
        "ce_subject": row["subject"],
        "ce_time": row["time"].astimezone(UTC).isoformat(),
        "ce_specversion": "1.0",
        "content-type": "application/json",
    }
    return headers if row["traceparent"] is None else {**headers, "traceparent": row["traceparent"]}
