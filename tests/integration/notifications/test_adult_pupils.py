"""At 18 the rights of the parents pass to the student, who is told in person (EC 49061)."""

from io import BytesIO

import pytest
from pypdf import PdfReader

from shared.contracts.notices import NoticeCorrected
from tests.integration.notifications.world import World, jo, rosa

pytestmark = pytest.mark.db


async def test_an_adult_is_told_and_the_parents_are_not(world: World) -> None:
    await world.know(rosa(), jo(), email="ana@example.org", home_language="es")
    notice = await world.require("truancy_notice_2", to_student=True)
    await world.rounds()
    assert world.caught() == [("email", "ana@example.org")]
    assert await world.states(notice) == {("student", "email"): "sent"}
    [message] = world.catcher.messages()
    assert "Dear Ana Ejemplo," in message.text
    assert "usted estuvo ausente" in message.text
    assert "parent" not in message.text


async def test_without_an_own_contact_a_letter_goes_home_in_the_students_name(world: World) -> None:
    await world.know(rosa(), jo())
    await world.require("recognition", to_student=True)
    await world.rounds()
    assert world.caught() == []
    pdf = await world.pool.fetchval("SELECT content FROM document")
    [page] = PdfReader(BytesIO(pdf)).pages
    assert page.extract_text().index("Ana Ejemplo") < page.extract_text().index("1 Elm St")
    assert "Rosa" not in page.extract_text()


@pytest.mark.parametrize("apart", [{"address": "2 Oak St, San Jose CA 95112"}, {}])
async def test_with_two_homes_nobody_guesses_where_the_student_lives(world: World, apart: dict[str, str]) -> None:
    await world.know(rosa(), jo(**apart))
    await world.require("recognition", to_student=True)
    await world.rounds()
    assert ("notice.undeliverable" in await world.types()) == bool(apart)


async def test_a_home_that_is_under_a_restriction_is_not_written_to(world: World) -> None:
    await world.know(rosa(restriction="court order"), jo(address="2 Oak St, San Jose CA 95112", may_receive=False))
    notice = await world.require("recognition", to_student=True)
    await world.rounds()
    assert await world.states(notice) == {}


async def test_an_adult_is_told_of_the_correction_of_what_the_parents_got(world: World) -> None:
    await world.know(rosa(), jo(), email="ana@example.org")
    wrong = await world.require()
    await world.rounds()
    await world.withdraw(wrong, "corrected")
    await world.require("correction", to_student=True, corrects=wrong)
    await world.rounds()
    assert world.caught()[0] == ("email", "ana@example.org")
    assert len(world.caught()) == 3
    corrected = [data for data in await world.events() if isinstance(data, NoticeCorrected)]
    assert sorted(data.guardian for data in corrected) == ["jo", "rosa"]


async def test_a_correction_of_what_nobody_got_goes_to_nobody(world: World) -> None:
    await world.know(rosa(email=None, address=None, phone=None), email="ana@example.org")
    wrong = await world.require()
    await world.withdraw(wrong, "withdrawn")
    await world.require("correction", to_student=True, corrects=wrong)
    await world.rounds()
    assert world.caught() == []
