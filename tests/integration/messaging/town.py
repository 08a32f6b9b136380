"""A district in small: ingest says marks, escalation keeps each as a fact and answers it once. Everything can be counted."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord

from shared.contracts.attendance import MarkRecorded
from shared.contracts.envelope import Event, EventData, derived_id
from shared.contracts.ladder import Because, RecognitionDue
from shared.contracts.topics import ATTENDANCE
from shared.db.pool import Connection, Pool, open_pool
from shared.messaging.event_log import EventLog
from shared.messaging.runner import Messaging, OnStep
from shared.messaging.subscription import Handler, Subscription
from shared.runtime.clock import RealClock
from shared.runtime.metrics import Metrics
from shared.runtime.settings import Settings
from tests.unit.messaging.examples import NOON, event, mark

GROUP = "escalation.attendance"
SESSION = {"tansu": 2.0, "kafka": 6.0}
Record: TypeAlias = ConsumerRecord[Any, Any]


def answer(to: Event[Any]) -> Event[EventData]:
    because = Because(rule="test", policy="test", policy_version=1)
    data = RecognitionDue(
        district="d", student=to.data.student, school="north", school_year="2025-2026", as_of=NOON, because=because
    )
    return Event(derived_id("answer", to.id), "escalation", NOON, data)


def keep_and_answer(log: EventLog) -> Handler:
    """The way of all our handlers: what is new is kept, and said in the same transaction."""

    async def handle(connection: Connection, events: Sequence[Event[Any]]) -> None:
        rows = await connection.fetch(
            "INSERT INTO fact (event_id) SELECT DISTINCT unnest($1::uuid[]) ORDER BY 1 ON CONFLICT DO NOTHING RETURNING event_id",
            [item.id for item in events],
        )
        new = {row["event_id"] for row in rows}
        await log.append(
            connection, [answer(item) for item in {item.id: item for item in events}.values() if item.id in new]
        )

    return handle


def marks_subscription(log: EventLog, handler: Handler | None = None) -> Subscription:
    return Subscription(ATTENDANCE, GROUP, (MarkRecorded,), handler or keep_and_answer(log))


def settings_for(url: str, bootstrap: str, kind: str, **more: Any) -> Settings:
    base = {"database_url": url, "kafka_bootstrap": bootstrap, "broker_kind": kind, "session_timeout": SESSION[kind]}
    return Settings(**{**base, **more})


@dataclass(slots=True)
class House:
    """One service of the town."""

    name: str
    settings: Settings
    pool: Pool
    log: EventLog
    metrics: Metrics = field(default_factory=Metrics)

    @asynccontextmanager
    async def open(self, *subscriptions: Subscription, on_step: OnStep | None = None) -> AsyncIterator[Messaging]:
        """Its relay and its consumers run inside the block; an error of theirs is raised at its end."""
        messaging = Messaging(self.settings, self.pool, self.log, RealClock(), self.metrics, subscriptions, on_step)
        tasks = [asyncio.create_task(loop()) for loop in (messaging.run_relay, messaging.run_consumers)]
        try:
            yield messaging
        finally:
            messaging.stop()
            await asyncio.gather(*tasks)

    async def count(self, what: str) -> int:
        number: int = await self.pool.fetchval(f"SELECT count(*) FROM {what}")
        return number

    async def say(self, events: Sequence[Event[Any]], at_once: int = 500) -> None:
        for start in range(0, len(events), at_once):
            async with self.log.transaction() as connection:
                await self.log.append(connection, events[start : start + at_once])


@dataclass(slots=True)
class Town:
    ingest: House
    escalation: House
    bootstrap: str

    def marks(self, handler: Handler | None = None) -> Subscription:
        return marks_subscription(self.escalation.log, handler)

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[tuple[Messaging, Messaging]]:
        async with self.ingest.open() as ingest, self.escalation.open(self.marks()) as escalation:
            yield ingest, escalation

    async def facts(self) -> int:
        return await self.escalation.count("fact")

    async def answers(self) -> int:
        return await self.escalation.count("event_log WHERE type IS NOT NULL")

    async def all_published(self) -> bool:
        return not await self.ingest.count("event_pending") and not await self.escalation.count("event_pending")

    async def has(self, facts: int) -> bool:
        return await self.facts() >= facts and await self.all_published()


@asynccontextmanager
async def open_town(url: Callable[[str], str], bootstrap: str, kind: str, **more: Any) -> AsyncIterator[Town]:
    async with AsyncExitStack() as stack:

        async def house(name: str) -> House:
            settings = settings_for(url(name), bootstrap, kind, **more)
            pool = await stack.enter_async_context(open_pool(settings.database_url, name))
            return House(name, settings, pool, EventLog(pool, name))

        town = Town(await house("ingest"), await house("escalation"), bootstrap)
        await town.escalation.pool.execute("CREATE TABLE IF NOT EXISTS fact (event_id uuid PRIMARY KEY)")
        yield town


async def until(condition: Callable[[], Any], seconds: float = 40) -> None:
    """Wait for an async condition. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


def marks(count: int, students: int = 20, start: int = 0) -> list[Event[Any]]:
    return [
        event(mark(number, student=f"p{number % students}", school=f"s{number % 7}"))
        for number in range(start, start + count)
    ]


async def records_of(bootstrap: str, topic: str) -> list[Record]:
    """Everything on a topic now, each partition in its order."""
    async with AIOKafkaConsumer(topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest") as consumer:
        ends = await consumer.end_offsets(consumer.assignment())
        found: list[Record] = []
        while any([await consumer.position(partition) < end for partition, end in ends.items()]):
            for records in (await consumer.getmany(timeout_ms=500)).values():
                found += records
    return found


def ids(records: Sequence[Record]) -> Counter[str]:
    return Counter(dict(record.headers)["ce_id"].decode() for record in records)


async def produce(bootstrap: str, *records: tuple[bytes | None, bytes | None, Any], topic: str = ATTENDANCE) -> None:
    """Put raw (key, value, headers) records on a topic, as a stranger would; all on one partition, in order."""
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all") as producer:
        for key, value, headers in records:
            batch = (
                producer.create_batch()
            )  # `send` refuses a record with neither key nor value; a stranger may send it
            batch.append(key=key, value=value, timestamp=None, headers=headers)
            await (await producer.send_batch(batch, topic, partition=0))
