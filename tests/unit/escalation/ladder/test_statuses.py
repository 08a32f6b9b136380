"""Habitual truant, chronic truant, chronic absentee."""

from datetime import date

import pytest

from services.escalation.ladder import Enrolment, merge
from services.escalation.ladder.statuses import compliance, reaches
from tests.unit.escalation.ladder.builders import (
    DAYS,
    POLICY,
    Year,
    at,
    at_level_1,
    at_level_3,
    contact,
    level_3_proposed,
    mark,
    meeting,
    pupil,
)

D = DAYS


def three_reports() -> Year:
    return at_level_1().miss(D[3], D[4])


def test_habitual_needs_an_effort_after_the_first_report() -> None:
    year = Year()
    year.act(contact(at(D[1])))
    year.miss(*D[:5])
    assert (year.now("reports"), year.now("habitual")) == (3, False)
    year.act(contact(at(D[5]), outcome="voicemail"))
    year.close(D[5])
    assert year.now("habitual")


@pytest.mark.parametrize(
    ("channel", "outcome", "habitual"),
    [
        ("phone", "no_answer", True),
        ("letter", "delivered", True),
        ("visit", "no_answer", True),
        ("email", "delivered", True),
        ("email", "bounced", False),
        ("sms", "delivered", False),
    ],
)
def test_what_is_an_effort(channel: str, outcome: str, habitual: bool) -> None:
    year = three_reports()
    year.act(contact(at(D[5]), channel, outcome))
    year.close(D[5])
    assert year.now("habitual") is habitual


def test_a_held_meeting_is_an_effort_unless_it_was_held_before_the_report() -> None:
    year = three_reports()
    year.act(meeting(at(D[5]), date=D[1]))
    year.close(D[5])
    assert not year.now("habitual")
    year.act(meeting(at(D[6])))
    year.close(D[6])
    assert year.now("habitual")


def test_the_effort_must_follow_the_first_report_that_is_still_valid() -> None:
    year = at_level_1()
    year.act(contact(at(D[3])))
    year.miss(D[3], D[4], D[5])
    assert year.now("habitual")
    year.excuse(D[0]).close(D[6])
    assert (year.now("reports"), year.now("habitual")) == (3, False)
    assert year.types[-1] == "status.habitual.cleared"


def test_chronic_truant_needs_the_whole_chain() -> None:
    proposed = level_3_proposed()
    assert not proposed.now("chronic_truant")
    year = at_level_3()
    year.close(D[21])
    assert year.now("chronic_truant")
    year.close_through(D[22], D[89])
    assert year.now("chronic_truant")
    assert year.wake_on == D[90]
    year.close(D[90])
    assert not year.now("chronic_truant")
    assert year.types.count("status.chronic_truant.cleared") == 1


def test_chronic_absent_from_the_tenth_day_for_any_reason() -> None:
    year = Year().excuse(D[0])
    year.close_through(D[0], D[8])
    assert not year.now("chronic_absent")
    assert year.wake_on == D[9]
    year.close(D[9])
    assert year.now("chronic_absent")
    assert year.wake_on == D[10]
    year.close(D[10])
    assert not year.now("chronic_absent")


def test_chronic_absent_counts_from_the_enrolment() -> None:
    year = Year(pupil=pupil(date(2010, 1, 1), Enrolment("north", D[50]))).excuse(D[60], D[61])
    year.close(D[69])
    assert year.now("chronic_absent")
    year.close(D[70])
    assert not year.now("chronic_absent")


def test_the_state_counts_from_the_31st_day() -> None:
    year = Year()
    year.close(D[29])
    assert not year.now("state_reportable")
    year.close(D[30])
    assert year.now("state_reportable")


@pytest.mark.parametrize(("part", "whole", "expected"), [(2, 20, True), (2, 21, False), (0, 0, False), (1, 10, True)])
def test_reaches(part: int, whole: int, expected: bool) -> None:
    assert reaches(part, whole, 10) is expected


def test_an_effort_at_the_very_close_of_the_first_report_is_not_later() -> None:
    for minute, habitual in ((0, False), (1, True)):
        year = at_level_1()
        year.act(contact(at(DAYS[2], 18, minute)))
        year.miss(*DAYS[3:5])
        assert year.now("habitual") is habitual


def test_a_meeting_on_the_day_of_the_report_that_is_written_down_later_was_not_after_it() -> None:
    for day, habitual in ((DAYS[2], False), (DAYS[3], True)):
        year = at_level_1()
        year.act(meeting(at(DAYS[3]), date=day))
        year.miss(*DAYS[3:5])
        assert year.now("habitual") is habitual


def test_a_chronic_truant_is_one_no_more_when_full_days_without_excuse_sink_below_a_tenth() -> None:
    """Three of 31 days; an excused day and a late arrival are neither."""
    policy = merge(POLICY, {"chronic_truant": {"requires": ["48260"]}})
    year = Year(policy=policy).miss(*D[:3]).excuse(D[3])
    year.say(mark(D[4], "tardy", minutes=45)).close(D[20])
    assert (year.now("chronic_truant"), year.now("chronic_absent"), year.wake_on) == (True, True, D[30])
    year.close(D[30])
    assert (year.now("chronic_truant"), year.now("chronic_absent")) == (False, True)


def test_the_second_report_is_what_48261_asks_for() -> None:
    for reports, done in ((1, False), (2, True)):
        year = Year().miss(*D[: 2 + reports])
        assert (year.now("reports"), compliance(year.state)["48261"]) == (reports, done)


def test_an_act_at_the_very_close_is_known_to_it() -> None:
    year = three_reports()
    year.act(contact(at(D[5], 18)))
    year.close(D[5])
    assert year.now("habitual")
