"""A dead letter keeps the foreign record byte for byte, and is the same letter when the record is read again."""

from dataclasses import replace

from shared.messaging.decoder import Dead
from shared.messaging.letters import DeadLetter, pack, unpack
from tests.unit.messaging.examples import KafkaRecord, event, record_of

STRANGE = [("a", None), ("a", b"\x00\xff"), ("", b""), ("ü", b"1"), ("ce_id", b"17")]


def letter(record: KafkaRecord) -> DeadLetter:
    return DeadLetter(record, "escalation.attendance", Dead("BadHeader", "header ce_id is not a UUID"))


def test_headers_come_back_as_they_were() -> None:
    assert unpack(pack(STRANGE)) == STRANGE


def test_it_says_where_the_record_was_and_why_it_is_dead() -> None:
    record = KafkaRecord(None, STRANGE, topic="attendance.v1", partition=3, offset=41, timestamp=1757332800000)
    assert letter(record).topic == "attendance.v1.dlq"
    assert letter(record).headers() == {
        "original-topic": "attendance.v1",
        "original-partition": "3",
        "original-offset": "41",
        "original-timestamp": "1757332800000",
        "original-headers": pack(STRANGE).decode(),
        "original-value": "null",
        "group": "escalation.attendance",
        "error-class": "BadHeader",
        "reason": "header ce_id is not a UUID",
    }


def test_the_same_record_read_again_is_the_same_letter() -> None:
    record = record_of(event())
    assert letter(record).id == letter(replace(record)).id


def test_another_record_or_another_group_is_another_letter() -> None:
    record = record_of(event())
    changed = [
        replace(record, offset=1),
        replace(record, partition=1),
        replace(record, timestamp=1),
        replace(record, value=None),
        replace(record, key=None),
        replace(record, headers=STRANGE),
    ]
    ids = {letter(item).id for item in [record, *changed]}
    ids.add(DeadLetter(record, "other", Dead("x", "y")).id)
    assert len(ids) == len(changed) + 2
