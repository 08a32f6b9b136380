"""One group on one topic: batches in, one database transaction each, offsets committed after it.

FastStream polls and calls; every outcome comes back through `settle` (see broker.py), because its own acknowledgement
loses batches (a failed one is neither sought back nor kept from being committed over).
"""

import asyncio
import contextlib
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import CommitFailedError, ConsumerStoppedError, IllegalStateError, KafkaError

from shared.contracts.envelope import Event
from shared.db.pool import Connection, is_transient
from shared.messaging.backoff import Backoff, pause
from shared.messaging.decoder import Dead, decode
from shared.messaging.errors import Flood, Invalid, Transient
from shared.messaging.event_log import EventLog
from shared.messaging.isolation import FloodGuard, isolate
from shared.messaging.letters import DeadLetter
from shared.messaging.progress import Progress
from shared.messaging.subscription import Handler as Handler
from shared.messaging.subscription import Subscription as Subscription
from shared.runtime.clock import Clock
from shared.runtime.metrics import Metrics

Records = Sequence[ConsumerRecord[Any, Any]]
Offsets = dict[TopicPartition, int]

FAILURES_BEFORE_BLAME = 3
COMMIT_TIMEOUT = 10.0
REVOKE_TIMEOUT = 45.0
"""Seconds that a rebalance waits for the batch in flight; the broker waits 60 for us."""


@dataclass(slots=True)
class Batch:
    """The records of one poll (of any partitions) and what became of each."""

    records: Records
    decoded: Sequence[Event[Any] | Dead | None]

    @property
    def events(self) -> list[Event[Any]]:
        return [item for item in self.decoded if isinstance(item, Event)]


@dataclass(slots=True)
class BatchConsumer:
    subscription: Subscription
    log: EventLog
    clock: Clock
    metrics: Metrics
    progress: Progress
    flood: FloodGuard = field(default_factory=FloodGuard)
    client: AIOKafkaConsumer | None = None
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _failures: dict[TopicPartition, tuple[int, int]] = field(default_factory=dict)
    """First offset of the batch that fails now, and how often it failed for no outer reason, per partition."""
    _backoff: Backoff = field(default_factory=Backoff)
    _idle: asyncio.Event = field(default_factory=asyncio.Event)
    _fetched_at: float = 0

    def __post_init__(self) -> None:
        self._idle.set()

    @property
    def group(self) -> str:
        return self.subscription.group

    def read(self, records: Records) -> Batch:
        """Decode a poll, outside of any transaction."""
        self._idle.clear()
        self._fetched_at = time.monotonic()
        self.progress.reach("fetched")
        batch = Batch(records, [decode(record, self.subscription.types) for record in records])
        self.progress.reach("decoded")
        return batch

    async def handle(self, batch: Batch) -> None:
        """One transaction: the events handled, the dead ones buried. Raises to have the batch again."""
        if events := batch.events:
            self.clock.advance(max(event.time for event in events))
        if any(item is not None for item in batch.decoded):
            try:
                await self._transact(batch, blame=self._failed_before(batch.records) >= FAILURES_BEFORE_BLAME)
            except Invalid:
                await self._transact(batch, blame=True)
        self.progress.reach("committed")

    async def _transact(self, batch: Batch, blame: bool) -> None:
        async with self.log.transaction() as connection:
            why = await (self._isolate if blame else self._handle_at_once)(connection, batch)
            letters = [
                DeadLetter(record, self.group, dead) for record, dead in zip(batch.records, why, strict=True) if dead
            ]
            await self.log.bury(connection, letters)
            self.progress.reach("handled")
        for letter in letters:
            self._report(letter)

    async def _handle_at_once(self, connection: Connection, batch: Batch) -> list[Dead | None]:
        if events := batch.events:
            await self.subscription.handler(connection, events)
        return self._count([item if isinstance(item, Dead) else None for item in batch.decoded])

    async def _isolate(self, connection: Connection, batch: Batch) -> list[Dead | None]:
        outcomes = iter(await isolate(connection, self.subscription.handler, batch.events))
        return self._count([next(outcomes)[1] if isinstance(item, Event) else item for item in batch.decoded])

    def _count(self, outcomes: list[Dead | None]) -> list[Dead | None]:
        for dead in outcomes:
            self.flood.count(dead is not None)
        return outcomes

    def _report(self, letter: DeadLetter) -> None:
        self.metrics.dead_letters.labels(self.group, letter.why.error_class).inc()
        structlog.get_logger().warning(
            "record dead-lettered",
            group=self.group,
            topic=letter.record.topic,
            partition=letter.record.partition,
            offset=letter.record.offset,
            error_class=letter.why.error_class,
            reason=letter.why.reason,
        )

    async def settle(self, records: Records, error: BaseException | None) -> None:
        """Every outcome of a batch ends here: its offsets are committed, or it is sought back and waited for."""
        if error is None:
            try:
                await self._acknowledge(records)
            finally:
                self._idle.set()
        elif isinstance(error, Flood):
            structlog.get_logger().error("stopped: too many dead records", group=self.group, reason=str(error))
            self._rewind(records)
            self._idle.set()
            signal.raise_signal(signal.SIGTERM)
            await self.stopping.wait()
        elif isinstance(error, Exception):
            if not (isinstance(error, Transient) or is_transient(error)):
                self._remember_failure(records)
            self._rewind(records)
            self._idle.set()
            await pause(self._report_failure(records, error), self.stopping)

    async def _acknowledge(self, records: Records) -> None:
        offsets = {TopicPartition(record.topic, record.partition): record.offset + 1 for record in records}
        for partition in offsets:
            self._failures.pop(partition, None)
        self._backoff.reset()
        await self._commit(offsets)
        self._measure(offsets)
        self.metrics.batch_records.labels(self.group).observe(len(records))
        self.metrics.batch_seconds.labels(self.group).observe(time.monotonic() - self._fetched_at)
        self.progress.reach("acknowledged")

    async def _commit(self, offsets: Offsets) -> None:
        """Whatever goes wrong here only lets records come again, and their effects are there already."""
        if self.client is None:
            return
        try:
            async with asyncio.timeout(COMMIT_TIMEOUT):
                await self.client.commit(offsets)
        except (IllegalStateError, CommitFailedError, KafkaError, TimeoutError) as error:
            structlog.get_logger().warning("offsets not committed", group=self.group, error_class=type(error).__name__)

    def _remember_failure(self, records: Records) -> None:
        for partition, first in _first_offsets(records).items():
            offset, failures = self._failures.get(partition, (first, 0))
            self._failures[partition] = (first, failures + 1 if offset == first else 1)

    def _report_failure(self, records: Records, error: Exception) -> float:
        delay, name = self._backoff.next(), type(error).__name__
        self.metrics.batch_failures.labels(self.group, name).inc()
        structlog.get_logger().warning(
            "batch failed", group=self.group, records=len(records), error_class=name, delay=delay, exc_info=error
        )
        return delay

    def _failed_before(self, records: Records) -> int:
        known = [(self._failures.get(partition), first) for partition, first in _first_offsets(records).items()]
        return max((failed[1] for failed, first in known if failed and failed[0] == first), default=0)

    def _rewind(self, records: Records) -> None:
        for partition, offset in _first_offsets(records).items():
            if self.client is not None:
                with contextlib.suppress(IllegalStateError):  # another owner reads it now, from our last commit
                    self.client.seek(partition, offset)
        self.progress.reach("rewound")

    def _measure(self, offsets: Offsets) -> None:
        if self.client is None:
            return
        for partition in offsets.keys() & self.client.assignment():
            lag = (self.client.highwater(partition) or offsets[partition]) - offsets[partition]
            self.metrics.lag.labels(self.group, partition.topic, partition.partition).set(max(lag, 0))

    async def finish_batch(self) -> None:
        """Return when no batch is in flight, or after the longest time that a rebalance may take."""
        await pause(REVOKE_TIMEOUT, self._idle)

    def forget(self, partition: TopicPartition) -> None:
        """Another owner may have it now."""
        self._failures.pop(partition, None)
        with contextlib.suppress(KeyError):
            self.metrics.lag.remove(self.group, partition.topic, partition.partition)

    def watch(self, client: AIOKafkaConsumer) -> None:
        """Count every poll of `client` that succeeds as progress: an empty one never reaches us otherwise."""
        poll = client.getmany

        async def getmany(*partitions: TopicPartition, **options: Any) -> Any:
            try:
                records = await poll(*partitions, **options)
            except ConsumerStoppedError:
                raise
            except Exception as error:
                structlog.get_logger().warning("poll failed", group=self.group, error_class=type(error).__name__)
                await pause(self._backoff.next(), self.stopping)
                raise
            self.progress.reach("polled")
            return records

        client.getmany = getmany


class Handover(ConsumerRebalanceListener):  # type: ignore[misc]
    """Gives partitions away only between batches, so that a new owner starts where we ended."""

    def __init__(self, consumer: BatchConsumer) -> None:
        self.consumer = consumer

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        await self.consumer.finish_batch()
        for partition in revoked:
            self.consumer.forget(partition)

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        pass


def _first_offsets(records: Records) -> Offsets:
    first: Offsets = {}
    for record in records:
        first.setdefault(TopicPartition(record.topic, record.partition), record.offset)
    return first
