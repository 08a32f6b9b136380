"""A meeting with several pupils is recorded for all of them or for none."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from shared.messaging.event_log import EventLog
from tests.integration.escalation.district import DAYS, at, attendance, calendar, close, mark, roster, student, types

pytestmark = pytest.mark.db


@pytest.fixture(autouse=True)
async def known(log: EventLog) -> None:
    """Ana and Ben had three days each and are at level 1."""
    await roster(log, calendar(), student(), student("ben"))
    days = [mark(number * 10 + day, DAYS[day], name) for number, name in enumerate(("ana", "ben")) for day in (1, 2, 3)]
    await attendance(log, *days, close(100, DAYS[3]))


def meeting(*pupils: str | dict[str, Any], **changes: Any) -> dict[str, Any]:
    named = [pupil if isinstance(pupil, dict) else {"student": pupil} for pupil in pupils]
    when = at(DAYS[5]).isoformat()
    return {
        "id": str(uuid4()),
        "at": when,
        "by": "liaison",
        "kind": "sart",
        "status": "held",
        "pupils": named,
        **changes,
    }


async def hold(staff: httpx.AsyncClient, body: dict[str, Any]) -> httpx.Response:
    return await staff.post("/v1/districts/d/meetings", json=body)


async def disposition(staff: httpx.AsyncClient, name: str) -> str:
    answer = await staff.get(f"/v1/districts/d/pupils/{name}")
    return str(answer.json()["state"]["disposition"]["level_1"])


async def test_each_pupil_has_an_act_of_its_own(staff: httpx.AsyncClient, log: EventLog) -> None:
    roles = ["attendance_liaison", "parent"]
    body = meeting(
        {"student": "ana", "agreement": "signed"}, {"student": "ben", "status": "no_show"}, participants=roles
    )
    first, again = await hold(staff, body), await hold(staff, body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    ana, ben = first.json()["pupils"]
    assert (ana["student"], ana["events"]) == ("ana", ["meeting.held", "agreement.signed"])
    assert (ben["student"], ben["events"]) == ("ben", ["meeting.no_show"])
    assert ana["act"] != ben["act"]
    assert [await disposition(staff, name) for name in ("ana", "ben")] == ["held", "open"]
    assert (await types(log)).count("meeting.held") == 1


async def test_where_one_pupil_does_not_fit_nobody_met(staff: httpx.AsyncClient, log: EventLog) -> None:
    body = meeting("ana", {"student": "ben", "status": "no_show", "agreement": "signed"}, "nobody")
    answer = await hold(staff, body)
    assert answer.status_code == 409
    wrong = {pupil["student"]: (pupil["problem"], pupil["detail"]) for pupil in answer.json()["pupils"]}
    assert wrong == {
        "ben": ("refused", "an agreement is signed or refused at a meeting that is held"),
        "nobody": ("unknown_pupil", "the roster of d does not know pupil nobody"),
    }
    assert not {"meeting.held", "act.refused"} & set(await types(log))
    corrected = await hold(staff, {**body, "pupils": meeting("ana", "ben")["pupils"]})
    assert corrected.status_code == 201


async def test_a_stale_version_of_one_pupil_stops_the_meeting(staff: httpx.AsyncClient) -> None:
    answer = await hold(
        staff, meeting({"student": "ana", "expected_version": 1}, {"student": "ben", "expected_version": 0})
    )
    assert answer.status_code == 409
    [wrong] = answer.json()["pupils"]
    assert (wrong["student"], wrong["problem"], wrong["version"]) == ("ben", "stale_version", 1)
    assert await disposition(staff, "ana") == "open"


@pytest.mark.parametrize("change", [{"status": "cancelled"}, {"pupils": [{"student": "ana"}, {"student": "ben"}]}])
async def test_an_id_belongs_to_one_meeting(staff: httpx.AsyncClient, change: dict[str, Any]) -> None:
    body = meeting("ana")
    await hold(staff, body)
    answer = await hold(staff, {**body, **change})
    assert answer.status_code == 409
    assert [pupil["problem"] for pupil in answer.json()["pupils"]] == ["id_used"]
    assert await disposition(staff, "ben") == "open"


@pytest.mark.parametrize(
    "body",
    [
        meeting(),
        meeting("ana", "ana"),
        meeting("ana", kind="tea"),
        meeting("ana", unheard="of"),
        meeting("ana", participants=["the cat"]),
        meeting({"student": "ana", "mood": "good"}),
        meeting("ana", by=" "),
        meeting("ana", at="2999-01-01T00:00:00Z"),
    ],
)
async def test_what_is_not_well_formed_is_not_taken(staff: httpx.AsyncClient, body: dict[str, Any]) -> None:
    assert (await hold(staff, body)).status_code == 422


async def test_a_meeting_of_unknown_pupils_only_is_not_found(staff: httpx.AsyncClient) -> None:
    assert (await hold(staff, meeting("nobody"))).status_code == 404
