"""The envelope of every event: CloudEvents 1.0 in Kafka binary mode (attributes in headers, data as the JSON body)."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Generic, TypeVar
from uuid import UUID, uuid5

from pydantic import BaseModel, ConfigDict

ROLLCALL_EVENTS = UUID("6f0d3e0c-5f0e-5d5c-9a54-0d8a7d1c6b01")


def derived_id(*parts: object) -> UUID:
    """The same parts always give the same id, so that a decision made twice is one event."""
    return uuid5(ROLLCALL_EVENTS, "|".join(str(part) for part in parts))


class EventData(BaseModel):
    """The body of an event. A subclass sets `type` and `topic`; unknown fields are errors (they go to the dead letters
    and can be replayed once this side knows them)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: ClassVar[str]
    topic: ClassVar[str]

    district: str

    @property
    def key(self) -> str:
        """The Kafka key: what must stay in order travels under one key."""
        raise NotImplementedError

    @property
    def subject(self) -> str:
        return self.key


class StudentEventData(EventData):
    """An event about one pupil, in the order of that pupil."""

    student: str

    @property
    def key(self) -> str:
        return f"{self.district}/{self.student}"


class SchoolEventData(EventData):
    """An event in the order of one school: its marks and the close of its days never overtake each other."""

    school: str

    @property
    def key(self) -> str:
        return f"{self.district}/{self.school}"


DataT = TypeVar("DataT", bound=EventData, covariant=True)


@dataclass(frozen=True, slots=True)
class Event(Generic[DataT]):
    """One event with its CloudEvents attributes. `time` is when the fact became known (aware), not when it was sent."""

    id: UUID
    source: str
    time: datetime
    data: DataT
    traceparent: str | None = field(default=None)
    body: str | None = field(default=None, compare=False, repr=False)
    """The data as JSON, where it was written already."""
