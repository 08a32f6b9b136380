"""What staff and the SMS provider can ask and say over HTTP."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from twilio.request_validator import RequestValidator

from deploy.embedded.catcher import MailFault, TextFault
from services.notifications.contacts import restriction_sha256
from services.notifications.http import routers
from shared.contracts.notices import NoticeSent
from shared.runtime.metrics import Metrics
from shared.runtime.service import Runtime
from tests.integration.notifications.world import World, jo, rosa

pytestmark = pytest.mark.db
PUBLIC = "https://rollcall.example.org"


@pytest.fixture
async def staff(world: World) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    settings = world.settings.model_copy(update={"public_url": PUBLIC})
    runtime = Runtime(settings, world.pool, world.notifier.log, world.clock, Metrics())
    for router in routers(runtime, settings, world.notifier):
        app.include_router(router)
    token = settings.staff_token.get_secret_value()
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://inside", headers={"Authorization": f"Bearer {token}"}
    ) as client:
        yield client


async def said(answer: httpx.Response, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


async def callback(
    client: httpx.AsyncClient, path: str, form: dict[str, str], token: str = "secret of the provider"
) -> httpx.Response:
    """As the provider calls: to the public address, signed with its own library."""
    signature = RequestValidator(token).compute_signature(PUBLIC + path, form)
    return await client.post(path, data=form, headers={"X-Twilio-Signature": signature, "Authorization": ""})


async def text_ana(world: World) -> str:
    """A same-day alert was sent by text; the address of its status callbacks."""
    await world.know(rosa())
    notice = await world.require("same_day_alert")
    await world.rounds()
    return f"/v1/sms/status?delivery={await world.delivery(notice, 'sms')}"


async def test_two_homes_two_languages_and_a_stop(world: World, staff: httpx.AsyncClient) -> None:
    """S19: each holder is told apart; STOP ends texts, not the duty; a language without a text is not passed over in silence."""
    await world.roster(world.calendar().model_copy(update={"revision": 2, "language_share": {"vi": 18.0}}))
    await world.know(rosa(language="vi", email=None), jo(address="2 Oak St, San Jose CA 95112"))
    await callback(staff, "/v1/sms/incoming", {"From": "+14085550101", "Body": "STOP"})
    notice = await world.require()
    await world.rounds()
    assert await world.states(notice) == {("rosa", "letter"): "sent", ("jo", "email"): "sent"}
    assert world.caught("sms") == []
    [gap] = (await said(await staff.get("/v1/language-gaps?district=d1")))["gaps"]
    assert gap == {
        "school": "north", "language": "vi", "kind": "truancy_notice_1", "percent_of_school": 18.0, "recipients": 1,
        "by_law": True,
    }  # fmt: skip
    sent = {data.guardian: data for data in await world.events() if isinstance(data, NoticeSent)}
    assert {guardian: (data.languages, data.language_gap) for guardian, data in sent.items()} == {
        "rosa": (("en",), "vi"), "jo": (("en",), None),
    }  # fmt: skip


@pytest.mark.parametrize(
    "path",
    ["summary", "deliveries", "notices?district=d1", "letters?district=d1", "switches", "restrictions?district=d1"],
)
async def test_nothing_is_shown_without_the_staff_token(staff: httpx.AsyncClient, path: str) -> None:
    await said(await staff.get(f"/v1/{path}"))
    await said(await staff.get(f"/v1/{path}", headers={"Authorization": "Bearer wrong"}), 401)
    await said(await staff.get(f"/v1/{path}", headers={"Authorization": ""}), 401)


async def test_counts_and_deliveries_by_id_only(world: World, staff: httpx.AsyncClient) -> None:
    await world.know(rosa())
    await world.require()
    await world.rounds()
    assert await said(await staff.get("/v1/summary")) == {"notices": {"truancy_notice_1": {"sent": 1}}}
    answer = await staff.get("/v1/deliveries", params={"state": "sent", "district": "d1"})
    [delivery] = (await said(answer))["deliveries"]
    assert delivery["guardian"] == "rosa"
    assert not any(secret in answer.text for secret in ("Ejemplo", "example.org", "Elm St", "5550101"))
    assert (await said(await staff.get("/v1/deliveries", params={"state": "failed"})))["deliveries"] == []
    await said(await staff.get("/v1/deliveries", params={"state": "lost"}), 422)


async def test_letters_can_be_fetched(world: World, staff: httpx.AsyncClient) -> None:
    await world.know(rosa(email=None, phone=None))
    await world.require()
    await world.rounds()
    [letter] = (await said(await staff.get("/v1/letters", params={"district": "d1"})))["letters"]
    pdf = await staff.get(f"/v1/letters/{letter['delivery']}.pdf")
    assert pdf.headers["content-type"] == "application/pdf"
    assert len(pdf.content) == letter["bytes"]
    await said(await staff.get("/v1/letters/00000000-0000-0000-0000-000000000000.pdf"), 404)


@pytest.mark.parametrize("kind", ["truancy_notice_1", "*"])
async def test_a_stopped_kind_is_held_until_it_may_go_on(world: World, staff: httpx.AsyncClient, kind: str) -> None:
    await world.know(rosa())
    before = await world.require()
    switch = {"district": "d1", "kind": kind, "by": "Kim Invented", "reason": "wrong dates in the letter"}
    await said(await staff.put("/v1/switches", json={**switch, "stopped": True}), 204)
    after = await world.require()
    await world.rounds()
    assert world.catcher.count == 0
    assert await world.states(before) == await world.states(after) == {("rosa", "email"): "held"}
    [stopped] = (await said(await staff.get("/v1/switches")))["switches"]
    assert (stopped["kind"], stopped["stopped_by"]) == (kind, "Kim Invented")
    await said(await staff.put("/v1/switches", json={**switch, "stopped": False}), 204)
    await world.rounds()
    assert world.catcher.count == 2
    await said(await staff.put("/v1/switches", json={**switch, "stopped": True, "kind": "alert"}), 422)


async def test_another_kind_or_district_goes_on(world: World, staff: httpx.AsyncClient) -> None:
    await world.know(rosa())
    for other in ({"district": "d2", "kind": "*"}, {"district": "d1", "kind": "recognition"}):
        await said(await staff.put("/v1/switches", json={**other, "by": "Kim", "reason": "x", "stopped": True}), 204)
    await world.require()
    await world.rounds()
    assert world.catcher.count == 1


@pytest.mark.parametrize(("may_receive", "state"), [(True, "sent"), (False, "withdrawn")])
async def test_a_person_reads_a_restriction(
    world: World, staff: httpx.AsyncClient, may_receive: bool, state: str
) -> None:
    await world.know(rosa(restriction="court order 12"))
    notice = await world.require()
    await world.rounds()
    [found] = (await said(await staff.get("/v1/restrictions", params={"district": "d1"})))["restrictions"]
    assert (found["guardian"], found["restriction"]) == ("rosa", "court order 12")
    path = "/v1/districts/d1/pupils/{}/guardians/rosa/restriction"
    body = {"restriction_sha256": restriction_sha256("another text"), "may_receive": may_receive, "by": "Kim Invented"}
    await said(await staff.put(path.format("ana"), json=body), 204)
    await world.rounds()
    assert await world.states(notice) == {("rosa", "email"): "held"}
    body["restriction_sha256"] = found["restriction_sha256"]
    await said(await staff.put(path.format("nobody"), json=body), 404)
    await said(await staff.put(path.format("ana"), json=body), 204)
    await world.rounds()
    assert await world.states(notice) == {("rosa", "email"): state}


@pytest.mark.parametrize(("outcome", "caught"), [("sent", 1), ("not_sent", 2)])
async def test_a_person_finds_out_what_became_of_a_message(
    world: World, staff: httpx.AsyncClient, outcome: str, caught: int
) -> None:
    await world.know(rosa())
    notice = await world.require()
    world.catcher.box.mail_faults.append(MailFault("250 OK", "data", hang=0.8, taken=True))
    await world.rounds()
    [unknown] = (await said(await staff.get("/v1/deliveries", params={"state": "unknown"})))["deliveries"]
    path = f"/v1/deliveries/{unknown['delivery']}/resolution"
    await said(await staff.post(path, json={"outcome": outcome, "by": "Kim Invented"}), 204)
    await world.rounds()
    assert await world.states(notice) == {("rosa", "email"): "sent"}
    assert world.catcher.count == caught
    await said(await staff.post(path, json={"outcome": outcome, "by": "Kim Invented"}), 409)


async def test_a_text_is_delivered_when_the_provider_says_so(world: World, staff: httpx.AsyncClient) -> None:
    path = await text_ana(world)
    for status in ("queued", "sent", "delivered", "sent", "undelivered", "delivered"):
        answer = await callback(staff, path, {"MessageSid": "SM1", "MessageStatus": status})
        await said(answer, 204)
    assert await world.summary() == {"same_day_alert": {"delivered": 1}}
    assert (await world.types()).count("notice.delivered") == 1


async def test_an_undelivered_text_goes_another_way(world: World, staff: httpx.AsyncClient) -> None:
    path = await text_ana(world)
    await said(await callback(staff, path, {"MessageStatus": "undelivered", "ErrorCode": "30005"}), 204)
    await world.rounds()
    assert world.caught() == [("email", "rosa@example.org"), ("sms", "+14085550101")]
    row = await world.pool.fetchrow("SELECT reason FROM delivery WHERE channel = 'sms'")
    assert row
    assert row["reason"] == "not delivered (code 30005): the number is not in service"


async def test_a_callback_says_what_our_own_call_could_not(world: World, staff: httpx.AsyncClient) -> None:
    world.catcher.box.text_faults.append(TextFault(201, garbage=True, taken=True))
    path = await text_ana(world)
    assert await world.summary() == {"same_day_alert": {"unknown": 1}}
    await said(await callback(staff, path, {"MessageSid": "SM9", "MessageStatus": "delivered"}), 204)
    assert await world.summary() == {"same_day_alert": {"delivered": 1}}
    assert (await world.types())[-2:] == ["notice.sent", "notice.delivered"]


async def test_a_forged_callback_changes_nothing(world: World, staff: httpx.AsyncClient) -> None:
    path = await text_ana(world)
    await said(await callback(staff, path, {"MessageStatus": "delivered"}, token="guessed"), 403)
    await said(await staff.post(path, data={"MessageStatus": "delivered"}), 403)
    assert await world.summary() == {"same_day_alert": {"sent": 1}}


async def test_stop_ends_texts_but_never_the_notice(world: World, staff: httpx.AsyncClient) -> None:
    await world.know(rosa(email=None))
    answer = await callback(staff, "/v1/sms/incoming", {"From": "+14085550101", "Body": "No más por favor"})
    assert (answer.status_code, answer.text) == (200, "<Response/>")
    notice = await world.require()
    await world.rounds()
    assert await world.states(notice) == {("rosa", "letter"): "sent"}
    await callback(staff, "/v1/sms/incoming", {"From": "+14085550101", "Body": "start"})
    again = await world.require()
    await world.rounds()
    assert await world.states(again) == {("rosa", "letter"): "sent", ("rosa", "sms"): "sent"}


async def test_stop_between_planning_and_sending_is_honoured(world: World, staff: httpx.AsyncClient) -> None:
    await world.know(rosa())
    notice = await world.require("same_day_alert")
    await callback(staff, "/v1/sms/incoming", {"From": "+14085550101", "Body": "STOP"})
    await world.rounds()
    assert await world.states(notice) == {("rosa", "sms"): "failed", ("rosa", "email"): "sent"}
    assert world.caught("sms") == []
