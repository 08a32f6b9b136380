"""How many pupils may take a step at one close."""

import pytest

from services.escalation.ladder.blast_radius import steps_taken, too_many
from services.escalation.ladder.policy import BlastRadius
from tests.unit.escalation.ladder.builders import DAYS, Year, at, at_level_1, at_level_2, at_level_3, meeting


def test_the_steps_that_reach_the_family() -> None:
    assert steps_taken(Year().miss(*DAYS[:2]).events) == set()
    assert steps_taken(at_level_1().events) == {"level_1"}
    assert steps_taken(at_level_2().events) == {"level_1", "level_2"}
    assert steps_taken(at_level_3().events) == {"level_1", "level_2"}


def test_an_entry_or_a_notice_is_a_step() -> None:
    events = at_level_2().events
    entries = [event for event in events if event.type == "level.entered"]
    notices = [event for event in events if event.type == "notice.required"]
    assert steps_taken(entries) == steps_taken(notices) == {"level_1", "level_2"}


def test_an_invitation_is_none() -> None:
    year = Year()
    year.act(meeting(at(DAYS[0]), status="scheduled"))
    assert steps_taken(year.events) == set()


@pytest.mark.parametrize(
    ("number", "share", "pupils", "enrolled", "expected"),
    [
        (None, None, 500, 500, False),
        (10, None, 10, 500, False),
        (10, None, 11, 500, True),
        (None, 5, 25, 500, False),
        (None, 5, 26, 500, True),
        (10, 50, 11, 500, True),
        (100, 2, 11, 500, True),
    ],
)
def test_more_than_the_policy_lets_through(
    number: int | None, share: float | None, pupils: int, enrolled: int, expected: bool
) -> None:
    assert too_many(BlastRadius(pupils=number, share_pct=share), pupils, enrolled) is expected
