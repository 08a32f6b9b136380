"""Records as they may come, and events to make them from."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

from shared.contracts.attendance import DayClosed, MarkRecorded
from shared.contracts.envelope import Event
from shared.contracts.topics import ATTENDANCE
from shared.messaging.letters import Headers

NOON = datetime(2025, 9, 8, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class KafkaRecord:
    """Has what aiokafka's ConsumerRecord has."""

    value: bytes | None
    headers: Headers
    key: bytes | None = b"d/north"
    topic: str = ATTENDANCE
    partition: int = 0
    offset: int = 0
    timestamp: int = 0


def mark(sequence: int = 0, student: str = "ana", **changes: Any) -> MarkRecorded:
    fields: dict[str, Any] = {
        "district": "d", "school": "north", "student": student, "day": date(2025, 9, 8), "rev": 0, "sequence": sequence,
        "known_at": NOON, "source": "test", "status": "absent", "excuse": "unexcused",
    }  # fmt: skip
    return MarkRecorded(**{**fields, **changes})


def closed(sequence: int = 0) -> DayClosed:
    return DayClosed(
        district="d", school="north", day=date(2025, 9, 8), sequence=sequence, closed_at=NOON, calendar_revision=1
    )


def event(data: MarkRecorded | DayClosed | None = None, id: UUID | None = None) -> Event[Any]:
    return Event(id or uuid4(), "ingest", NOON, data or mark())


def headers_of(event: Event[Any]) -> dict[str, bytes | None]:
    return {
        "ce_id": str(event.id).encode(),
        "ce_type": event.data.type.encode(),
        "ce_source": event.source.encode(),
        "ce_time": event.time.isoformat().encode(),
        "ce_specversion": b"1.0",
    }


def record_of(event: Event[Any], offset: int = 0, partition: int = 0, **changed: bytes | None) -> KafkaRecord:
    """A good record, but for the headers in `changed`."""
    headers = {**headers_of(event), **changed}
    return KafkaRecord(event.data.model_dump_json().encode(), list(headers.items()), offset=offset, partition=partition)


@dataclass(slots=True)
class FakeClient:
    """What is used of aiokafka's consumer: it notes commits and seeks, or fails as it is told to."""

    commits: list[dict[Any, int]] = field(default_factory=list)
    seeks: list[tuple[Any, int]] = field(default_factory=list)
    commit_error: Exception | None = None
    seek_error: Exception | None = None

    async def commit(self, offsets: dict[Any, int]) -> None:
        if self.commit_error:
            raise self.commit_error
        self.commits.append(offsets)

    def seek(self, partition: Any, offset: int) -> None:
        if self.seek_error:
            raise self.seek_error
        self.seeks.append((partition, offset))

    def assignment(self) -> set[Any]:
        return {partition for offsets in self.commits for partition in offsets}

    def highwater(self, _: Any) -> int:
        return 100
