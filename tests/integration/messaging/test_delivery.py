"""Events from one service to the next on real brokers: N in, N facts, N answers out; none lost, none doubled."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import pytest
from aiokafka import TopicPartition

from deploy.topics import create_topics
from shared.contracts.attendance import MarkRecorded
from shared.contracts.envelope import Event
from shared.contracts.topics import ATTENDANCE, LADDER
from shared.db.pool import Connection
from shared.messaging.consumer import BatchConsumer
from shared.messaging.decoder import decode
from shared.messaging.progress import Progress
from shared.messaging.replay import refill, replay
from shared.runtime.clock import RealClock
from shared.runtime.metrics import Metrics
from tests.brokers import TansuBroker
from tests.integration.messaging.town import Town, ids, keep_and_answer, marks, records_of, until
from tests.unit.messaging.examples import KafkaRecord, record_of

pytestmark = [pytest.mark.db, pytest.mark.broker]
N = 1500


async def assert_nothing_lost_nothing_doubled(town: Town, count: int = N) -> None:
    assert await town.facts() == count
    assert await town.answers() == count
    assert len(ids(await records_of(town.bootstrap, LADDER))) == count


async def test_what_one_service_says_the_other_hears_once_and_in_the_order_of_each_key(town: Town) -> None:
    events = marks(N)
    async with town.at_work():
        await town.ingest.say(events)
        await until(lambda: town.has(N))
    await assert_nothing_lost_nothing_doubled(town)
    sent = await records_of(town.bootstrap, ATTENDANCE)
    order: dict[bytes, list[int]] = defaultdict(list)
    for record in sent:
        decoded = decode(record, (MarkRecorded,))
        assert isinstance(decoded, Event)
        order[record.key].append(decoded.data.sequence)
    assert len(order) == 7
    assert all(sequences == sorted(sequences) for sequences in order.values())
    assert sum(map(len, order.values())) == N
    assert len({record.partition for record in sent}) > 1


async def test_the_same_batch_twice_changes_nothing(town: Town) -> None:
    async with town.at_work():
        await town.ingest.say(marks(N))
        await until(lambda: town.has(N))
        async with town.ingest.log.transaction() as connection:
            assert await replay(connection, ATTENDANCE) == N
        await until(town.all_published)
        await until(lambda: read_all(town, 2 * N))
    assert set(ids(await records_of(town.bootstrap, ATTENDANCE)).values()) == {2}
    await assert_nothing_lost_nothing_doubled(town)


async def read_all(town: Town, count: int) -> bool:
    seen = town.escalation.metrics.registry.get_sample_value(
        "rollcall_batch_records_sum", {"group": "escalation.attendance"}
    )
    return seen == count


async def test_two_owners_of_one_partition_at_once(town: Town) -> None:
    """A zombie handles the batch that its successor handles too, at the same time: 20 batches by two of each."""
    events = marks(400)
    poison = KafkaRecord(b"{", record_of(events[0]).headers, offset=400)
    records: Sequence[Any] = [*(record_of(item, offset=number) for number, item in enumerate(events)), poison]
    owners = [
        BatchConsumer(town.marks(), town.escalation.log, RealClock(), Metrics(), Progress("owner")) for _ in range(2)
    ]
    for start in range(0, 401, 20):
        batch = records[start : start + 20]
        await asyncio.gather(*(owner.handle(owner.read(batch)) for owner in owners))
    assert (await town.facts(), await town.answers()) == (400, 400)
    assert await town.escalation.count("event_log WHERE dead_letter_headers IS NOT NULL") == 1


async def test_a_rebalance_in_the_middle_of_a_batch_waits_for_it(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    gate, started, revoking, handled = asyncio.Event(), asyncio.Event(), asyncio.Event(), 0
    inner, finish = keep_and_answer(town.escalation.log), BatchConsumer.finish_batch

    async def slow(connection: Connection, events: Sequence[Event[Any]]) -> None:
        nonlocal handled
        started.set()
        await gate.wait()
        handled += len(events)
        await inner(connection, events)

    async def noted(consumer: BatchConsumer) -> None:
        if started.is_set() and consumer.client:
            revoking.set()
        await finish(consumer)

    monkeypatch.setattr(BatchConsumer, "finish_batch", noted)
    await town.ingest.say(marks(N))
    async with town.ingest.open(), town.escalation.open(town.marks(slow)) as first:
        await started.wait()
        async with town.escalation.open(town.marks(slow)) as second:
            await revoking.wait()
            assert await town.facts() == 0
            gate.set()
            await until(lambda: town.has(N))
            await until(lambda: have_shared(first, second))
    await assert_nothing_lost_nothing_doubled(town)
    assert handled == N, "the new owner started where the old one had ended"


async def have_shared(*owners: Any) -> bool:
    assigned = [owner.consumers[0].client.assignment() for owner in owners if owner.consumers[0].client]
    return len(assigned) == 2 and all(assigned)


async def test_lag_is_what_is_not_yet_handled(town: Town) -> None:
    async with town.at_work() as (_, escalation):
        await town.ingest.say(marks(N))
        await until(lambda: town.has(N))
        await until(lambda: read_all(town, N))
        client = escalation.consumers[0].client
        assert client is not None
        lags = {
            sample.labels["partition"]: sample.value
            for metric in town.escalation.metrics.lag.collect()
            for sample in metric.samples
        }
        assert lags
        assert set(lags.values()) == {0}
        committed = {
            partition: await client.committed(TopicPartition(ATTENDANCE, int(partition))) for partition in lags
        }
        assert sum(committed.values()) == N


async def test_a_broker_that_lost_its_memory_is_refilled_from_the_logs(tansu_town: Town, tansu: TansuBroker) -> None:
    town = tansu_town
    async with town.at_work():
        await town.ingest.say(marks(N))
        await until(lambda: town.has(N))
        tansu.lose_everything()
        await create_topics(tansu.bootstrap)
        for house in (town.ingest, town.escalation):
            async with house.log.transaction() as connection:
                assert await refill(connection) == N
        await town.ingest.say(marks(N, start=N))
        await until(lambda: town.has(2 * N))
    assert len(ids(await records_of(town.bootstrap, ATTENDANCE))) == 2 * N
    await assert_nothing_lost_nothing_doubled(town, 2 * N)
