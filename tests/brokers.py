"""The real brokers for tests: Tansu as a new process each time, Apache Kafka as one node for the whole run."""

import asyncio
import os
import signal
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from deploy.embedded.kafka import Kafka, kafka_available, start_kafka
from deploy.embedded.tansu import Tansu, start_tansu
from deploy.topics import create_topics


class Broker(ABC):
    """A broker with all topics, empty."""

    kind: str
    bootstrap: str

    @property
    def port(self) -> int:
        return int(self.bootstrap.rpartition(":")[2])

    @abstractmethod
    def down(self) -> None:
        """Nobody answers any more; what was acknowledged is kept."""

    @abstractmethod
    def up(self) -> None:
        """The end of `down`, on the same address; nothing happens if it is up."""


class TansuBroker(Broker):
    kind = "tansu"

    def __init__(self, log: Path) -> None:
        self.log = log
        self.process: Tansu = start_tansu(log)
        self.bootstrap = self.process.bootstrap
        asyncio.run(create_topics(self.bootstrap))

    def down(self) -> None:
        os.kill(self.process.process.pid, signal.SIGSTOP)

    def up(self) -> None:
        os.kill(self.process.process.pid, signal.SIGCONT)

    def lose_everything(self) -> None:
        """Killed and started again: nothing is left of its memory, not even the topics."""
        self.process.process.kill()
        self.process.process.wait()
        self.process = start_tansu(self.log, self.port)

    def stop(self) -> None:
        self.up()
        self.process.stop()


class KafkaBroker(Broker):
    kind = "kafka"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.node: Kafka = start_kafka(folder / "data", folder / "kafka.log")
        self.bootstrap = self.node.bootstrap

    def down(self) -> None:
        self.node.process.kill()
        self.node.process.wait()

    def up(self) -> None:
        if self.node.process.poll() is not None:
            self.node = start_kafka(self.folder / "data", self.folder / "kafka.log", self.port)

    async def renew_topics(self) -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        await admin.start()
        try:
            if old := [topic for topic in await admin.list_topics() if not topic.startswith("__")]:
                await admin.delete_topics(old)
            while set(await admin.list_topics()) & set(old):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        finally:
            await admin.close()
        await create_topics(self.bootstrap)


@pytest.fixture(scope="session")
def kafka_node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaBroker]:
    if reason := kafka_available():
        pytest.skip(f"not run: {reason}")
    node = KafkaBroker(tmp_path_factory.mktemp("kafka"))
    yield node
    node.node.stop()


@pytest.fixture
def tansu(tmp_path: Path) -> Iterator[TansuBroker]:
    broker = TansuBroker(tmp_path / "tansu.log")
    yield broker
    broker.stop()


@pytest.fixture(params=["tansu", "kafka"])
def broker(request: pytest.FixtureRequest) -> Broker:
    """Each test that asks for it runs on both brokers; where Java or Maven are missing, the skip says so."""
    if request.param == "tansu":
        tansu: TansuBroker = request.getfixturevalue("tansu")
        return tansu
    node: KafkaBroker = request.getfixturevalue("kafka_node")
    asyncio.run(node.renew_topics())
    return node
