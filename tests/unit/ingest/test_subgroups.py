"""Subgroups of a student: closed codes, each once; a snapshot without any looks as it did before there were any."""

from typing import Any

import pytest

from services.ingest.records import Fault, StudentRecord, read

STUDENT: dict[str, Any] = {
    "id": "ana",
    "given_name": "Sample",
    "family_name": "Pupil",
    "birth_date": "2010-03-02",
    "enrolments": [{"school": "north", "entered": "2025-08-18"}],
}


def test_subgroups_are_kept_in_one_order() -> None:
    record = read(StudentRecord, {**STUDENT, "subgroups": ["english_learner", "RH"]})
    assert isinstance(record, StudentRecord)
    assert record.snapshot()["subgroups"] == ["RH", "english_learner"]


def test_no_subgroups_leave_no_trace() -> None:
    record = read(StudentRecord, STUDENT)
    assert isinstance(record, StudentRecord)
    assert "subgroups" not in record.snapshot()
    assert record.snapshot() == read(StudentRecord, {**STUDENT, "subgroups": []}).snapshot()  # type: ignore[union-attr]


@pytest.mark.parametrize("named", [["gifted"], ["RH", "RH"], "RH", [None]])
def test_what_is_no_subgroup_is_refused(named: Any) -> None:
    fault = read(StudentRecord, {**STUDENT, "subgroups": named})
    assert isinstance(fault, Fault)
    assert fault.field.startswith("subgroups")
