"""What makes a correction of a day that still counts."""

import pytest

from services.escalation.ladder.occasions import _weaker
from services.escalation.ladder.state import Occasion
from tests.unit.escalation.ladder.builders import DAYS

D = DAYS
FULL = Occasion(D[0], True, (), 6, verified=True)


@pytest.mark.parametrize(
    ("now", "weaker"),
    [
        (FULL, False),
        (Occasion(D[0], False, (), 6, verified=True), True),
        (Occasion(D[0], True, (), 5, verified=True), True),
        (Occasion(D[0], True, (), 6, verified=False), True),
        (Occasion(D[0], True, (), 7, verified=True), False),
        (Occasion(D[1], False, (), 1, verified=False), False),
    ],
)
def test_less_of_a_day_is_a_correction_and_more_is_none(now: Occasion, weaker: bool) -> None:
    assert _weaker({D[0]: FULL}, (now,)) is weaker
    assert not _weaker({}, (now,))
