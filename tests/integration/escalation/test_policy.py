"""A district's choices of a policy: from which day on, for whom, and never for closed days without saying so."""

from typing import Any

import httpx
import pytest

from shared.messaging.event_log import EventLog
from tests.integration.escalation.district import DAYS, at, attendance, calendar, close, mark, roster, state, student

pytestmark = pytest.mark.db

SIXTH = {"reports": {"first_at_occasions": 2}, "letters": {"L1": 2}}
WHO = {"by": "superintendent", "reason": "the board decided it"}


@pytest.fixture(autouse=True)
async def known(log: EventLog) -> None:
    await roster(log, calendar(), student(), student("ben"))


async def choose(staff: httpx.AsyncClient, status: int = 204, **body: Any) -> Any:
    answer = await staff.put("/v1/districts/d/policy", json={"policy": "us-ca", **body})
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


async def history(staff: httpx.AsyncClient) -> list[dict[str, Any]]:
    return list((await staff.get("/v1/districts/d/policy")).json()["choices"])


async def test_the_first_choice_judges_from_the_beginning_and_the_next_from_the_day_after_the_last_close(
    log: EventLog, staff: httpx.AsyncClient
) -> None:
    await choose(staff)
    await choose(staff)
    await attendance(log, close(900, DAYS[3]))
    await choose(staff, overrides=SIXTH, **WHO)
    first, second = await history(staff)
    assert (first["overrides"], first["effective_from"], first["by"]) == ({}, None, None)
    assert (second["overrides"], second["by"], second["reason"]) == (SIXTH, WHO["by"], WHO["reason"])
    assert second["effective_from"] > DAYS[3].isoformat()
    assert second["at"]


async def test_a_policy_judges_from_its_day_on_also_those_about_whom_nothing_is_new(
    log: EventLog, staff: httpx.AsyncClient
) -> None:
    await attendance(log, mark(1, DAYS[1]), mark(2, DAYS[2]), close(900, DAYS[3]))
    await choose(staff, overrides=SIXTH, effective_from=DAYS[6].isoformat())
    await attendance(log, close(901, DAYS[5]))
    assert (await state(log))["reports"] == 0
    await attendance(log, close(902, DAYS[6]))
    ana = await state(log)
    assert (ana["reports"], ana["level"], ana["report_dates"]) == (1, "level_1", [DAYS[6]])


async def test_a_pupil_with_a_case_stays_on_the_policy_under_which_it_began(
    log: EventLog, staff: httpx.AsyncClient
) -> None:
    """Level 2 at four occasions: not for Ana, whose case began before; for Ben it is."""
    early = {"letters": {"L2": 4, "min_school_days_between": 0, "need_intervention_between": False}}
    waived = {"by": "principal", "kind": "act", "do": "waive_disposition", "step": "level_1", "reason": "a reason"}
    await attendance(log, *(mark(n, DAYS[n]) for n in (1, 2, 3)), close(900, DAYS[3]))
    await choose(staff, overrides=early, effective_from=DAYS[4].isoformat())
    await attendance(log, *(mark(10 + n, DAYS[n], "ben") for n in (2, 3, 4)), close(901, DAYS[4]))
    for number, name in enumerate(("ana", "ben")):
        body = {"id": f"00000000-0000-4000-8000-00000000000{number}", "at": at(DAYS[5]).isoformat(), **waived}
        act = await staff.post(f"/v1/districts/d/pupils/{name}/acts", json=body)
        assert act.status_code == 201, act.text
    await attendance(log, mark(20, DAYS[6]), mark(21, DAYS[6], "ben"), close(902, DAYS[6]))
    levels = [(await state(log, name))["level"] for name in ("ana", "ben")]
    assert [(await state(log, name))["occasions"] for name in ("ana", "ben")] == [4, 4]
    assert levels == ["level_1", "level_2"]


async def test_closed_days_are_judged_anew_only_if_that_is_said(log: EventLog, staff: httpx.AsyncClient) -> None:
    await attendance(log, mark(1, DAYS[1]), mark(2, DAYS[2]), close(900, DAYS[3]))
    wish = {"overrides": SIXTH, "effective_from": DAYS[3].isoformat(), **WHO}
    refused = await choose(staff, 409, **wish)
    assert f"d is closed up to {DAYS[3]}" in refused["detail"]
    assert "retroactive" in refused["detail"]
    assert await history(staff) == []
    await choose(staff, retroactive=True, **wish)
    await attendance(log, close(901, DAYS[4]))
    assert (await state(log))["report_dates"] == [DAYS[4]]


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({"policy": "us-xx"}, "us-xx"),
        ({"overrides": {"letters": {"L9": 3}}}, "L9"),
        ({"by": " "}, "by"),
        ({"effective_from": "soon"}, "effective_from"),
        ({"unheard": "of"}, "unheard"),
    ],
)
async def test_what_is_wrong_with_a_choice_is_named(staff: httpx.AsyncClient, body: dict[str, Any], word: str) -> None:
    assert word in str((await choose(staff, 422, **body))["detail"])
    assert await history(staff) == []
