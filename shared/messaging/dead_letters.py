"""Reading `<topic>.dlq`, and sending its records to where they came from once the fault is mended."""

from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition

from shared.contracts.topics import dead_letter_topic
from shared.messaging.letters import Headers, unpack

POLL_MS = 500


class NoSuchLetter(Exception):
    """No dead letter has this position, or the record cannot be sent. It says which."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter as read back. `position` names it within its topic; `key`, `value` and `headers` are the original's."""

    position: int
    buried_at: datetime
    group: str
    error_class: str
    reason: str
    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers


async def list_letters(bootstrap: str, topic: str) -> list[Letter]:
    """All dead letters of `topic` (the original one), oldest first. Raises KafkaError."""
    async with _reader(bootstrap, dead_letter_topic(topic)) as consumer:
        return [_letter(record) async for record in _until_now(consumer)]


async def show_letter(bootstrap: str, topic: str, position: int) -> Letter:
    """Raises NoSuchLetter, KafkaError."""
    (letter,) = _chosen(await list_letters(bootstrap, topic), {position})
    return letter


async def replay_letters(bootstrap: str, topic: str, positions: Collection[int] | None = None) -> int:
    """Send the original records of all dead letters of `topic`, or of those at `positions`, to their topic again, byte for
    byte and in order. Returns how many. They stay in the dead letters, which are a record of what happened.

    Every group gets them; those that know the event already ignore it. Raises NoSuchLetter before anything is sent,
    KafkaError.
    """
    letters = await list_letters(bootstrap, topic)
    chosen = letters if positions is None else _chosen(letters, set(positions))
    for letter in chosen:
        if letter.key is None and letter.value is None:
            raise NoSuchLetter(f"the dead letter at {letter.position} has neither key nor value and cannot be sent")
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all") as producer:
        for letter in chosen:
            await producer.send_and_wait(letter.topic, letter.value, letter.key, headers=letter.headers)
    return len(chosen)


def _chosen(letters: list[Letter], positions: set[int]) -> list[Letter]:
    if missing := positions - {letter.position for letter in letters}:
        raise NoSuchLetter(f"no dead letter at {', '.join(map(str, sorted(missing)))}")
    return [letter for letter in letters if letter.position in positions]


def _reader(bootstrap: str, topic: str) -> AIOKafkaConsumer:
    """Of no group: it is given every partition, from the beginning."""
    return AIOKafkaConsumer(topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest")


async def _until_now(consumer: AIOKafkaConsumer) -> AsyncIterator[ConsumerRecord[Any, Any]]:
    ends: dict[TopicPartition, int] = await consumer.end_offsets(consumer.assignment())
    while any([await consumer.position(partition) < end for partition, end in ends.items()]):
        for records in (await consumer.getmany(timeout_ms=POLL_MS)).values():
            for record in records:
                yield record


def _letter(record: ConsumerRecord[Any, Any]) -> Letter:
    headers = {name: value.decode() for name, value in record.headers}
    return Letter(
        position=record.offset,
        buried_at=datetime.fromtimestamp(record.timestamp / 1000, UTC),
        group=headers["group"],
        error_class=headers["error-class"],
        reason=headers["reason"],
        topic=headers["original-topic"],
        partition=int(headers["original-partition"]),
        offset=int(headers["original-offset"]),
        key=record.key,
        value=None if headers["original-value"] == "null" else record.value,
        headers=unpack(headers["original-headers"]),
    )
