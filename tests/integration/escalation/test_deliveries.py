"""What notifications sent comes back as contacts."""

from typing import Any
from uuid import UUID

import pytest

from services.escalation import deliveries
from shared.contracts.envelope import Event
from shared.contracts.notices import NoticeSent
from shared.messaging.errors import Invalid
from shared.messaging.event_log import EventLog
from tests.integration.escalation.district import DAYS, at, calendar, roster, student, types, wrapped

pytestmark = pytest.mark.db


def sent(number: int, name: str = "ana", kind: Any = "meeting_invitation", channel: Any = "email") -> Event[Any]:
    data = NoticeSent(
        district="d", student=name, notice=UUID(int=1), kind=kind, delivery=UUID(int=number), guardian="g",
        channel=channel, languages=("en",), template="x/V1", at=at(DAYS[2]), content_sha256="0" * 64,
    )  # fmt: skip
    return wrapped(data, number, data.at)


async def take(log: EventLog, *events: Event[Any]) -> None:
    async with log.transaction() as connection:
        await deliveries.take_deliveries(log, connection, events)


@pytest.mark.parametrize(
    ("kind", "channel", "contacts"),
    [("meeting_invitation", "email", 1), ("meeting_invitation", "letter", 0), ("truancy_notice_1", "email", 0)],
)
async def test_an_invitation_that_went_out_is_a_contact(log: EventLog, kind: Any, channel: Any, contacts: int) -> None:
    await roster(log, calendar(), student())
    for _ in range(2):
        await take(log, sent(2, kind=kind, channel=channel))
    assert (await types(log)).count("contact.logged") == contacts


async def test_many_deliveries_of_several_pupils_in_one_batch_are_each_a_contact_once(log: EventLog) -> None:
    await roster(log, calendar(), student(), student("ben"))
    await take(log, sent(2), sent(3), sent(4, "ben"), sent(2))
    await take(log, sent(4, "ben"), sent(5, "ben"))
    assert (await types(log)).count("contact.logged") == 4


async def test_a_delivery_about_a_pupil_whom_nobody_knows_is_a_dead_letter(log: EventLog) -> None:
    await roster(log, calendar())
    with pytest.raises(Invalid, match="roster of d does not know pupil nobody"):
        await take(log, sent(2, "nobody"))
