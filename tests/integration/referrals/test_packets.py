"""From events to a packet in the database, and to the next version of it."""

import asyncio
from datetime import timedelta
from typing import Any

import asyncpg
import orjson
import pytest

from services.referrals.manifest import sha256, verify
from services.referrals.store_cases import packet
from shared.contracts import ladder
from shared.contracts.roster import Guardian
from tests.integration.referrals.conftest import Referrals
from tests.unit.referrals.history import CASE, PROPOSED, UNEXCUSED, at, history, mark, report_id, step, student

pytestmark = pytest.mark.db


async def current(referrals: Referrals) -> asyncpg.Record:
    async with referrals.pool.acquire() as connection:
        found = await packet(connection, CASE.id)
    assert found is not None
    return found


async def case(referrals: Referrals) -> dict[str, Any]:
    return dict(await referrals.pool.fetchrow("SELECT * FROM referral_case") or {})


def correction(known_after: int = 3) -> Any:
    """The school excuses the last occasion, some days after the proposal."""
    known = at(PROPOSED + timedelta(known_after), 9)
    return mark(UNEXCUSED[-1], "absent", "excused", sequence=5000, known=known, reason="ILL")


async def test_a_proposal_becomes_a_draft_packet_whose_hashes_verify(referrals: Referrals) -> None:
    await referrals.take_all(history())
    await referrals.assembler.round()
    found = await current(referrals)
    assert found["version"] == 1
    assert found["pdf"].startswith(b"%PDF-")
    assert verify(found["manifest"], found["contents"], found["pdf"], found["manifest_sha256"]) == []
    [told] = await referrals.told()
    assert told["type"] == "packet.assembled"
    assert told["body"]["manifest_sha256"] == sha256(found["manifest"])
    assert told["body"]["missing"] == [
        "referral_form",
        "sarb_determination",
        "declarations",
        "disability",
        "disclosure",
    ]


async def test_nothing_is_assembled_twice(referrals: Referrals) -> None:
    for _ in range(2):
        await referrals.take_all(history())
        await referrals.assembler.round()
    assert (await current(referrals))["version"] == 1
    assert len(await referrals.told()) == 1


async def test_two_processes_assemble_one_packet(referrals: Referrals) -> None:
    await referrals.take_all(history())
    await asyncio.gather(*(referrals.assembler.round() for _ in range(4)))
    assert await referrals.pool.fetchval("SELECT count(*) FROM packet") == 1
    assert len(await referrals.told()) == 1


async def test_a_case_says_what_it_waits_for_and_goes_on_when_it_is_there(referrals: Referrals) -> None:
    whole = history()
    await referrals.take("ladder.v1", whole.ladder)
    await referrals.assembler.round()
    assert (await case(referrals))["waiting_for"] == ["the calendar of the pupil's school"]
    await referrals.take("roster.v1", whole.calendars)
    await referrals.assembler.round()
    assert (await case(referrals))["waiting_for"] == ["the close of the school day on which the proposal rests"]
    await referrals.take("attendance.v1", whole.closes)
    await referrals.assembler.round()
    assert (await case(referrals))["waiting_for"] == ["the pupil's entry in the roster"]
    await referrals.take("roster.v1", [whole.student])
    await referrals.assembler.round()
    assert (await case(referrals))["waiting_for"] == [
        "3 attendance marks that the proposal names",
        "marks of 3 days that the proposal names",
    ]
    assert (await case(referrals))["state"] == "waiting"
    await referrals.take("attendance.v1", whole.marks)
    await referrals.assembler.round()
    assert (await case(referrals))["state"] == "draft"
    assert (await current(referrals))["version"] == 1


async def test_a_correction_of_a_listed_day_supersedes_the_packet(referrals: Referrals) -> None:
    await referrals.take_all(history())
    await referrals.assembler.round()
    first = await current(referrals)
    await referrals.take("attendance.v1", [correction()])
    await referrals.assembler.round()
    second = await current(referrals)
    assert second["version"] == 2
    assert orjson.loads(second["manifest"])["supersedes"] == first["manifest_sha256"]
    assert orjson.loads(second["manifest"])["checks"]["worksheet"] is False
    told = await referrals.told()
    assert [event["type"] for event in told] == ["packet.assembled", "packet.superseded", "packet.assembled"]
    assert told[1]["body"]["version"] == 1
    assert "Record of attendance" in told[1]["body"]["reason"]
    kept = await referrals.pool.fetchrow("SELECT pdf, superseded FROM packet WHERE version = 1")
    assert kept is not None
    assert kept["pdf"] == first["pdf"]
    assert kept["superseded"] == told[1]["body"]["reason"]


async def test_a_voided_report_supersedes_the_packet(referrals: Referrals) -> None:
    await referrals.take_all(history())
    await referrals.assembler.round()
    voided = step(ladder.ReportVoided, at(PROPOSED + timedelta(3)), report=report_id(2))
    await referrals.take("ladder.v1", [voided])
    await referrals.assembler.round()
    assert (await current(referrals))["version"] == 2


async def test_ordinary_days_after_the_proposal_change_nothing(referrals: Referrals) -> None:
    await referrals.take_all(history())
    await referrals.assembler.round()
    later = PROPOSED + timedelta(3)
    await referrals.take("attendance.v1", [mark(later, "absent", "unexcused", sequence=6000)])
    await referrals.take("ladder.v1", [step(ladder.OccasionCounted, at(later), later, day=later, full_day=True)])
    await referrals.take("roster.v1", [student(revision=2, guardians=_new_phones())])
    await referrals.assembler.round()
    assert (await current(referrals))["version"] == 1
    await referrals.assembler.round()
    assert len(await referrals.told()) == 1


def _new_phones() -> tuple[Guardian, ...]:
    return tuple(one.model_copy(update={"phone": "+14085550123"}) for one in student().data.guardians)


async def test_a_case_closed_by_a_person_gets_no_new_version(referrals: Referrals) -> None:
    await referrals.take_all(history())
    await referrals.assembler.round()
    closed = step(
        ladder.ActRecorded, at(PROPOSED + timedelta(1)), do="reject_enforcement", reason="attendance improved"
    )
    await referrals.take("ladder.v1", [closed])
    await referrals.take("attendance.v1", [correction()])
    await referrals.assembler.round()
    assert (await case(referrals))["state"] == "closed"
    assert (await current(referrals))["version"] == 1


async def test_a_declined_case_says_what_to_put_right_and_comes_back_only_with_a_new_proposal(
    referrals: Referrals,
) -> None:
    """S23: no proof of service of the SARB notice."""
    await referrals.take_all(history())
    await referrals.assembler.round()
    day = PROPOSED + timedelta(11)
    answer = step(ladder.ActRecorded, at(day, 10), do="da.declined", reason="missing_service_proof")
    for _ in range(2):
        await referrals.take("ladder.v1", [answer])
        await referrals.assembler.round()
    found = await case(referrals)
    assert (found["state"], found["version"]) == ("declined", 1)
    assert found["waiting_for"][0].startswith("Serve the SARB notice again")
    [told] = [event["body"] for event in await referrals.told() if event["type"] == "da.declined"]
    assert told["copies"] == ["sarb_chair", "district"]
    assert (told["version"], told["tasks"]) == (1, found["waiting_for"])
    second = step(ladder.ActRecorded, at(day, 11), do="da.declined", reason="resources")
    await referrals.take("ladder.v1", [second])
    await referrals.assembler.round()
    assert [event["body"]["reason"] for event in (await referrals.told())[1:]] == ["missing_service_proof", "resources"]
    served = ({"to": "parent", "method": "certified", "posted": "2026-02-11"},)
    again = step(ladder.MeetingScheduled, at(day, 12), kind="sarb", form="individual", date=day, served=served)
    await referrals.take("ladder.v1", [again])
    await referrals.assembler.round()
    assert (await case(referrals))["version"] == 1
    assert [event["type"] for event in await referrals.told()] == ["packet.assembled", "da.declined", "da.declined"]
    await referrals.take("ladder.v1", [step(ladder.EnforcementProposed, at(day + timedelta(7)), *UNEXCUSED[-3:])])
    await referrals.assembler.round()
    assert ((await case(referrals))["state"], (await current(referrals))["version"]) == ("draft", 2)
    assert "Serve" not in str((await case(referrals))["waiting_for"])


async def test_a_packet_says_which_checks_it_does_not_pass(referrals: Referrals) -> None:
    await referrals.take_all(history())
    await referrals.assembler.round()
    [told] = await referrals.told()
    assert told["body"]["unmet"] == ["basis"]
    unmet = [name for name, met in orjson.loads((await current(referrals))["manifest"])["checks"].items() if not met]
    assert unmet == told["body"]["unmet"]


async def test_a_name_that_no_font_can_print_stops_only_its_own_case(referrals: Referrals) -> None:
    whole = history()
    await referrals.take_all(whole)
    await referrals.take("roster.v1", [student(revision=2, given_name="李")])
    await referrals.assembler.round()
    assert "letters that no font has" in (await case(referrals))["waiting_for"][0]
    assert await referrals.pool.fetchval("SELECT count(*) FROM packet") == 0


async def test_thousands_of_marks_are_kept_at_once_and_once(referrals: Referrals) -> None:
    marks = list(history().marks)
    many = [*marks * 20]
    for _ in range(2):
        await referrals.take("attendance.v1", many)
    assert await referrals.pool.fetchval("SELECT count(*) FROM mark_statement") == len(marks)
    assert (
        await referrals.pool.fetchval(
            "SELECT count(*) FROM mark_statement WHERE excuse = 'excused' AND code IS NOT NULL"
        )
        == 0
    )


async def test_any_order_of_batches_gives_the_same_bytes(referrals: Referrals) -> None:
    whole = history()
    batches = [
        ("notices.v1", whole.notices[::-1]),
        ("ladder.v1", whole.ladder[::-1]),
        ("attendance.v1", (*whole.closes, *whole.marks)[::-1]),
        ("roster.v1", (whole.student, *whole.calendars)),
        ("ladder.v1", whole.ladder),
    ]
    for topic, events in batches:
        await referrals.take(topic, events)
    await referrals.assembler.round()
    mixed = await current(referrals)
    await referrals.pool.execute(
        "TRUNCATE mark_statement, closed_day, student, calendar, pupil_event, referral_case CASCADE"
    )
    await referrals.take_all(whole)
    await referrals.assembler.round()
    in_order = await current(referrals)
    assert [mixed[key] for key in ("contents", "manifest", "pdf")] == [
        in_order[key] for key in ("contents", "manifest", "pdf")
    ]
