"""Every way in which a batch can end under FastStream, on a fake Kafka client: what is committed, what is sought back.

FastStream's own answers lose the batch in most of these rows.
"""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError

from shared.contracts.attendance import MarkRecorded
from shared.contracts.envelope import Event
from shared.contracts.topics import ATTENDANCE
from shared.db.pool import Connection
from shared.messaging.broker import consuming_broker
from shared.messaging.consumer import BatchConsumer
from shared.messaging.errors import Invalid, Transient
from shared.messaging.event_log import EventLog
from shared.messaging.isolation import FloodGuard
from shared.messaging.letters import DeadLetter
from shared.messaging.progress import Progress
from shared.messaging.subscription import Subscription
from shared.runtime.clock import DrivenClock
from shared.runtime.metrics import Metrics
from shared.runtime.settings import Settings
from tests.unit.messaging.examples import NOON, FakeClient, KafkaRecord, event, mark, record_of

FIRST, SECOND = TopicPartition(ATTENDANCE, 0), TopicPartition(ATTENDANCE, 1)


class MemoryLog:
    """An event log without a database: what a failed transaction did is forgotten."""

    def __init__(self) -> None:
        self.handled: list[int] = []
        self.letters: list[DeadLetter] = []
        self.commit_error: Exception | None = None

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Any]:
        before = list(self.handled), list(self.letters)
        try:
            yield self
            if self.commit_error:
                raise self.commit_error
        except BaseException:
            self.handled, self.letters = before
            raise

    async def bury(self, _: object, letters: Sequence[DeadLetter]) -> None:
        self.letters += letters


class World:
    def __init__(self) -> None:
        self.log, self.client, self.clock = MemoryLog(), FakeClient(), DrivenClock()
        self.error: Callable[[int], BaseException | None] = lambda sequence: None
        subscription = Subscription(ATTENDANCE, "escalation.attendance", (MarkRecorded,), self.handle)
        self.consumer = BatchConsumer(
            subscription, cast("EventLog", self.log), self.clock, Metrics(), Progress("test"), FloodGuard(in_a_row=3)
        )
        self.consumer.stopping.set()  # nobody waits for a backoff here
        settings = Settings(database_url="-", kafka_bootstrap="127.0.0.1:1", broker_kind="tansu")
        broker = consuming_broker(settings, [self.consumer])
        broker._setup_logger()
        (self.subscriber,) = broker.subscribers
        self.subscriber._build_fastdepends_model()
        self.subscriber._post_start()
        self.subscriber.consumer = self.client  # type: ignore[attr-defined]

    async def handle(self, _: Connection, events: Sequence[Event[Any]]) -> None:
        for item in events:
            if error := self.error(item.data.sequence):
                raise error
            self.log.handled.append(item.data.sequence)

    async def consume(self, *records: KafkaRecord) -> None:
        await self.subscriber.consume(records)

    @property
    def committed(self) -> dict[TopicPartition, int]:
        return {partition: offset for offsets in self.client.commits for partition, offset in offsets.items()}


@pytest.fixture
def world() -> World:
    return World()


def records(count: int, partition: int = 0, start: int = 0) -> list[KafkaRecord]:
    return [
        record_of(event(mark(start + number)), offset=start + number, partition=partition) for number in range(count)
    ]


async def test_the_handler_is_content__last_offset_plus_one_is_committed_per_partition(world: World) -> None:
    await world.consume(*records(3, start=10), *records(2, partition=1, start=70))
    assert world.log.handled == [10, 11, 12, 70, 71]
    assert world.client.commits == [{FIRST: 13, SECOND: 72}]
    assert world.client.seeks == []
    assert world.clock.now() == NOON


async def test_the_handler_raises__nothing_is_committed_and_every_partition_is_sought_back(world: World) -> None:
    world.error = lambda sequence: RuntimeError("a bug") if sequence == 70 else None
    await world.consume(*records(3, start=10), *records(2, partition=1, start=70))
    assert (world.log.handled, world.client.commits) == ([], [])
    assert sorted(world.client.seeks) == [(FIRST, 10), (SECOND, 70)]


@pytest.mark.parametrize("error", [Transient("no calendar yet"), ConnectionResetError(), TimeoutError()])
async def test_an_outage_is_waited_for_however_often_it_comes_and_nobody_is_blamed(
    world: World, error: Exception
) -> None:
    world.error = lambda _: error
    for _ in range(10):
        await world.consume(*records(2))
    assert (world.client.commits, world.log.letters) == ([], [])
    assert world.client.seeks == [(FIRST, 0)] * 10
    world.error = lambda _: None
    await world.consume(*records(2))
    assert (world.log.handled, world.client.commits) == ([0, 1], [{FIRST: 2}])


async def test_a_bug_that_stays_is_dead_lettered_alone_after_three_failures(world: World) -> None:
    world.error = lambda sequence: KeyError("Ana Example") if sequence == 2 else None
    for failed in range(3):
        await world.consume(*records(5))
        assert len(world.client.seeks) == failed + 1
    await world.consume(*records(5))
    assert world.log.handled == [0, 1, 3, 4]
    assert [(letter.record.offset, letter.why.error_class) for letter in world.log.letters] == [(2, "KeyError")]
    assert world.client.commits == [{FIRST: 5}]


async def test_an_invalid_event_is_dead_lettered_at_once(world: World) -> None:
    world.error = lambda sequence: Invalid("no such school") if sequence == 2 else None
    await world.consume(*records(5))
    assert world.log.handled == [0, 1, 3, 4]
    assert [letter.why.reason for letter in world.log.letters] == ["no such school"]
    assert world.client.commits == [{FIRST: 5}]


@pytest.mark.parametrize(
    "bad",
    [
        record_of(event(), offset=2, ce_id=None),
        record_of(event(), offset=2, ce_type=b"\xff\xfe"),
        KafkaRecord(b"{", record_of(event()).headers, offset=2),
        KafkaRecord(None, [("a", None), ("b", b"\xff")], offset=2, key=None),
    ],
    ids=["null header", "garbage header", "invalid JSON", "nothing of ours"],
)
async def test_one_record_cannot_be_read__it_is_dead_lettered_and_the_rest_is_handled(
    world: World, bad: KafkaRecord
) -> None:
    await world.consume(*records(2), bad, *records(2, start=3))
    assert world.log.handled == [0, 1, 3, 4]
    assert [letter.record for letter in world.log.letters] == [bad]
    assert world.client.commits == [{FIRST: 5}]


async def test_the_database_fails_at_commit__as_if_nothing_had_been(world: World) -> None:
    world.log.commit_error = ConnectionResetError()
    await world.consume(*records(2), record_of(event(), offset=2, ce_id=None))
    assert (world.log.handled, world.log.letters, world.client.commits) == ([], [], [])
    assert world.client.seeks == [(FIRST, 0)]


@pytest.mark.parametrize("error", [CommitFailedError(), IllegalStateError(), TimeoutError()])
async def test_offsets_cannot_be_committed__the_effects_stay_and_life_goes_on(world: World, error: Exception) -> None:
    world.client.commit_error = error
    await world.consume(*records(2))
    assert (world.log.handled, world.client.seeks) == ([0, 1], [])
    world.client.commit_error = None
    await world.consume(*records(2, start=2))
    assert world.committed == {FIRST: 4}


async def test_a_partition_that_was_taken_away_cannot_be_sought_back_and_need_not_be(world: World) -> None:
    world.client.seek_error = IllegalStateError()
    world.error = lambda _: ConnectionResetError()
    await world.consume(*records(2))
    assert (world.client.commits, world.log.handled) == ([], [])


async def test_only_skipped_types__no_transaction_but_offsets_move(world: World) -> None:
    skipped = record_of(event(), offset=8, ce_type=b"attendance.day.closed")
    world.log.commit_error = AssertionError("no transaction is needed")
    await world.consume(skipped)
    assert world.client.commits == [{FIRST: 9}]


async def test_a_flood_of_dead_records_ends_the_process_and_commits_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    signals: list[int] = []
    monkeypatch.setattr(signal, "raise_signal", signals.append)
    await world.consume(*[record_of(event(), offset=number, ce_type=b"new.type") for number in range(5)])
    assert signals == [signal.SIGTERM]
    assert (world.client.commits, world.log.letters) == ([], [])
    assert world.client.seeks == [(FIRST, 0)]


async def test_a_cancelled_batch_is_neither_committed_nor_sought_back(world: World) -> None:
    world.error = lambda _: asyncio.CancelledError()
    with pytest.raises(asyncio.CancelledError):
        await world.consume(*records(2))
    assert (world.client.commits, world.client.seeks, world.log.handled) == ([], [], [])


async def test_failures_are_counted_for_one_batch_only(world: World) -> None:
    world.error = lambda sequence: RuntimeError() if sequence in {0, 5} else None
    for start in (0, 5, 0, 5, 0, 5):
        await world.consume(*records(2, start=start))
    assert world.log.letters == []


async def until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110
        await asyncio.sleep(0)


async def test_a_rebalance_waits_for_the_batch_in_flight(world: World) -> None:
    gate = asyncio.Event()
    inner = world.handle

    async def slow(connection: Connection, events: Sequence[Event[Any]]) -> None:
        await gate.wait()
        await inner(connection, events)

    world.consumer.subscription = Subscription(
        ATTENDANCE, "g", (MarkRecorded,), cast("Callable[..., Awaitable[None]]", slow)
    )
    batch = asyncio.create_task(world.consume(*records(2)))
    await until(lambda: world.consumer.progress.step == "decoded")
    handover = asyncio.create_task(world.consumer.finish_batch())
    await asyncio.sleep(0.01)
    assert not handover.done()
    gate.set()
    await handover
    assert world.client.commits == [{FIRST: 2}]
    await batch


async def test_only_a_poll_that_succeeds_is_progress(world: World) -> None:
    class Client:
        error: Exception | None = None

        async def getmany(self, **_: Any) -> dict[Any, Any]:
            if self.error:
                raise self.error
            return {}

    client = Client()
    world.consumer.watch(client)
    await client.getmany(timeout_ms=1)
    assert world.consumer.progress.step == "polled"
    world.consumer.progress.moved_at = 0
    client.error = KafkaError()
    with pytest.raises(KafkaError):
        await client.getmany(timeout_ms=1)
    assert world.consumer.progress.moved_at == 0
