"""Marks over HTTP: one answer per record, one event per accepted statement."""

from typing import Any

import pytest

from tests.integration.ingest.conftest import Ingest

pytestmark = pytest.mark.db
MONDAY, TUESDAY = "2025-09-08", "2025-09-09"


def absent(day: str = MONDAY, student: str = "ana", excuse: str = "unexcused", **more: Any) -> dict[str, Any]:
    return {"student": student, "school": "north", "day": day, "status": "absent", "excuse": excuse, **more}


def outcomes(answers: list[dict[str, Any]]) -> list[str]:
    return [answer["outcome"] for answer in answers]


async def test_an_accepted_mark_is_an_event_with_the_receipt_as_its_id(ingest: Ingest) -> None:
    await ingest.calendar(MONDAY)
    [answer] = await ingest.marks(absent(recorded_by="office"))
    [event] = await ingest.said("attendance.mark.recorded")
    assert answer["outcome"] == "accepted"
    assert event["id"] == answer["receipt"]
    assert (event["student"], event["status"], event["excuse"], event["rev"]) == ("ana", "absent", "unexcused", 0)
    assert event["known_at"] == "2025-09-08T09:00:00-07:00"
    assert (event["source"], event["recorded_by"]) == ("api", "office")


async def test_one_bad_record_does_not_spoil_the_rest(ingest: Ingest) -> None:
    await ingest.calendar(MONDAY)
    answers = await ingest.marks(
        absent(),
        {"student": "bob"},
        absent(student="cyd", surprise=1),
        absent(student="dan", excuse="sleepy"),
        {"student": "eve", "school": "north", "day": MONDAY, "status": "absent"},
        "nonsense",  # type: ignore[arg-type]
        absent(student="fay", id="77"),
    )
    assert outcomes(answers) == ["accepted", *["rejected"] * 5, "accepted"]
    assert [answer.get("field") for answer in answers] == [
        None,
        "school",
        "surprise",
        "excuse",
        "excuse",
        "record",
        None,
    ]
    assert len(await ingest.said("attendance.mark.recorded")) == 2


async def test_the_same_batch_again_changes_nothing(ingest: Ingest) -> None:
    await ingest.calendar(MONDAY)
    batch = [absent(), absent(student="bob", id="7"), absent(student="cyd", rev=3), absent("2025-09-13", "dan")]
    first = await ingest.marks(*batch)
    second = await ingest.marks(*batch)
    assert outcomes(first) == ["accepted", "accepted", "accepted", "parked"]
    assert outcomes(second) == ["duplicate", "duplicate", "duplicate", "parked"]
    assert [answer["receipt"] for answer in first] == [answer["receipt"] for answer in second]
    assert len(await ingest.said("attendance.mark.recorded")) == 3


async def test_the_later_statement_without_a_revision_outranks_the_earlier(ingest: Ingest) -> None:
    await ingest.calendar(MONDAY)
    await ingest.marks(absent(rev=4))
    await ingest.marks(absent(excuse="excused", reason="ILL"))
    first, second = await ingest.said("attendance.mark.recorded")
    assert (second["rev"], second["excuse"]) == (4, "excused")
    assert (second["rev"], second["sequence"]) > (first["rev"], first["sequence"])


async def test_a_lower_revision_is_history_and_a_used_one_with_other_content_is_its_later_word(ingest: Ingest) -> None:
    await ingest.calendar(MONDAY)
    answers = await ingest.marks(absent(excuse="excused", rev=5), absent(rev=2), absent(rev=5), absent(rev=2))
    assert outcomes(answers) == ["accepted", "accepted", "accepted", "duplicate"]


async def test_an_id_used_for_other_content_is_refused(ingest: Ingest) -> None:
    await ingest.calendar(MONDAY, TUESDAY)
    answers = await ingest.marks(absent(id="1"), absent(id="1", excuse="excused"), absent(TUESDAY, id="1"))
    assert outcomes(answers) == ["accepted", "rejected", "rejected"]


async def test_a_retraction_takes_the_mark_back_once(ingest: Ingest) -> None:
    await ingest.calendar(MONDAY)
    retract = {"student": "ana", "school": "north", "day": MONDAY, "retract": True}
    answers = await ingest.marks(retract, absent(), retract, retract, absent())
    assert outcomes(answers) == ["rejected", "accepted", "accepted", "duplicate", "accepted"]
    said = await ingest.said("attendance.mark.recorded", "attendance.mark.retracted")
    assert [event["type"].split(".")[-1] for event in said] == ["recorded", "retracted", "recorded"]
    assert [event["sequence"] for event in said] == sorted(event["sequence"] for event in said)


async def test_marks_wait_for_their_calendar_and_are_known_when_it_comes(ingest: Ingest) -> None:
    answers = await ingest.marks(absent(), absent(TUESDAY))
    assert outcomes(answers) == ["parked", "parked"]
    assert (await ingest.ask("GET", "/v1/parked"))["counts"] == {"no_calendar": 2}
    answer = await ingest.calendar(MONDAY, at="2025-09-10T10:00:00-07:00")
    assert answer == {
        "school": "north",
        "school_year": "2025-2026",
        "revision": 1,
        "changed": True,
        "released": 1,
    }
    [event] = await ingest.said("attendance.mark.recorded")
    assert event["id"] == answers[0]["receipt"]
    assert event["known_at"] == "2025-09-10T10:00:00-07:00"
    parked = await ingest.ask("GET", "/v1/parked?student=ana")
    assert parked["counts"] == {"not_instructional": 1}
    assert parked["parked"][0]["receipt"] == answers[1]["receipt"]


async def test_an_unmapped_code_waits_for_the_code_table(ingest: Ingest) -> None:
    await ingest.calendar(MONDAY)
    coded = {"student": "ana", "school": "north", "day": MONDAY, "code": "W"}
    [first] = await ingest.marks(coded)
    assert (first["outcome"], first["reason"]) == ("parked", "unmapped_code")
    table = {"codes": {"W": {"status": "tardy", "excuse": "unexcused", "minutes": 31}, "P": None}}
    assert await ingest.ask("PUT", "/v1/codes", table, 200) == {"changed": True, "version": 1, "released": 1}
    assert (await ingest.ask("PUT", "/v1/codes", table, 200))["changed"] is False
    [event] = await ingest.said("attendance.mark.recorded")
    assert (event["status"], event["minutes"], event["code"]) == ("tardy", 31, "W")
    [again, partial] = await ingest.marks(coded, coded | {"student": "bob", "code": "P"})
    assert again["outcome"] == "duplicate"
    assert partial["reason"] == "cannot_be_judged"
    receipt = await ingest.ask("GET", f"/v1/receipts/{first['receipt']}")
    assert (receipt["state"], receipt["meaning"]["minutes"]) == ("accepted", 31)


async def test_a_later_word_makes_a_parked_one_moot(ingest: Ingest) -> None:
    await ingest.calendar(MONDAY)
    await ingest.marks({"student": "ana", "school": "north", "day": MONDAY, "code": "?"}, absent())
    assert (await ingest.ask("GET", "/v1/parked"))["counts"] == {}
    await ingest.ask("PUT", "/v1/codes", {"codes": {"?": {"status": "present"}}}, 200)
    assert [event["status"] for event in await ingest.said("attendance.mark.recorded")] == ["absent"]


async def test_a_batch_of_five_thousand(ingest: Ingest) -> None:
    await ingest.calendar(MONDAY)
    batch = [absent(student=f"pupil-{number}") for number in range(5000)]
    assert set(outcomes(await ingest.marks(*batch))) == {"accepted"}
    assert len(await ingest.said("attendance.mark.recorded")) == 5000
    refused = await ingest.ask("POST", "/v1/marks", {"records": [*batch, absent()]}, 422)
    assert refused["errors"][0]["field"] == "records"
