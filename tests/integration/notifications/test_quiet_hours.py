"""Texts keep the quiet hours of the school's time zone, also where the clocks change."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.contracts.notices import NoticeHeld
from tests.integration.notifications.world import LOS_ANGELES, World, rosa

pytestmark = pytest.mark.db


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LOS_ANGELES)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-01-12T19:59", None),
        ("2026-01-12T20:00", "2026-01-13T16:00"),
        ("2026-01-13T07:59", "2026-01-13T16:00"),
        ("2026-01-13T08:00", None),
        ("2026-03-07T20:00", "2026-03-08T15:00"),
        ("2026-03-08T07:59", "2026-03-08T15:00"),
        ("2026-03-08T08:00", None),
        ("2026-10-31T20:00", "2026-11-01T16:00"),
        ("2026-11-01T07:59", "2026-11-01T16:00"),
    ],
)
async def test_a_text_in_the_quiet_hours_is_held_and_goes_out_at_eight(
    world: World, now: str, until: str | None
) -> None:
    await world.know(rosa())
    world.clock.advance(local(now))
    notice = await world.require("same_day_alert")
    await world.rounds()
    if until is None:
        assert await world.states(notice) == {("rosa", "sms"): "sent"}
        return
    end = datetime.fromisoformat(until).replace(tzinfo=UTC)
    [held] = [data for data in await world.events() if isinstance(data, NoticeHeld)]
    assert (held.reason, held.until) == ("quiet_hours", end)
    world.clock.advance(end - timedelta(seconds=1))
    await world.rounds()
    assert world.catcher.count == 0
    world.clock.advance(end)
    await world.rounds()
    assert await world.states(notice) == {("rosa", "sms"): "sent"}
    assert world.caught() == [("sms", "+14085550101")]


async def test_what_was_due_before_eight_in_the_evening_waits_if_it_is_later_now(world: World) -> None:
    await world.know(rosa())
    world.clock.advance(local("2026-01-12T19:59"))
    notice = await world.require("same_day_alert")
    world.clock.advance(local("2026-01-12T20:00"))
    await world.rounds()
    assert await world.states(notice) == {("rosa", "sms"): "held"}


async def test_an_email_goes_out_at_night(world: World) -> None:
    await world.know(rosa())
    world.clock.advance(local("2026-01-12T23:00"))
    await world.require()
    await world.rounds()
    assert world.caught() == [("email", "rosa@example.org")]
