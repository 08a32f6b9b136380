"""What is said where Apache Kafka cannot be started."""

from pathlib import Path

import pytest

from deploy.embedded import kafka


def only(*programs: str) -> object:
    return lambda name: f"/usr/bin/{name}" if name in programs else None


@pytest.fixture(autouse=True)
def empty_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    ("programs", "version", "reason"),
    [
        ((), 21, "Apache Kafka needs Java 17 or later, and no `java` was found"),
        (("java", "mvn"), 11, "Apache Kafka needs Java 17 or later; the `java` found here is 11"),
        (("java",), 17, "Apache Kafka is brought by Maven, and no `mvn` was found"),
        (("java", "mvn"), 17, None),
    ],
)
def test_reason(monkeypatch: pytest.MonkeyPatch, programs: tuple[str, ...], version: int, reason: str | None) -> None:
    monkeypatch.setattr("shutil.which", only(*programs))
    monkeypatch.setattr(kafka, "java_version", lambda: version)
    assert kafka.kafka_available() == reason


def test_maven_is_not_needed_once_the_jars_are_there(monkeypatch: pytest.MonkeyPatch, empty_cache: Path) -> None:
    (empty_cache / "rollcall" / f"kafka-{kafka.kafka_version()}").mkdir(parents=True)
    monkeypatch.setattr("shutil.which", only("java"))
    monkeypatch.setattr(kafka, "java_version", lambda: 17)
    assert kafka.kafka_available() is None
