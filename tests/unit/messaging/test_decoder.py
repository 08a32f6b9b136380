"""Whatever a record holds, the decoder says what it is or why it is nothing; and it never quotes what it read."""

from datetime import timedelta

import pytest

from shared.contracts.attendance import DayClosed, MarkRecorded
from shared.contracts.envelope import Event
from shared.contracts.topics import LADDER
from shared.messaging.decoder import Dead, decode
from tests.unit.messaging.examples import NOON, KafkaRecord, closed, event, headers_of, mark, record_of

BOTH = (MarkRecorded, DayClosed)


def reason(record: KafkaRecord) -> str:
    dead = decode(record, BOTH)
    assert isinstance(dead, Dead)
    return dead.reason


def test_a_good_record_is_its_event() -> None:
    given = event(mark(7))
    assert decode(record_of(given), BOTH) == given


def test_the_traceparent_comes_along() -> None:
    decoded = decode(record_of(event(), traceparent=b"00-1-2-01"), BOTH)
    assert isinstance(decoded, Event)
    assert decoded.traceparent == "00-1-2-01"


@pytest.mark.parametrize("garbage", [None, b"", b"\xff"])
def test_a_traceparent_that_is_garbage_loses_the_trace_but_not_the_event(garbage: bytes | None) -> None:
    given = event()
    assert decode(record_of(given, traceparent=garbage), BOTH) == given


def test_a_time_keeps_its_instant_whatever_its_offset() -> None:
    decoded = decode(record_of(event(), ce_time=b"2025-09-08T05:00:00-07:00"), BOTH)
    assert isinstance(decoded, Event)
    assert decoded.time == NOON
    assert decoded.time.utcoffset() == timedelta(hours=-7)


def test_a_known_type_that_nobody_wants_is_skipped_with_its_body_unread() -> None:
    given = event(closed())
    assert decode(KafkaRecord(b"no JSON", list(headers_of(given).items())), (MarkRecorded,)) is None


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"ce_type": None}, "header ce_type is null"),
        ({"ce_type": b""}, "header ce_type is empty"),
        ({"ce_type": b"\xff\xfe"}, "header ce_type is not UTF-8"),
        ({"ce_type": b"no.such.type"}, "header ce_type names no known type"),
        ({"ce_id": b"17"}, "header ce_id is not a UUID"),
        ({"ce_id": b"\x00\xff"}, "header ce_id is not UTF-8"),
        ({"ce_time": b"yesterday"}, "header ce_time is not an ISO 8601 time"),
        ({"ce_time": b"2025-09-08T12:00:00"}, "header ce_time has no UTC offset"),
        ({"ce_source": None}, "header ce_source is null"),
        ({"ce_specversion": b"0.3"}, "header ce_specversion is not 1.0"),
        ({"ce_specversion": None}, "header ce_specversion is not 1.0"),
    ],
)
def test_a_bad_header_is_named(changed: dict[str, bytes | None], expected: str) -> None:
    headers = {**headers_of(event()), **changed}
    assert reason(KafkaRecord(b"{}", list(headers.items()))) == expected


def test_a_missing_header_is_named() -> None:
    pairs = [(name, value) for name, value in headers_of(event()).items() if name != "ce_id"]
    assert reason(KafkaRecord(b"{}", pairs)) == "header ce_id is missing"


def test_no_headers_at_all() -> None:
    assert reason(KafkaRecord(b"{}", [])) == "header ce_specversion is not 1.0"


def test_a_header_of_ours_that_is_there_twice_is_not_guessed_at() -> None:
    pairs = list(headers_of(event()).items())
    assert reason(KafkaRecord(b"{}", [*pairs, ("ce_id", b"x")])) == "a ce_ header is there more than once"


def test_foreign_headers_do_not_matter_not_even_twice_or_as_garbage() -> None:
    given = event()
    pairs = [*headers_of(given).items(), ("trace", b"\xff"), ("trace", None)]
    assert decode(KafkaRecord(given.data.model_dump_json().encode(), pairs), BOTH) == given


def test_a_type_of_another_topic_is_refused() -> None:
    record = record_of(event())
    assert reason(KafkaRecord(record.value, record.headers, topic=LADDER)) == (
        "type attendance.mark.recorded does not belong on this topic"
    )


def test_a_null_value_is_dead() -> None:
    assert decode(KafkaRecord(None, list(headers_of(event()).items())), BOTH) == Dead("NullValue", "the value is null")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", "body: json_invalid"),
        (b"{", "body: json_invalid"),
        (b"\xff", "body: json_invalid"),
        (b"null", "body: model_type"),
        (b"[1]", "body: model_type"),
    ],
)
def test_a_body_that_is_no_object_is_dead(body: bytes, expected: str) -> None:
    assert reason(KafkaRecord(body, list(headers_of(event()).items()))) == expected


def test_the_reason_names_fields_and_errors_but_no_value() -> None:
    given = event()
    body = given.data.model_dump_json().replace('"absent"', '"Ana Example is ill"').replace('"rev":0', '"rev":-1')
    said = reason(KafkaRecord(body.encode(), list(headers_of(given).items())))
    assert said == "rev: greater_than_equal; status: literal_error"


def test_an_unknown_field_is_an_error_and_its_name_is_not_repeated() -> None:
    given = event()
    body = given.data.model_dump_json().replace('"rev"', '"Ana Example":1,"rev"')
    assert reason(KafkaRecord(body.encode(), list(headers_of(given).items()))) == "?: extra_forbidden"


def test_many_errors_are_counted() -> None:
    said = reason(KafkaRecord(b"{}", list(headers_of(event()).items())))
    assert said.endswith("and 4 more")
