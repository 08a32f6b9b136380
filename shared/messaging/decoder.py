"""One Kafka record -> an event, or why it is none. Pure, and tolerant of whatever a record may hold."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Protocol
from uuid import UUID

from pydantic import ValidationError

from shared.contracts.envelope import Event, EventData
from shared.contracts.registry import EVENT_TYPES

REASONS_SHOWN = 5


class Record(Protocol):
    """What is used of aiokafka's ConsumerRecord."""

    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def timestamp(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Sequence[tuple[str, bytes | None]]: ...


@dataclass(frozen=True, slots=True)
class Dead:
    """Why a record can not be handled. The reason names fields and kinds of errors, never values."""

    error_class: str
    reason: str


class _Unreadable(Exception):
    """Carries a reason out of the parsing of headers."""


def decode(record: Record, wanted: Collection[type[EventData]]) -> Event[Any] | Dead | None:
    """The event of `record`; None for a known type of its topic that is not in `wanted` (its body is not looked at)."""
    try:
        headers = _headers(record.headers)
        model = _model(_text(headers, "ce_type"), record.topic)
        if model not in wanted:
            return None
        if record.value is None:
            return Dead("NullValue", "the value is null")
        return Event(
            id=_uuid(_text(headers, "ce_id")),
            source=_text(headers, "ce_source"),
            time=_time(_text(headers, "ce_time")),
            data=model.model_validate_json(record.value),
            traceparent=_traceparent(headers.get("traceparent")),
        )
    except _Unreadable as error:
        return Dead("BadHeader", str(error))
    except ValidationError as error:
        return Dead("BadBody", explain(error, model))


def _headers(pairs: Sequence[tuple[str, bytes | None]]) -> Mapping[str, bytes | None]:
    headers = dict(pairs)
    if len(headers) != len(pairs):
        names = [name for name, _ in pairs if name.startswith("ce_")]
        if len(names) != len(set(names)):
            raise _Unreadable("a ce_ header is there more than once")
    if headers.get("ce_specversion") != b"1.0":
        raise _Unreadable("header ce_specversion is not 1.0")
    return headers


def _text(headers: Mapping[str, bytes | None], name: str) -> str:
    raw = headers.get(name)
    if not raw:
        raise _Unreadable(f"header {name} is {'empty' if raw == b'' else 'null' if name in headers else 'missing'}")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise _Unreadable(f"header {name} is not UTF-8") from None


def _traceparent(raw: bytes | None) -> str | None:
    """Not a fact about anybody: what is no ASCII only loses its trace."""
    return raw.decode() if raw and raw.isascii() else None


def _model(type_name: str, topic: str) -> type[EventData]:
    model = EVENT_TYPES.get(type_name)
    if model is None:
        raise _Unreadable("header ce_type names no known type")
    if model.topic != topic:
        raise _Unreadable(f"type {type_name} does not belong on this topic")
    return model


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise _Unreadable("header ce_id is not a UUID") from None


def _time(text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise _Unreadable("header ce_time is not an ISO 8601 time") from None
    if time.tzinfo is None:
        raise _Unreadable("header ce_time has no UTC offset")
    return time


def explain(error: ValidationError, model: type[EventData]) -> str:
    """The fields and the kinds of errors. A name that is not one of ours is shown as `?`: it may hold anything."""
    known = _field_names(model)
    errors = error.errors(include_url=False, include_context=False, include_input=False)
    shown = [f"{_path(item['loc'], known)}: {item['type']}" for item in errors[:REASONS_SHOWN]]
    more = len(errors) - len(shown)
    return "; ".join(shown + [f"and {more} more"] * bool(more))


def _path(location: tuple[int | str, ...], known: frozenset[str]) -> str:
    parts = [part if isinstance(part, int) or part in known else "?" for part in location]
    return ".".join(map(str, parts)) or "body"


@cache
def _field_names(model: type[EventData]) -> frozenset[str]:
    schema = model.model_json_schema()
    objects = [schema, *schema.get("$defs", {}).values()]
    return frozenset(name for item in objects for name in item.get("properties", {}))
