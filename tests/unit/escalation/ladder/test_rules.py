"""Packs with rules of their own: Texas, Florida, New York."""

from typing import Any

import pytest

from services.escalation.ladder import (
    DaAnswer,
    PersonDecision,
    Policy,
    PolicyError,
    merge,
    state_from_json,
    state_to_json,
)
from services.escalation.policies import pack
from shared.contracts.ladder import LevelSteppedDown
from tests.unit.escalation.ladder.builders import DAYS, POLICY, Year, at, meeting, person

D = DAYS
TEXAS, FLORIDA = pack("us-tx"), pack("us-fl")


def referred() -> Year:
    return Year(policy=TEXAS).miss(*D[:10])


def test_a_rule_is_met_once_and_says_why_and_until_when() -> None:
    year = referred()
    met = [event for event in year.events if event.type == "rule.met"]
    assert [(event.rule, event.due_by) for event in met] == [("warning", None), ("referral", D[19])]  # type: ignore[attr-defined]
    assert (year.now("proposed"), year.now("reports"), year.now("notices")) == ("enforcement", 0, [])
    assert state_from_json(state_to_json(year.state)) == year.state


def test_a_fact_bars_the_referral_for_the_year() -> None:
    year = referred()
    assert year.act(person(at(D[10]), "dismiss", step="enforcement", basis="homeless")) == ["act.recorded"]
    assert year.miss(*D[11:20]).now("proposed") == "none"


@pytest.mark.parametrize(
    ("do", "basis", "allowed"),
    [("dismiss", "poverty", "severe_illness"), ("hold", "homeless", "prevention_succeeding")],
)
def test_another_word_is_refused_with_the_allowed_ones(do: str, basis: str, allowed: str) -> None:
    year = referred()
    assert year.act(person(at(D[10]), do, step="enforcement", basis=basis)) == ["act.refused"]
    assert allowed in year.events[-1].reason  # type: ignore[attr-defined]
    assert year.now("proposed") == "enforcement"


def test_a_correction_takes_the_referral_back_and_keeps_the_warning() -> None:
    year = referred()
    year.excuse(D[9]).close(D[10])
    assert (year.now("proposed"), year.now("level")) == ("none", "level_1")
    assert {"rule.no_longer_met", "proposal.withdrawn"} <= set(year.types)
    assert year.now("sent") == ["parent_warning"]


def test_a_warning_whose_days_changed_is_put_right() -> None:
    year = Year(policy=TEXAS).miss(*D[:4])
    year.excuse(D[0]).close(D[4])
    assert year.now("sent") == ["parent_warning:basis_changed", "correction"]
    assert year.now("level") == "level_1"


def test_at_court_only_a_person_takes_back() -> None:
    year = referred()
    year.act(person(at(D[10]), "approve_enforcement", basis="TX-25.0951"))
    year.excuse(*D[:8]).close(D[11])
    assert (year.now("level"), year.now("review")) == ("enforcement", True)
    year.act(person(at(D[12]), "dismiss", step="enforcement"))
    assert (year.now("level"), year.now("review")) == ("prevention", False)


def test_after_the_court_said_no_the_pupil_is_watched_at_level_1() -> None:
    year = referred()
    year.act(person(at(D[10]), "approve_enforcement", basis="TX-25.0951"))
    year.act(DaAnswer(person(at(D[11]), "hold").id, at(D[11]), "office", "declined"))
    [down] = [event for event in year.events if isinstance(event, LevelSteppedDown)]
    assert (down.because.rule, down.level, year.state.enforcement_basis) == ("da.declined", "level_1", None)
    year.close(D[12])
    assert (year.now("level"), year.now("proposed")) == ("level_1", "none")


def test_a_conference_that_was_held_is_the_disposition() -> None:
    year = Year(policy=TEXAS).miss(*D[:3])
    assert year.now("meetings_required") == ["conference"]
    year.act(meeting(at(D[4]), "conference"))
    assert year.now("disposition") == {"level_1": "held", "level_2": "open"}


def test_improvement_steps_down_and_three_new_days_warn_again() -> None:
    year = Year(policy=TEXAS).miss(*D[:3])
    year.close_through(D[3], D[47])
    assert year.now("level") == "prevention"
    year.miss(D[60], D[61])
    assert year.now("level") == "prevention"
    year.miss(D[62])
    assert (year.now("level"), year.now("sent")) == ("level_1", ["parent_warning", "recognition", "parent_warning"])
    year.miss(D[63])
    assert year.now("sent").count("parent_warning") == 2, "one warning for each time"


def test_a_warning_waits_for_a_person_where_the_policy_says_so() -> None:
    year = Year(policy=merge(TEXAS, {"release": {"level_1": "person"}})).miss(*D[:3])
    assert (year.now("level"), year.now("waiting"), year.now("sent")) == ("prevention", ["level_1"], [])
    year.act(person(at(D[3]), "release", step="level_1"))
    year.close(D[3])
    assert (year.now("level"), year.now("waiting"), year.now("sent")) == ("level_1", [], ["parent_warning"])


def test_a_waiting_warning_leaves_the_queue_with_its_rule() -> None:
    year = Year(policy=merge(TEXAS, {"release": {"level_1": "person"}})).miss(*D[:3])
    year.excuse(*D[:3]).close(D[3])
    assert (year.now("waiting"), year.now("level")) == ([], "prevention")


def test_florida_asks_the_home_about_every_absence_and_withdraws_the_question() -> None:
    year = Year(policy=FLORIDA)
    year.absent(D[0], excuse="unverified").close(D[0])
    assert (year.now("occasions"), year.now("sent")) == (1, ["absence_notice"])
    year.excuse(D[0]).close(D[1])
    assert (year.now("occasions"), year.now("sent")) == (0, ["absence_notice:withdrawn"])


def test_a_habitual_truant_of_florida_who_no_longer_is() -> None:
    year = Year(policy=FLORIDA).miss(*D[:15])
    assert (year.now("habitual"), year.now("proposed"), year.now("reports")) == (True, "enforcement", 2)
    year.excuse(D[14]).close(D[15])
    assert (year.now("habitual"), year.now("proposed"), year.now("reports")) == (False, "none", 2)


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        ({"rules": [{"n": 3, "do": ["parent_warning"]}, {"n": 3, "do": ["contact_home"]}]},
         ["'3_in_school_year' stands here twice"]),
        ({"rules": [{"n": 3, "do": ["call_home"]}]}, ["rules.0.do.0", "'contact_home'", "not 'call_home'"]),
        ({"rules": [{"n": 3, "do": []}]}, ["rules.0.do"]),
        ({"rules": [{"do": ["contact_home"]}]}, ["exactly one of n, gt, pct and any_pct"]),
        ({"rules": [{"n": 3, "do": ["chronic_absent"]}]}, ["any_pct goes with do: [chronic_absent]"]),
        ({"rules": [{"any_pct": 15, "do": ["chronic_absent"]}]}, ["any_pct 15 must be chronic_absent.any_pct_gte"]),
        ({"rules": [{"n": 3, "do": ["petition_review"], "bar_if": ["rain"]}]}, ["rules.0.bar_if.0", "'homeless'"]),
        ({"rules": [{"n": 3, "windw": "4_weeks", "do": ["contact_home"]}]},
         ["rules.0.windw: unknown key", "did you mean 'window'?"]),
        ({"rules": [{"n": 3, "unit": "day_or_part", "do": ["contact_home"]}]}, ["needs counting.unit: day_or_part"]),
        ({"plan_max_school_days": 20}, ["levels.L1.monitor_school_days (30) must not be above plan_max_school_days (20)"]),
    ],
)  # fmt: skip
def test_a_rule_that_makes_no_sense_is_an_error(overrides: dict[str, Any], words: list[str]) -> None:
    with pytest.raises(PolicyError) as error:
        merge(POLICY, overrides)
    assert all(word in str(error.value) for word in words), str(error.value)


@pytest.mark.parametrize(
    ("policy", "act", "reason"),
    [
        (TEXAS, person(at(D[10]), "dismiss", step="level_3", basis="foster"), "a basis bars enforcement, not level_3"),
        (FLORIDA, person(at(D[10]), "dismiss", basis="foster"),
         "foster bars no referral under this policy; allowed: none"),
    ],
)  # fmt: skip
def test_what_bars_nothing_and_why(policy: Policy, act: PersonDecision, reason: str) -> None:
    year = Year(policy=policy)
    assert year.act(act) == ["act.refused"]
    assert year.events[-1].reason == reason  # type: ignore[attr-defined]


def test_in_new_york_the_rule_of_chronic_absence_is_met_and_no_longer_met() -> None:
    year = Year(policy=pack("us-ny")).miss(D[0]).close_through(D[1], D[10])
    said = [event for event in year.events if event.type.startswith("rule.")]
    assert [(event.type, event.rule) for event in said] == [  # type: ignore[attr-defined]
        ("rule.met", "chronic_absence"),
        ("rule.no_longer_met", "chronic_absence"),
    ]


def test_in_florida_five_new_days_after_improvement_lead_to_the_study_team_again() -> None:
    """The home hears of each of those days; that is no improvement."""
    year = Year(policy=FLORIDA).miss(*D[10:15]).close_through(D[15], D[45])
    assert year.now("level") == "prevention"
    assert year.miss(*D[80:84]).now("level") == "prevention"
    assert year.miss(D[84]).now("level") == "level_1"
