"""Same-day alerts."""

from datetime import UTC, datetime
from typing import Any

import pytest

from services.escalation.ladder import Enrolment, Mark, same_day_alert
from tests.unit.escalation.ladder.builders import CALENDAR, DAYS, POLICY, at, mark, pupil

DAY = DAYS[10]


@pytest.mark.parametrize(
    ("fields", "alerted"),
    [
        ({}, True),
        ({"excuse": "unverified"}, True),
        ({"excuse": "excused"}, False),
        ({"excuse": "unverified", "reason": "CMS"}, False),
        ({"suspension": "oss"}, False),
        ({"status": "tardy", "minutes": 60}, False),
        ({"status": "present", "excuse": None}, False),
        ({"period": 2}, False),
        ({"known_at": at(DAY, 23, 59)}, True),
        ({"known_at": at(DAYS[11], 0)}, False),
        ({"known_at": datetime(DAY.year, DAY.month, DAY.day + 1, 5, tzinfo=UTC)}, True),
    ],
)
def test_which_marks_alert(fields: dict[str, Any], alerted: bool) -> None:
    assert bool(same_day_alert(pupil(), CALENDAR, mark(DAY, **fields), POLICY)) is alerted


def test_no_school_no_alert() -> None:
    saturday = DAYS[4].replace(day=DAYS[4].day + 1)
    assert same_day_alert(pupil(), CALENDAR, mark(saturday), POLICY) is None
    elsewhere = pupil(DAY.replace(year=2010), Enrolment("north", DAYS[0], DAY))
    assert same_day_alert(elsewhere, CALENDAR, mark(DAY), POLICY) is None


def test_all_marks_of_a_day_ask_for_the_same_alert() -> None:
    def notice(of: Mark) -> object:
        alert = same_day_alert(pupil(), CALENDAR, of, POLICY)
        assert alert
        return alert.notice

    assert notice(mark(DAY)) == notice(mark(DAY, excuse="unverified"))
    assert notice(mark(DAY)) != notice(mark(DAYS[11]))


def test_the_policy_and_the_mark_are_named() -> None:
    said = mark(DAY)
    alert = same_day_alert(pupil(), CALENDAR, said, POLICY)
    assert alert is not None
    assert (alert.because.policy, alert.because.policy_version) == ("us-ca", POLICY.version)
    assert (alert.days, alert.because.days, alert.because.marks) == ((DAY,), (DAY,), (said.id,))
