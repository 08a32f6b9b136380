"""A Kafka broker from an image, where a Docker engine answers: topics are created and a record comes back."""

import shutil
import subprocess
from collections.abc import Iterator

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from deploy.topics import create_topics
from shared.contracts.topics import ATTENDANCE

pytestmark = [pytest.mark.broker, pytest.mark.timeout(300)]
IMAGE = "confluentinc/cp-kafka:7.6.0"


@pytest.fixture(scope="module")
def bootstrap() -> Iterator[str]:
    if not _engine_answers():
        pytest.skip("not run: no Docker engine answers")
    from testcontainers.community.kafka import KafkaContainer

    with KafkaContainer(IMAGE).with_kraft() as container:
        yield container.get_bootstrap_server()


def _engine_answers() -> bool:
    docker = shutil.which("docker")
    return (
        bool(docker) and subprocess.run([docker, "info"], capture_output=True, timeout=30, check=False).returncode == 0
    )


async def test_topics_and_a_record_on_a_broker_from_an_image(bootstrap: str) -> None:
    assert ATTENDANCE in await create_topics(bootstrap)
    assert await create_topics(bootstrap) == []
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True) as producer:
        await producer.send_and_wait(ATTENDANCE, b"{}", key=b"d/north")
    async with AIOKafkaConsumer(ATTENDANCE, bootstrap_servers=bootstrap, auto_offset_reset="earliest") as consumer:
        record = await consumer.getone()
    assert (record.key, record.value) == (b"d/north", b"{}")
