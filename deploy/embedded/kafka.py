"""Apache Kafka as a child process: one KRaft node, its jars brought once by Maven into the user's cache."""

import functools
import os
import re
import shutil
import subprocess
import tempfile
import uuid
import xml.etree.ElementTree as ElementTree
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from pathlib import Path

from deploy.embedded.process import DidNotStart, Process, free_port, spawn, stop, unused, wait_for_port

POM = Path(__file__).parent.parent / "kafka" / "pom.xml"
JAVA_NEEDED = 17
JVM = (
    "-Xms256m",
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd HH:mm:ss",
)
PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
log.dirs={logs}
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
default.replication.factor=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=5
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=5
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
"""


@dataclass(frozen=True, slots=True)
class Kafka:
    """A running node. Its topics are on disk: a second `start_kafka` on the same folder goes on with them."""

    process: Process
    bootstrap: str
    kind = "kafka"

    def stop(self) -> None:
        stop(self.process, patience=15)


def kafka_available() -> str | None:
    """None if Apache Kafka can be started here, else the reason in plain words."""
    if shutil.which("java") is None:
        return f"Apache Kafka needs Java {JAVA_NEEDED} or later, and no `java` was found"
    if (found := java_version()) < JAVA_NEEDED:
        return f"Apache Kafka needs Java {JAVA_NEEDED} or later; the `java` found here is {found}"
    if not jar_folder().is_dir() and shutil.which("mvn") is None:
        return "Apache Kafka is brought by Maven, and no `mvn` was found"
    return None


@functools.cache
def java_version() -> int:
    """The major version of the `java` on the path; 0 if it does not say."""
    answer = subprocess.run(["java", "-version"], capture_output=True, text=True, check=False)
    found = re.search(r'version "(?:1\.)?(\d+)', answer.stderr)
    return int(found[1]) if found else 0


@functools.cache
def kafka_version() -> str:
    version = ElementTree.parse(POM).getroot().findtext(".//{*}kafka.version")  # noqa: S314 - our own file
    assert version
    return version


def jar_folder() -> Path:
    """Where the jars of this version are kept between runs."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "rollcall" / f"kafka-{kafka_version()}"


def fetch_jars() -> Path:
    """The folder with Kafka's jars; Maven brings them if it is not there yet. Raises DidNotStart with Maven's words."""
    folder = jar_folder()
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as unfinished:
        _copy_dependencies(Path(unfinished) / "jars")
        try:
            (Path(unfinished) / "jars").rename(folder)
        except OSError:  # another process was quicker
            if not folder.is_dir():
                raise
    return folder


def _copy_dependencies(folder: Path) -> None:
    command = ["mvn", "--quiet", "--batch-mode", "--no-transfer-progress", "--file", str(POM)]
    command += ["dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={folder}"]
    maven = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if maven.returncode:
        raise DidNotStart("Maven could not bring Apache Kafka:\n" + "\n".join(maven.stdout.splitlines()[-8:]))


def start_kafka(data: Path, log: Path, port: int | None = None, timeout: float = 60) -> Kafka:
    """Start the node whose topics live in `data`, on `port` (or a free one) of 127.0.0.1.

    The first start ever downloads about 45 MB. Raises DidNotStart with the reason.
    """
    if reason := kafka_available():
        raise DidNotStart(reason)
    port = unused(port)
    java = ["java", *JVM, "-cp", f"{fetch_jars()}/*"]
    properties = _write_properties(data.resolve(), port)
    if not (data / "logs" / "meta.properties").exists():
        _format(java, properties)
    process = spawn([*java, "kafka.Kafka", str(properties)], log)
    wait_for_port(process, port, timeout)
    return Kafka(process, f"127.0.0.1:{port}")


def _write_properties(data: Path, port: int) -> Path:
    data.mkdir(parents=True, exist_ok=True)
    path = data / "server.properties"
    path.write_text(PROPERTIES.format(port=port, controller=free_port(), logs=data / "logs"))
    return path


def _format(java: list[str], properties: Path) -> None:
    cluster = urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    command = [*java, "kafka.tools.StorageTool", "format", f"--cluster-id={cluster}", "--config", str(properties)]
    tool = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if tool.returncode:
        raise DidNotStart("Apache Kafka could not prepare its folder:\n" + "\n".join(tool.stdout.splitlines()[-8:]))
