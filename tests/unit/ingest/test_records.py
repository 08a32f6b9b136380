"""Bad records name their field; nothing is coerced and nothing is ignored."""

from typing import Any

import pytest

from services.ingest.records import Fault, MarkRecord, read_mark

GOOD: dict[str, Any] = {
    "student": "ana",
    "school": "north",
    "day": "2025-09-08",
    "status": "absent",
    "excuse": "unexcused",
}


def test_a_good_record() -> None:
    record = read_mark({**GOOD, "period": 3, "rev": 0, "recorded_at": "2025-09-08T08:00:00-07:00"})
    assert isinstance(record, MarkRecord)
    assert record.statement("api").key == ("ana", record.day, 3)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"student": 7}, "student"),
        ({"student": ""}, "student"),
        ({"student": "a/b"}, "student"),
        ({"student": "x" * 65}, "student"),
        ({"student": "ana\n"}, "student"),
        ({"day": "2025-02-30"}, "day"),
        ({"day": "20250908"}, "day"),
        ({"day": 0}, "day"),
        ({"day": "2025-09-08T00:00:00"}, "day"),
        ({"period": "3"}, "period"),
        ({"period": 3.0}, "period"),
        ({"period": True}, "period"),
        ({"period": -1}, "period"),
        ({"minutes": 1441}, "minutes"),
        ({"rev": -1}, "rev"),
        ({"rev": 2**70}, "rev"),
        ({"status": "ABSENT"}, "status"),
        ({"reason": "FLU"}, "reason"),
        ({"retract": 1}, "retract"),
        ({"recorded_at": "2025-09-08T08:00:00"}, "recorded_at"),
        ({"recorded_at": 1757343600}, "recorded_at"),
        ({"recorded_by": "a\x00b"}, "recorded_by"),
        ({"Status": "absent"}, "Status"),
    ],
)
def test_a_bad_record_names_its_field(change: dict[str, Any], field: str) -> None:
    fault = read_mark({**GOOD, **change})
    assert isinstance(fault, Fault)
    assert fault.field == field


def test_a_fault_does_not_repeat_the_value() -> None:
    for field in ("student", "day", "status", "recorded_by", "recorded_at"):
        fault = read_mark({**GOOD, field: "Somebody\nInvented"})
        assert isinstance(fault, Fault)
        assert "Somebody" not in fault.reason


@pytest.mark.parametrize("value", [None, [], "x", 7])
def test_what_is_no_record(value: object) -> None:
    assert read_mark(value) == Fault("record", "Input should be a valid dictionary or instance of MarkRecord")
