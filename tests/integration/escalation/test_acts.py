"""What people do, over HTTP: repeats, versions, refusals, and what is not well formed."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx
import pytest

from shared.messaging.event_log import EventLog
from tests.integration.escalation.district import (
    DAYS,
    at,
    attendance,
    calendar,
    close,
    mark,
    roster,
    state,
    student,
    three_days,
    types,
)

pytestmark = pytest.mark.db


@pytest.fixture(autouse=True)
async def known(log: EventLog) -> None:
    """Ana had three days and is at level 1."""
    await roster(log, calendar(), student())
    await attendance(log, *three_days(), close(10, DAYS[3]))


def contact(**changes: Any) -> dict[str, Any]:
    when = at(DAYS[5]).isoformat()
    said = {"at": when, "by": "clerk", "kind": "contact", "channel": "phone", "outcome": "voicemail"}
    return {"id": str(uuid4()), **said, **changes}


def decision(**changes: Any) -> dict[str, Any]:
    said = {
        "at": at(DAYS[5]).isoformat(),
        "by": "principal",
        "kind": "act",
        "do": "refer_to_sarb",
        "reason": "a reason",
    }
    return {"id": str(uuid4()), **said, **changes}


async def act(staff: httpx.AsyncClient, body: dict[str, Any], name: str = "ana", **headers: str) -> httpx.Response:
    return await staff.post(f"/v1/districts/d/pupils/{name}/acts", json=body, headers=headers)


async def version(staff: httpx.AsyncClient) -> int:
    answer = await staff.get("/v1/districts/d/pupils/ana")
    assert answer.headers["ETag"] == f'"{answer.json()["version"]}"'
    return int(answer.json()["version"])


async def test_an_act_counts_once_and_the_next_close_sees_it(log: EventLog, staff: httpx.AsyncClient) -> None:
    for number in (4, 5):
        await attendance(log, mark(number, DAYS[number]), close(100 + number, DAYS[number]))
    body = contact(at=at(DAYS[6]).isoformat())
    first, again = await act(staff, body), await act(staff, body)
    assert (first.status_code, first.json()["events"]) == (201, ["contact.logged"])
    assert (again.status_code, again.json()) == (200, first.json())
    assert not (await state(log))["habitual"]
    await attendance(log, close(200, DAYS[7]))
    assert (await state(log))["habitual"]
    assert (await types(log)).count("contact.logged") == 1


async def test_an_act_sent_twice_at_once_counts_once(log: EventLog, staff: httpx.AsyncClient) -> None:
    body = contact()
    answers = await asyncio.gather(*(act(staff, body) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]
    assert (await types(log)).count("contact.logged") == 1


async def test_an_act_without_a_time_may_come_again_later(staff: httpx.AsyncClient) -> None:
    body = {name: value for name, value in contact().items() if name != "at"}
    assert [(await act(staff, body)).status_code for _ in range(2)] == [201, 200]


async def test_a_refused_act_is_refused_again_with_the_same_words(log: EventLog, staff: httpx.AsyncClient) -> None:
    body = decision()
    first, again = await act(staff, body), await act(staff, body)
    assert first.status_code == again.status_code == 409
    assert (
        first.json() == again.json() == {"detail": "level_3 is not proposed; proposed is: none", "problem": "refused"}
    )
    assert (await types(log)).count("act.refused") == 1


async def test_an_id_belongs_to_one_act_of_one_pupil(log: EventLog, staff: httpx.AsyncClient) -> None:
    await roster(log, student("ben"))
    body = contact()
    await act(staff, body)
    for name, other in (("ana", {**body, "outcome": "reached"}), ("ben", body)):
        answer = await act(staff, other, name)
        assert (answer.status_code, answer.json()["problem"]) == (409, "id_used")
        assert f"the id {body['id']} was used for another act" in answer.json()["detail"]


async def test_the_version_goes_up_with_each_change_of_the_case_and_not_with_a_close_that_passes(
    log: EventLog, staff: httpx.AsyncClient
) -> None:
    assert await version(staff) == 1
    await act(staff, contact())
    assert await version(staff) == 2
    await attendance(log, mark(6, DAYS[5], status="present", excuse=None), close(101, DAYS[6]))
    assert await version(staff) == 2
    await act(staff, decision())
    assert await version(staff) == 2
    await attendance(log, mark(7, DAYS[7]), close(102, DAYS[7]))
    assert await version(staff) == 3


async def test_an_act_on_an_older_version_is_told_what_happened_since(log: EventLog, staff: httpx.AsyncClient) -> None:
    seen = await version(staff)
    await attendance(log, mark(7, DAYS[7]), close(102, DAYS[7]))
    body = contact(at=at(DAYS[8]).isoformat())
    for named, headers in ({"expected_version": seen}, {}), ({}, {"If-Match": f'"{seen}"'}):
        stale = await act(staff, {**body, **named}, **headers)
        assert stale.status_code == 409
        answer = stale.json()
        assert (answer["problem"], answer["version"]) == ("stale_version", seen + 1)
        assert answer["detail"] == f"the case of pupil ana is at version {seen + 1} now, not {seen}"
        told = [change["what"] for change in answer["changed"]]
        assert told == ["truancy.occasion.counted", "truancy.report.issued"]
        assert answer["changed"][0]["text"] == f"{DAYS[7].day} {DAYS[7]:%b %Y} counts as an occasion of truancy"
    assert "contact.logged" not in await types(log)
    fresh = await act(staff, {**body, "expected_version": seen + 1})
    assert (fresh.status_code, fresh.headers["ETag"]) == (201, f'"{seen + 2}"')


async def test_of_two_who_saw_the_same_version_one_acts(staff: httpx.AsyncClient) -> None:
    seen = await version(staff)
    answers = await asyncio.gather(*(act(staff, contact(expected_version=seen)) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (contact(outcome="thrilled"), "outcome"),
        (contact(kind="telepathy"), "kind"),
        (contact(unheard="of"), "unheard"),
        (contact(by=" "), "by"),
        (contact(at="2999-01-01T00:00:00Z"), "future"),
        (contact(expected_version="three"), "expected_version"),
        (contact(expected_version=-1), "expected_version"),
        (decision(reason=None), "reason"),
        (decision(reason="  "), "reason"),
    ],
)
async def test_what_is_not_well_formed_is_named(staff: httpx.AsyncClient, body: dict[str, Any], word: str) -> None:
    answer = await act(staff, body)
    assert answer.status_code == 422
    assert word in answer.json()["detail"]


async def test_an_if_match_that_is_no_etag_is_named(staff: httpx.AsyncClient) -> None:
    answer = await act(staff, contact(), **{"If-Match": "latest"})
    assert answer.status_code == 422
    assert "If-Match" in answer.json()["detail"]


async def test_an_act_about_an_unknown_pupil_is_not_found_by_name(staff: httpx.AsyncClient) -> None:
    answer = await act(staff, contact(), "nobody")
    assert answer.status_code == 404
    assert answer.json()["detail"] == "the roster of d does not know pupil nobody"


async def test_nothing_is_taken_without_the_staff_token(staff: httpx.AsyncClient) -> None:
    assert (await act(staff, contact(), Authorization="Bearer wrong")).status_code == 401
