"""Who is judged again at which close although nothing new is known: a pupil who is missed there loses a step."""

from collections.abc import Callable
from datetime import date

import pytest

from services.escalation.ladder import Enrolment, merge
from tests.unit.escalation.ladder.builders import (
    DAYS,
    POLICY,
    Year,
    at,
    at_level_2,
    at_level_3,
    contact,
    meeting,
    pupil,
)

D = DAYS


def second_letter_at_prevention() -> Year:
    """Where letters change no level: the first letter on day 2, the sixth occasion on day 5."""
    levels = {"L1": {"n": 8}, "L2": {"on": "not_used"}, "L3": {"after": ["SART_held"]}}
    year = Year(policy=merge(POLICY, {"levels": levels})).miss(*D[:3])
    year.act(contact(at(D[3])))
    return year.miss(*D[3:6])


def referral_at_level_2() -> Year:
    """The second letter on day 10, the ninth occasion on day 13."""
    year = at_level_2()
    year.act(meeting(at(D[11]), "mediation"))
    return year.miss(*D[11:14])


@pytest.mark.parametrize(
    ("situation", "day", "then"),
    [
        (second_letter_at_prevention, D[7], ("prevention", "truancy_notice_2", "none")),
        (referral_at_level_2, D[15], ("level_2", "truancy_notice_2", "level_3")),
    ],
)
def test_the_fifth_school_day_after_a_letter_brings_what_waited_for_it(
    situation: Callable[[], Year], day: date, then: tuple[str, ...]
) -> None:
    year = situation()
    assert year.wake_on == day
    year.close(day)
    assert (year.now("level"), year.now("notices")[-1], year.now("proposed")) == then


def test_once_the_sarb_has_the_case_no_letter_is_waited_for() -> None:
    """Nine days are less than a fifth of 46; that is the first thing that changes."""
    assert at_level_3().close(D[21]).wake_on == D[45]


def test_where_no_days_need_lie_between_two_letters_the_second_goes_at_the_next_close() -> None:
    without = ("need_new_occasion_since_last", "need_intervention_between")
    letters = {"min_school_days_between": 0, **dict.fromkeys(without, False)}
    year = Year(policy=merge(POLICY, {"letters": letters})).absent(*D[:6])
    year.act(meeting(at(D[3])))
    assert year.close(D[5]).wake_on == D[6]
    year.close(D[5])
    assert year.now("notices") == ["truancy_notice_1"], "one letter a day"
    year.close(D[6])
    assert (year.now("level"), year.now("notices")) == ("level_2", ["truancy_notice_1", "truancy_notice_2"])


@pytest.mark.parametrize("day", [D[3], D[-1]])
def test_a_pupil_without_a_case_comes_of_age_too(day: date) -> None:
    year = Year(pupil=pupil(day.replace(year=day.year - 18)))
    assert year.close(D[D.index(day) - 1]).wake_on == day
    year.close(day)
    assert year.now("adult") is True


def test_a_pupil_without_a_case_who_leaves_needs_no_close() -> None:
    year = Year(pupil=pupil(date(2010, 3, 2), Enrolment("north", D[0], D[9], 10)))
    assert year.close(D[4]).wake_on is None
