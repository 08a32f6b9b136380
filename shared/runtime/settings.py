"""Settings that every service has, from the environment (`ROLLCALL_…`)."""

from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """A service adds its own fields in a subclass. An unset required variable is named in the error."""

    model_config = SettingsConfigDict(env_prefix="ROLLCALL_", extra="ignore", frozen=True)

    database_url: str
    kafka_bootstrap: str
    broker_kind: Literal["kafka", "tansu"] = "kafka"
    """Tansu has no idempotent producer; on Kafka the producer is idempotent."""
    clock: Literal["real", "driven"] = "real"
    """`driven`: time comes with the events (time-lapse, scenarios). Never in production."""
    log_level: str = "INFO"
    log_json: bool = True
    event_log_days: int = 400
    """How long event logs are kept: a school year and its appeals."""
    max_records: int = 2000
    """Records of one consumer batch."""
    instance: str | None = None
    """Name of this replica, stable over restarts: a restarted one has its partitions back at once. Unset, the broker first
    waits for the session of the old one to end."""
    session_timeout: float | None = None
    """Seconds without a heartbeat after which the broker gives a replica's partitions to another. Unset: 30 on Kafka, and 6 on
    Tansu, which lets everybody who joins wait for half of it."""


class StaffSettings(Settings):
    """For services whose HTTP is for staff tools."""

    staff_token: SecretStr = Field(min_length=16)
    """`ROLLCALL_STAFF_TOKEN`: what staff tools send as bearer token."""
