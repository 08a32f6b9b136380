"""What is withdrawn does not go out; what went out is corrected, to those who got it."""

from datetime import date

import pytest

from deploy.embedded.catcher import MailFault
from shared.contracts.notices import NoticeCorrected
from tests.integration.notifications.world import World, jo, rosa

pytestmark = pytest.mark.db


async def test_a_withdrawn_notice_is_not_sent(world: World) -> None:
    await world.know(rosa())
    notice = await world.require()
    await world.withdraw(notice)
    await world.rounds()
    assert world.catcher.count == 0
    assert await world.states(notice) == {("rosa", "email"): "withdrawn"}
    assert await world.types() == ["notice.queued"]


async def test_a_withdrawal_that_overtakes_its_notice_holds(world: World) -> None:
    await world.know(rosa())
    notice = world.notice()
    await world.withdraw(notice.notice)
    await world.ladder(notice)
    await world.rounds()
    assert world.catcher.count == 0


async def test_a_correction_goes_to_those_who_got_the_notice(world: World) -> None:
    await world.know(rosa(address=None, phone=None), jo())
    notice = await world.require()
    world.catcher.box.mail_faults.append(MailFault("550 no such mailbox"))
    await world.rounds()
    [(guardian, _)] = [
        key for key, state in (await world.states(notice)).items() if state == "sent" and key[1] == "email"
    ]
    await world.withdraw(notice, "corrected")
    correction = await world.require("correction", corrects=notice, days=())
    await world.rounds()
    got = {(key[0], state) for key, state in (await world.states(correction)).items()}
    assert (guardian, "sent") in got
    assert ("rosa", "sent") not in got or guardian == "rosa"
    told = [data for data in await world.events() if isinstance(data, NoticeCorrected)]
    assert {(data.notice, data.kind) for data in told} == {(notice, "truancy_notice_1")}
    [message] = world.catcher.messages(kind="correction", to=f"{guardian}@example.org")
    assert "no longer stands" in message.text


async def test_a_correction_of_what_nobody_got_is_not_needed(world: World) -> None:
    await world.know(rosa())
    notice = await world.require()
    await world.withdraw(notice)
    correction = await world.require("correction", corrects=notice, days=())
    await world.rounds()
    assert world.catcher.count == 0
    assert await world.pool.fetchval("SELECT state FROM notice WHERE notice = $1", correction) == "unneeded"


async def test_other_days_are_sent_if_the_notice_had_not_left(world: World) -> None:
    await world.know(rosa(restriction="court order"))
    notice = await world.require()
    await world.withdraw(notice, "basis_changed", (date(2025, 9, 9),))
    await world.know(rosa())
    await world.rounds()
    [message] = world.catcher.messages()
    assert "Tuesday, September 9, 2025" in message.text
    assert "September 8" not in message.text


async def test_other_days_are_told_if_the_notice_had_left(world: World) -> None:
    await world.know(rosa())
    notice = await world.require()
    await world.rounds()
    await world.withdraw(notice, "basis_changed", (date(2025, 9, 9),))
    await world.require("correction", corrects=notice, days=(date(2025, 9, 9),))
    await world.rounds()
    [message] = world.catcher.messages(kind="correction")
    assert "still stands" in message.text
    assert "Tuesday, September 9, 2025" in message.text


async def test_a_replay_of_everything_sends_nothing(world: World) -> None:
    pupil, notice = world.pupil(rosa()), world.notice()
    await world.roster(pupil)
    await world.ladder(notice)
    await world.rounds()
    await world.withdraw(notice.notice, "corrected")
    correction = world.notice("correction", corrects=notice.notice, days=())
    await world.ladder(correction)
    await world.rounds()
    before = await world.types()
    await world.roster(pupil)
    await world.ladder(notice, correction)
    await world.withdraw(notice.notice, "corrected")
    await world.rounds()
    assert await world.types() == before
    assert world.catcher.count == 2
