"""Apache Kafka as a child process: it keeps its topics between two starts."""

from pathlib import Path
from uuid import UUID

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from deploy.embedded.kafka import Kafka, kafka_available, start_kafka
from deploy.embedded.process import DidNotStart
from deploy.topics import create_topics

pytestmark = [pytest.mark.broker, pytest.mark.timeout(180)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    if reason := kafka_available():
        pytest.skip(f"not run: {reason}")
    return tmp_path


def start(folder: Path) -> Kafka:
    return start_kafka(folder / "data", folder / "kafka.log")


async def publish(bootstrap: str, value: bytes) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True, acks="all")
    await producer.start()
    await producer.send_and_wait("ladder.v1", value, partition=0)
    await producer.stop()


async def read_first(bootstrap: str) -> bytes | None:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    await consumer.start()
    consumer.assign([partition := TopicPartition("ladder.v1", 0)])
    consumer.seek(partition, 0)
    value = (await consumer.getone()).value
    await consumer.stop()
    return value


async def test_topics_and_records_survive_a_kill_and_a_second_start(folder: Path) -> None:
    first = start(folder)
    created = await create_topics(first.bootstrap)
    assert {"attendance.v1", "roster.v1.dlq"} <= set(created)
    await publish(first.bootstrap, b"kept")
    first.process.kill()
    first.process.wait()

    second = start(folder)
    try:
        assert await create_topics(second.bootstrap) == []
        assert await read_first(second.bootstrap) == b"kept"
    finally:
        second.stop()
    assert second.process.returncode is not None


def test_any_cluster_id_is_taken(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deploy.embedded.kafka.uuid.uuid4", lambda: UUID(bytes=b"\xfb" * 16))  # begins with a dash
    start(folder).stop()


def test_a_port_in_use_is_said(folder: Path) -> None:
    first = start(folder)
    try:
        with pytest.raises(DidNotStart, match=r"port \d+ of 127.0.0.1 is in use"):
            start_kafka(folder / "other", folder / "other.log", port=int(first.bootstrap.rpartition(":")[2]))
    finally:
        first.stop()
