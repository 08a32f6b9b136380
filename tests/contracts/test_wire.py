"""What the relay writes and what the consumers read is what the golden samples show, on their way through PostgreSQL."""

from dataclasses import dataclass
from uuid import UUID

import pytest

from shared.contracts.envelope import Event
from shared.contracts.registry import EVENT_TYPES
from shared.db.pool import open_pool
from shared.messaging.decoder import Dead, decode
from shared.messaging.event_log import EventLog
from shared.messaging.relay import cloud_event
from tests.conftest import Database
from tests.contracts.golden import SAMPLES, Sample


@dataclass(frozen=True, slots=True)
class Record:
    """A sample as the consumer gets it."""

    sample: Sample
    partition: int = 0
    offset: int = 0
    timestamp: int = 0

    @property
    def topic(self) -> str:
        return self.sample.topic

    @property
    def key(self) -> bytes:
        return self.sample.key.encode()

    @property
    def value(self) -> bytes:
        return self.sample.body_bytes

    @property
    def headers(self) -> list[tuple[str, bytes | None]]:
        return [(name, value.encode()) for name, value in self.sample.headers.items()]


def read(sample: Sample) -> Event:  # type: ignore[type-arg]
    event = decode(Record(sample), list(EVENT_TYPES.values()))
    assert isinstance(event, Event)
    return event


@pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES.keys())
def test_the_consumers_read_the_sample(sample: Sample) -> None:
    event = read(sample)
    assert event.id == UUID(sample.headers["ce_id"])
    assert event.source == sample.headers["ce_source"]
    assert event.time.isoformat() == sample.headers["ce_time"]
    assert event.traceparent == sample.headers["traceparent"]
    assert event.data == sample.data()


def test_a_type_on_a_foreign_topic_is_dead() -> None:
    sample = SAMPLES["notice.sent"]
    moved = Sample("ladder.v1", sample.key, sample.headers, sample.body)
    assert isinstance(decode(Record(moved), list(EVENT_TYPES.values())), Dead)


@pytest.mark.db
async def test_the_relay_sends_the_sample_as_it_is(database: Database) -> None:
    """Every sample appended to the event log comes out of it with the same topic, key, headers and body."""
    async with open_pool(database.url("escalation"), "escalation", max_size=2) as pool:
        log = EventLog(pool, "escalation")
        async with log.transaction() as connection:
            await log.append(connection, [read(sample) for sample in SAMPLES.values()])
        rows = await pool.fetch("SELECT * FROM event_log ORDER BY id")
    sent = [(row["topic"], row["key"].decode(), cloud_event(row), row["value"].decode()) for row in rows]
    wanted = [
        (sample.topic, sample.key, sample.headers, sample.data().model_dump_json()) for sample in SAMPLES.values()
    ]
    assert sent == wanted
