"""The broker of a stack: a child process that is in memory (Tansu) or on disk (Kafka), or a cluster that runs elsewhere."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from deploy.embedded.kafka import start_kafka
from deploy.embedded.process import Process, free_port
from deploy.embedded.tansu import start_tansu

BrokerKind = Literal["tansu", "kafka"]


class Broker(Protocol):
    """A broker that answers."""

    @property
    def kind(self) -> str: ...
    @property
    def bootstrap(self) -> str: ...
    @property
    def process(self) -> Process | None: ...
    def stop(self) -> None: ...


@dataclass(frozen=True, slots=True)
class RunningCluster:
    """An Apache Kafka cluster that somebody else runs: it is never stopped from here."""

    bootstrap: str
    kind: str = "kafka"
    process: None = None

    def stop(self) -> None:
        pass


@dataclass(slots=True)
class BrokerHost:
    """Starts the broker of one data folder, always on the same port, so that clients find it again."""

    kind: BrokerKind
    data_dir: Path
    cluster: str | None = None
    port: int = 0

    @property
    def starts_empty(self) -> bool:
        return self.kind == "tansu" and self.cluster is None

    @property
    def log(self) -> Path:
        return self.data_dir / "logs" / f"{self.kind}.log"

    def start(self) -> Broker:
        """Raises DidNotStart with the reason."""
        if self.cluster:
            return RunningCluster(self.cluster)
        self.port = self.port or free_port()
        if self.kind == "tansu":
            return start_tansu(self.log, self.port)
        return start_kafka(self.data_dir / "kafka", self.log, self.port)
