"""Dead letters: a foreign record kept byte for byte, with the reason beside it. Pure."""

from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson

from shared.contracts.envelope import derived_id
from shared.contracts.topics import dead_letter_topic
from shared.messaging.decoder import Dead, Record

Headers = Sequence[tuple[str, bytes | None]]


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record that the group could not handle, and why."""

    record: Record
    group: str
    why: Dead

    @property
    def topic(self) -> str:
        return dead_letter_topic(self.record.topic)

    @property
    def id(self) -> UUID:
        """The same for the same record read again; another one after a broker without memory was filled anew."""
        record = self.record
        content = sha256(b"\0".join([record.key or b"", record.value or b"", pack(record.headers)])).hexdigest()
        return derived_id("dead", self.group, record.topic, record.partition, record.offset, record.timestamp, content)

    def headers(self) -> dict[str, str]:
        """Header values are text on the way out, so the original headers travel packed."""
        record = self.record
        return {
            "original-topic": record.topic,
            "original-partition": str(record.partition),
            "original-offset": str(record.offset),
            "original-timestamp": str(record.timestamp),
            "original-headers": pack(record.headers).decode(),
            "original-value": "null" if record.value is None else "bytes",
            "group": self.group,
            "error-class": self.why.error_class,
            "reason": self.why.reason,
        }


def pack(headers: Headers) -> bytes:
    """Any headers, repeated names, nulls and bytes that are no text included, as JSON."""
    return orjson.dumps([[name, None if value is None else b64encode(value).decode()] for name, value in headers])


def unpack(packed: str | bytes) -> list[tuple[str, bytes | None]]:
    pairs: list[tuple[str, Any]] = orjson.loads(packed)
    return [(name, None if value is None else b64decode(value)) for name, value in pairs]
