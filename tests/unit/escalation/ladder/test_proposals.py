"""What is proposed to people, by which occasions, after which steps, and with which values."""

from typing import Any

import pytest

from services.escalation.ladder import merge
from services.escalation.ladder.proposals import steps_before
from shared.contracts.ladder import EnforcementProposed, ReviewRequired
from tests.unit.escalation.ladder.builders import (
    DAYS,
    POLICY,
    Year,
    at,
    at_level_2,
    at_level_3,
    directive,
    enforcement_proposed,
    level_3_proposed,
    mark,
    meeting,
    person,
    progress,
)

D = DAYS


def nine_at_level_2(policy: Any, part: dict[str, Any]) -> Year:
    """Level 2 and a held mediation, then three more occasions, each of the sort `part`."""
    year = at_level_2()
    year.policy = policy
    year.act(meeting(at(D[11]), "mediation"))
    for day in D[18:21]:
        year.absent(day, **part)
    return year.close_through(D[18], D[24])


@pytest.mark.parametrize(
    ("counts", "part", "proposed"),
    [
        ({}, {"period": 2, "minutes": 50}, True),
        ({"period": False}, {"period": 2, "minutes": 50}, False),
        ({"period": False}, {"excuse": "unverified"}, True),
        ({"unverified": False}, {"excuse": "unverified"}, False),
        ({"unverified": False}, {"period": 2, "minutes": 50}, True),
    ],
)
def test_a_board_may_leave_out_parts_of_days_or_unverified_ones(
    counts: dict[str, bool], part: dict[str, Any], proposed: bool
) -> None:
    year = nine_at_level_2(merge(POLICY, {"sarb_counts": counts}), part)
    assert year.now("occasions") == 9
    assert (year.now("proposed") == "level_3") is proposed


def test_what_was_done_before_a_referral() -> None:
    assert steps_before(Year().state) == {
        "habitual": False,
        "L1_disposition": False,
        "L2_disposition_or_waiver": False,
        "SART_held": False,
    }
    assert all(steps_before(level_3_proposed().state).values())


def test_the_proposal_of_enforcement_says_what_it_rests_on() -> None:
    [proposed] = [event for event in enforcement_proposed().events if isinstance(event, EnforcementProposed)]
    assert proposed.because.values == {
        "directive": D[30].isoformat(),
        "directive_days_old": (D[52] - D[30]).days,
        "occasions_since_directive": 3,
        "failed_items": "",
    }


def test_evidence_of_the_hour_of_the_directive_counts() -> None:
    year = level_3_proposed()
    year.act(person(at(D[21]), "refer_to_sarb"))
    year.act(directive(at(D[30], 10), "counselling"))
    year.act(progress(at(D[30], 10), "counselling", "done"))
    year.close(D[30])
    assert "directive.completed" in year.types


@pytest.mark.parametrize("basis", [None, "chronic_absent"])
def test_fewer_absences_are_for_a_person_where_the_referral_rests_on_them(basis: str | None) -> None:
    year = level_3_proposed()
    year.excuse(*D[21:30]).close_through(D[21], D[30])
    year.act(person(at(D[31]), "refer_to_sarb", basis=basis))
    year.close(D[31])
    del year.marks[D[25], None]
    year.close(D[32])
    reviews = [event.reason for event in year.events if isinstance(event, ReviewRequired)]
    expected = ["a correction changed the absences that the referral rests on"] if basis else []
    assert (year.now("review"), reviews) == (bool(basis), expected)


def test_a_new_occasion_or_a_part_of_a_day_is_no_correction_of_the_case() -> None:
    """Also not where the policy looks into days."""
    for overrides in ({}, {"sarb_counts": {"period": False}}):
        year = at_level_3()
        year.policy = merge(POLICY, overrides)
        assert year.miss(D[25]).now("review") is False
    year = at_level_3()
    year.say(mark(D[20], "tardy", minutes=45)).close(D[22])
    assert (year.now("occasions"), year.now("review")) == (9, False)
