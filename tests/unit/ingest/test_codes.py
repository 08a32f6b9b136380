"""What is said, and what it means."""

import pytest

from services.ingest.codes import Meaning, Said, contradiction, judge, table_from_json, table_to_json
from services.ingest.edfi.vocabulary import ATTENDANCE, language

TABLE = {"U": Meaning("absent", "unexcused"), "W": Meaning("tardy", "unexcused", 31), "P": None}


@pytest.mark.parametrize(
    ("said", "meaning"),
    [
        (Said(code="U"), Meaning("absent", "unexcused")),
        (Said(code="W"), Meaning("tardy", "unexcused", 31)),
        (Said(code="W", minutes=45), Meaning("tardy", "unexcused", 45)),
        (Said(code="X"), "unmapped_code"),
        (Said(code="u"), "unmapped_code"),
        (Said(code="P"), "cannot_be_judged"),
        (Said(status="absent", excuse="excused", reason="ILL", code="X"), Meaning("absent", "excused", None, "ILL")),
    ],
)
def test_judge(said: Said, meaning: Meaning | str) -> None:
    assert judge(said, TABLE) == meaning


@pytest.mark.parametrize(
    ("said", "field"),
    [
        (Said(), "status"),
        (Said(status="absent"), "excuse"),
        (Said(status="present", excuse="excused"), "excuse"),
        (Said(status="present", minutes=5), "minutes"),
        (Said(code="U", excuse="excused"), "excuse"),
        (Said(retract=True, status="absent"), "status"),
        (Said(retract=True, code="U"), "code"),
        (Said(status="tardy"), None),
        (Said(status="absent", excuse="unverified", suspension="iss"), None),
        (Said(code="U", minutes=3), None),
        (Said(retract=True), None),
    ],
)
def test_contradiction(said: Said, field: str | None) -> None:
    found = contradiction(said)
    assert (found and found[0]) == field


def test_a_table_and_what_was_said_survive_json() -> None:
    assert table_from_json(table_to_json(TABLE)) == TABLE
    for said in (Said(code="W", minutes=45), Said(retract=True), Said(status="absent", excuse="excused", reason="ILL")):
        assert Said.from_json(said.to_json()) == said


@pytest.mark.parametrize(
    ("category", "meaning"),
    [
        ("Excused Absence", Meaning("absent", "excused")),
        ("Unexcused Absence", Meaning("absent", "unexcused")),
        ("Tardy", Meaning("tardy")),
        ("Early departure", Meaning("left_early")),
        ("In Attendance", Meaning("present")),
        ("Present", Meaning("present")),
        ("Partial", "cannot_be_judged"),
        ("Elsewhere", "unmapped_code"),
    ],
)
def test_what_ed_fi_categories_mean(category: str, meaning: Meaning | str) -> None:
    assert judge(Said(code=f"uri://ed-fi.org/AttendanceEventCategoryDescriptor#{category}"), ATTENDANCE) == meaning


def test_languages() -> None:
    names = ("spa", "es", "vie", "hmn", "Klingon", "")
    assert [language(f"uri://ed-fi.org/LanguageDescriptor#{name}") for name in names] == [
        "es",
        "es",
        "vi",
        "hmn",
        "und",
        "und",
    ]
