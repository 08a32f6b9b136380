"""What a policy means, what is odd about it, what differs, and what a file has wrong."""

from datetime import date
from typing import Any

import pytest

from deploy.policy.difference import differences
from deploy.policy.meaning import meaning
from deploy.policy.oddities import oddities
from deploy.policy.packs import values_of
from deploy.policy.problems import problems
from deploy.policy.wording import listed, ordinal, threshold
from services.escalation.ladder import PolicyError, load_policy
from services.escalation.policies import pack_names, policy_of

TODAY = date(2026, 1, 12)
HEAD = "id: own\nversion: 1\neffective: [2025-07-01, null]\n"


def california(**overrides: Any) -> dict[str, Any]:
    return values_of(policy_of("us-ca", overrides))


def test_a_pack_in_words() -> None:
    said = "\n".join(meaning(california()))
    assert "more than 30 minutes in one stretch" in said
    assert "close of the 3rd school day" in said
    assert "first report goes to the attendance supervisor at 3 occasions in the school year" in said
    assert "second notice is due at 6 occasions in the school year" in said
    assert "at least 5 school days, a new occasion and a contact or held meeting" in said


def test_a_changed_number_changes_its_sentence_only() -> None:
    changed = set(meaning(california(letters={"L2": 5}))) - set(meaning(california()))
    assert changed == {
        "The second notice is due at 5 occasions in the school year; the pupil enters level 2, and a mediation meeting is due."
    }


@pytest.mark.parametrize(
    ("written", "words"),
    [
        (1, "1 occasion in the school year"),
        ({"gt": 6, "unit": "full_day"}, "more than 6 full days in the school year"),
        ({"n": 3, "unit": "day_or_part", "window": "4_weeks"}, "3 days or parts of a day in 4 weeks"),
        ({"n": 5, "window": "calendar_month"}, "5 occasions in a calendar month"),
        ({"pct": 10.0, "window": "percent_since_enrolment"}, "10 % of the school days since enrolment"),
    ],
)
def test_thresholds_in_words(written: Any, words: str) -> None:
    assert threshold(written) == words


def test_the_head_of_a_policy_may_stand_in_a_section_of_its_own() -> None:
    head = "policy: {id: own, version: 1, effective: [2025-07-01, null], counting: {minutes_gt: 20}}\n"
    policy = load_policy(head + "chronic_truant: {requires: [48260, 48260.5, 48263]}\n", "own.yaml")
    assert (policy.id, policy.counting.minutes_gt) == ("own", 20)
    assert policy.chronic_truant.requires == {"48260", "48260.5", "48263"}
    assert policy_of("us-ca", {"policy": {"counting": {"minutes_gt": 20}}}).counting.minutes_gt == 20


def test_what_is_said_twice_is_refused() -> None:
    with pytest.raises(PolicyError, match="policy: counting is said twice"):
        policy_of("us-ca", {"policy": {"counting": {"minutes_gt": 20}}, "counting": {"minutes_gt": 25}})


def test_enforcement_always_follows_a_directive() -> None:
    with pytest.raises(PolicyError, match=r"levels\.ENF\.after"):
        policy_of("us-ca", {"levels": {"ENF": {"after": []}}})


@pytest.mark.parametrize("name", pack_names())
def test_every_pack_that_ships_can_be_said(name: str) -> None:
    sentences = meaning(values_of(policy_of(name, {})))
    assert len(sentences) >= 8
    assert not [sentence for sentence in sentences if "None" in sentence or "_" in sentence or "  " in sentence]


def test_rules_of_other_states() -> None:
    texas = meaning(values_of(policy_of("us-tx", {})))
    assert "At 3 occasions in 4 weeks: parent warning and request conference." in texas
    assert "At 10 % of the school days missed for any reason: chronic absent." in meaning(
        values_of(policy_of("NY", {}))
    )


def test_small_words() -> None:
    assert [ordinal(number) for number in (1, 2, 3, 4, 11, 13, 22)] == [
        "1st",
        "2nd",
        "3rd",
        "4th",
        "11th",
        "13th",
        "22nd",
    ]
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert listed(["a"]) == "a"
    assert listed([]) == ""


@pytest.mark.parametrize(
    ("overrides", "key"),
    [
        ({"letters": {"min_school_days_between": 0}}, "letters.min_school_days_between"),
        ({"letters": {"need_intervention_between": False}}, "letters.need_intervention_between"),
        ({"letters": {"need_new_occasion_since_last": False}}, "letters.need_new_occasion_since_last"),
        ({"counting": {"minutes_gt": 20}}, "counting.minutes_gt"),
        ({"counting": {"age": {"min": 5}}}, "counting.age"),
        ({"habitual": {"reports": 2}}, "habitual.reports"),
        ({"charge_basis": [{"id": "PC270.1"}]}, "charge_basis"),
        ({"levels": {"L2": {"statutory_notice_days": 4}}}, "levels.L2.statutory_notice_days"),
        ({"levels": {"L3": {"notice_days": 5}}}, "levels.L3.notice_days"),
        ({"notice_48260_5": {"template": {"V1": ["2010-10-19", None]}}}, "notice_48260_5.template.V1"),
        ({"effective": ["2024-07-01", "2025-06-30"]}, "effective"),
        ({"effective": ["2026-07-01", None]}, "effective"),
    ],
)
def test_what_is_odd_is_named(overrides: dict[str, Any], key: str) -> None:
    [usual] = oddities(california(), TODAY)
    assert usual.startswith("release: level 1 and level 2 without a person")
    assert [warning.partition(":")[0] for warning in oddities(california(**overrides), TODAY)] == [key, "release"]


def test_a_person_or_a_blast_radius_is_not_odd() -> None:
    assert oddities(california(release={"level_1": "person", "level_2": "person"}), TODAY) == []
    assert oddities(california(release={"blast_radius": {"pupils": 20}}), TODAY) == []


def test_differences_key_by_key() -> None:
    other = california(letters={"L2": 5, "min_school_days_between": 10}, release={"level_1": {"after_school_days": 3}})
    found = {change.key: change.words for change in differences(california(), other)}
    assert found == {
        "letters.L2": "6 occasions in the school year → 5 occasions in the school year",
        "letters.min_school_days_between": "5 → 10",
        "release.level_1": "automatic → after school days 3",
    }
    assert differences(other, other) == []


def problems_of(text: str) -> list[str]:
    with pytest.raises(PolicyError) as caught:
        load_policy(text, "own.yaml")
    return [str(problem) for problem in problems(caught.value, "own.yaml", text)]


def test_every_problem_with_its_line() -> None:
    found = problems_of(HEAD + "letters:\n  L1: 3\n  spacing: 5\nlevels:\n  L1: {monitor_school_days: 600}\nextra: 1\n")
    places = sorted(problem.split(": ")[0] + " " + problem.split(": ")[1] for problem in found)
    assert places == [
        "own.yaml:6 letters.spacing",
        "own.yaml:8 levels.L1.monitor_school_days",
        "own.yaml:9 extra",
    ]


def test_a_file_that_is_not_yaml() -> None:
    [problem] = problems_of("id: [own\nversion: 1\n")
    assert problem.startswith("own.yaml:1: not YAML")
