"""A notice that is required reaches each guardian once, in the right languages, and says what became of it."""

from uuid import uuid4

import pytest

from deploy.embedded.catcher import MailFault, TextFault
from services.notifications.contacts import in_person
from shared.contracts.notices import NoticeFailed, NoticeHeld, NoticeSent
from tests.integration.notifications.world import NOON, World, jo, rosa

pytestmark = pytest.mark.db


async def test_one_email_per_guardian_in_both_languages(world: World) -> None:
    await world.know(rosa(), jo())
    notice = await world.require()
    await world.rounds()
    assert world.caught() == [("email", "jo@example.org"), ("email", "rosa@example.org")]
    assert await world.states(notice) == {("rosa", "email"): "sent", ("jo", "email"): "sent"}
    [to_rosa] = world.catcher.messages(to="rosa")
    assert "obligación de hacer" in to_rosa.text
    assert "obligated to compel" in to_rosa.text
    [to_jo] = world.catcher.messages(to="jo@")
    assert "obligación" not in to_jo.text
    assert await world.types() == ["notice.queued", "notice.queued", "notice.sent", "notice.sent"]


async def test_the_same_events_any_number_of_times_are_one_send(world: World) -> None:
    notice, pupil = world.notice(), world.pupil(rosa(), jo())
    for _ in range(3):
        await world.ladder(notice, notice)
        await world.roster(pupil, pupil)
        await world.rounds()
    assert world.caught() == [("email", "jo@example.org"), ("email", "rosa@example.org")]
    assert (await world.types()).count("notice.sent") == 2


async def test_a_notice_waits_until_the_roster_knows_the_pupil(world: World) -> None:
    notice = await world.require()
    await world.rounds()
    assert world.caught() == []
    assert await world.summary() == {"truancy_notice_1": {"waiting": 1}}
    await world.know(rosa())
    await world.rounds()
    assert await world.states(notice) == {("rosa", "email"): "sent"}


async def test_what_was_not_seen_when_it_came_is_planned_in_the_next_round(world: World) -> None:
    notice = await world.require()
    await world.pool.execute(
        "INSERT INTO pupil (district, student, revision, given_name, family_name, guardians, person)"
        " VALUES ('d1', 'ana', 1, 'Ana', 'Ejemplo', $1, $2)",
        [rosa().model_dump()],
        in_person(world.pupil()).model_dump(),
    )
    await world.rounds()
    assert await world.states(notice) == {("rosa", "email"): "sent"}


async def test_an_older_snapshot_changes_nothing(world: World) -> None:
    older = world.pupil(rosa(email="old@example.org"))
    await world.know(rosa())
    await world.roster(older)
    await world.require()
    await world.rounds()
    assert world.caught() == [("email", "rosa@example.org")]


async def test_without_email_a_letter_goes_and_a_text_points_to_it(world: World) -> None:
    await world.know(rosa(email=None))
    notice = await world.require()
    await world.rounds()
    assert await world.states(notice) == {("rosa", "letter"): "sent", ("rosa", "sms"): "sent"}
    [text] = world.catcher.messages("sms")
    assert text.text.startswith("Elm Street Middle School: tenemos un aviso importante")
    pdf = await world.pool.fetchval(
        "SELECT content FROM document JOIN delivery USING (delivery) WHERE channel = 'letter'"
    )
    assert pdf.startswith(b"%PDF-1.7")


async def test_a_refused_email_becomes_a_letter(world: World) -> None:
    await world.know(rosa(phone=None))
    notice = await world.require()
    world.catcher.box.mail_faults.append(MailFault("550 no such mailbox"))
    await world.rounds()
    assert world.catcher.count == 0
    assert await world.states(notice) == {("rosa", "email"): "failed", ("rosa", "letter"): "sent"}
    assert await world.types() == ["notice.queued", "notice.failed", "notice.queued", "notice.sent"]


async def test_nobody_who_can_be_reached_is_said_and_a_new_address_helps(world: World) -> None:
    await world.know(rosa(email=None, address=None, phone="(950) 325-9465"))
    notice = await world.require()
    await world.rounds()
    assert await world.states(notice) == {}
    assert await world.types() == ["notice.undeliverable"]
    await world.know(rosa(email=None, phone=None))
    await world.rounds()
    assert await world.states(notice) == {("rosa", "letter"): "sent"}
    assert (await world.types()).count("notice.undeliverable") == 1


async def test_the_last_refusal_makes_a_notice_undeliverable(world: World) -> None:
    await world.know(rosa(phone=None, address=None))
    await world.require()
    world.catcher.box.mail_faults.append(MailFault("550 no such mailbox"))
    await world.rounds()
    assert await world.types() == ["notice.queued", "notice.failed", "notice.undeliverable"]


async def test_who_may_not_receive_gets_nothing(world: World) -> None:
    await world.know(rosa(may_receive=False), jo())
    await world.require()
    await world.rounds()
    assert world.caught() == [("email", "jo@example.org")]


@pytest.mark.parametrize("fault", [MailFault("451 busy"), MailFault("450 later", "data")])
async def test_a_busy_mail_server_is_tried_again(world: World, fault: MailFault) -> None:
    await world.know(rosa())
    notice = await world.require()
    world.catcher.box.mail_faults.extend([fault] * 3)
    await world.rounds()
    assert await world.states(notice) == {("rosa", "email"): "queued"}
    for _ in range(3):
        await world.again()
    assert world.caught() == [("email", "rosa@example.org")]
    assert await world.types() == ["notice.queued", "notice.sent"]


@pytest.mark.parametrize("fault", [TextFault(500), TextFault(503), TextFault(429, 20429)])
async def test_a_busy_sms_provider_is_tried_again(world: World, fault: TextFault) -> None:
    await world.know(rosa())
    await world.require("same_day_alert")
    world.catcher.box.text_faults.extend([fault] * 2)
    await world.rounds()
    for _ in range(2):
        await world.again()
    assert world.caught() == [("sms", "+14085550101")]


async def test_after_eight_attempts_another_way_is_taken(world: World) -> None:
    await world.know(rosa())
    notice = await world.require("same_day_alert")
    world.catcher.box.text_faults.extend([TextFault(500)] * 8)
    await world.rounds()
    for _ in range(8):
        await world.again()
    assert await world.states(notice) == {("rosa", "sms"): "failed", ("rosa", "email"): "sent"}
    [failed] = [data for data in await world.events() if isinstance(data, NoticeFailed)]
    assert failed.reason == "given up after 8 attempts: the SMS provider answered 500"


@pytest.mark.parametrize("code", [21211, 21614])
async def test_a_number_that_cannot_be_texted_becomes_an_email(world: World, code: int) -> None:
    await world.know(rosa())
    notice = await world.require("same_day_alert")
    world.catcher.box.text_faults.append(TextFault(400, code))
    await world.rounds()
    assert await world.states(notice) == {("rosa", "sms"): "failed", ("rosa", "email"): "sent"}


async def test_who_opted_out_at_the_provider_is_not_texted_again(world: World) -> None:
    await world.know(rosa())
    world.catcher.box.opted_out.add("+14085550101")
    first = await world.require("same_day_alert")
    await world.rounds()
    second = await world.require("same_day_alert")
    await world.rounds()
    assert await world.states(first) == {("rosa", "sms"): "failed", ("rosa", "email"): "sent"}
    assert await world.states(second) == {("rosa", "email"): "sent"}


async def test_an_email_without_an_answer_is_unknown_and_never_sent_again(world: World) -> None:
    await world.know(rosa())
    notice = await world.require()
    world.catcher.box.mail_faults.append(MailFault("250 OK", "data", hang=0.8, taken=True))
    await world.rounds()
    await world.again()
    assert await world.states(notice) == {("rosa", "email"): "unknown"}
    assert world.caught() == [("email", "rosa@example.org")]
    [failed] = [data for data in await world.events() if isinstance(data, NoticeFailed)]
    assert failed.outcome_unknown


@pytest.mark.parametrize("fault", [TextFault(201, hang=0.8, taken=True), TextFault(201, garbage=True, taken=True)])
async def test_a_text_without_a_clear_answer_is_unknown(world: World, fault: TextFault) -> None:
    await world.know(rosa(email=None))
    notice = await world.require()
    world.catcher.box.text_faults.append(fault)
    await world.rounds()
    await world.again()
    assert await world.states(notice) == {("rosa", "letter"): "sent", ("rosa", "sms"): "unknown"}
    assert world.caught() == [("sms", "+14085550101")]


async def test_a_restriction_holds_until_somebody_has_read_it(world: World) -> None:
    await world.know(rosa(restriction="court order 12"))
    notice = await world.require()
    await world.rounds()
    assert await world.states(notice) == {("rosa", "email"): "held"}
    [held] = [data for data in await world.events() if isinstance(data, NoticeHeld)]
    assert (held.reason, held.until) == ("restriction", None)
    await world.know(rosa())
    await world.rounds()
    assert await world.states(notice) == {("rosa", "email"): "sent"}


async def test_a_restriction_that_comes_before_the_send_stops_it(world: World) -> None:
    await world.know(rosa())
    notice = await world.require()
    await world.know(rosa(may_receive=False))
    await world.rounds()
    assert await world.states(notice) == {("rosa", "email"): "withdrawn"}
    assert world.catcher.count == 0
    assert (await world.types())[-1] == "notice.undeliverable"


async def test_what_is_said_of_a_sent_email_names_text_and_guardian_by_id(world: World) -> None:
    await world.know(rosa())
    notice = await world.require()
    await world.rounds()
    [sent] = [data for data in await world.events() if isinstance(data, NoticeSent)]
    assert (sent.notice, sent.guardian, sent.languages, sent.template) == (
        notice,
        "rosa",
        ("es", "en"),
        "truancy_notice_1/V2",
    )
    assert sent.at == NOON
    assert len(sent.content_sha256) == 64
    [message] = world.catcher.messages()
    assert message.message_id == f"<{sent.delivery}@district.example.org>"


async def test_a_broken_template_holds_the_notice_and_nothing_leaves(world: World) -> None:
    await world.know(rosa(given_name="Rosa"), name="{{ pupil.name }}")
    notice = await world.require()
    await world.rounds()
    assert await world.states(notice) == {("rosa", "email"): "held"}
    assert world.catcher.count == 0


async def test_many_notices_in_one_batch(world: World) -> None:
    pupils = [world.pupil(rosa(), jo(email=None), student=f"p{number}", name="Ana") for number in range(150)]
    await world.roster(*pupils)
    await world.ladder(*(world.notice(student=pupil.student, notice=uuid4()) for pupil in pupils))
    await world.rounds(at_most=50)
    assert await world.summary() == {"truancy_notice_1": {"sent": 450}}
    assert len(world.caught("email")) == len(world.caught("sms")) == 150
