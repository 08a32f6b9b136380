"""Settings come from the environment; what is missing or wrong is named, its value is not."""

import pytest
from pydantic import ValidationError

from shared.runtime.settings import Settings


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROLLCALL_DATABASE_URL", "postgresql://rollcall_ingest@/rollcall")
    monkeypatch.setenv("ROLLCALL_KAFKA_BOOTSTRAP", "127.0.0.1:9092")


def read() -> Settings:
    return Settings()


def test_they_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROLLCALL_CLOCK", "driven")
    assert read().clock == "driven"
    assert read().kafka_bootstrap == "127.0.0.1:9092"


def test_the_defaults_are_those_of_production() -> None:
    assert (read().clock, read().broker_kind, read().log_json) == ("real", "kafka", True)


def test_a_missing_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ROLLCALL_DATABASE_URL")
    with pytest.raises(ValidationError, match="database_url"):
        read()


def test_an_unknown_value_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROLLCALL_CLOCK", "sundial")
    with pytest.raises(ValidationError, match="clock"):
        read()
