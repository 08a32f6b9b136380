"""Policies, acts and states as text and JSON."""

from datetime import date
from typing import Any

import pytest

from services.escalation.ladder import (
    ActError,
    DaAnswer,
    PolicyError,
    act_to_json,
    load_policy,
    merge,
    parse_act,
    state_from_json,
    state_to_json,
)
from services.escalation.ladder.policy import Policy
from shared.contracts.ladder import Service
from tests.unit.escalation.ladder.builders import (
    DAYS,
    POLICY,
    Year,
    at,
    contact,
    directive,
    enforcement_proposed,
    meeting,
    person,
    progress,
)

D = DAYS
ID = "6f0d3e0c-5f0e-5d5c-9a54-0d8a7d1c6b01"


def test_the_pack_says_what_the_statute_says() -> None:
    assert POLICY.letters.model_dump(include={"L1", "L2", "L3"}) == {"L1": 3, "L2": 6, "L3": 9}
    assert POLICY.counting.minutes_gt == 30
    assert {basis.id: basis.valid_to for basis in POLICY.charge_basis}["PC270.1"] == date(2025, 12, 31)
    assert POLICY.notice_48260_5.template["V2"] == (date(2025, 7, 1), None)


def test_the_pack_names_every_value_that_the_engine_judges_with() -> None:
    """A default in the code must not decide silently."""
    said = POLICY.model_dump(exclude_unset=True)
    everything = POLICY.model_dump()
    for basis in (*said["charge_basis"], *everything["charge_basis"]):
        for key in ("valid_from", "valid_to", "suggest"):
            basis.pop(key, None)
    for key in ("n", "gt", "pct", "unit", "window", "min_school_days"):
        everything["levels"]["L1"].pop(key)  # without a number level 1 has no threshold of its own
    for key in ("rules", "plan_max_school_days", "statutory_truancy_number"):
        everything.pop(key)  # of other states
    assert said == everything


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        ({"letters": {"L4": 3}}, ["letters.L4", "unknown key"]),
        ({"letters": {"L2": 2}}, ["L1, L2 and L3 must not decrease"]),
        ({"letters": {"L1": 2}}, ["reports.first_at_occasions"]),
        ({"letters": {"min_school_days_between": "soon"}}, ["letters.min_school_days_between", "integer"]),
        ({"counting": {"unit": "lesson"}}, ["counting.unit", "'occasion_day'", "'period'", "not 'lesson'"]),
        ({"unit": "lesson"}, ["counting.unit", "'full_day'"]),
        ({"excused_excessive": {"reasons": ["CHD"]}}, ["excused_excessive.reasons", "'ILL'", "not 'CHD'"]),
        ({"excused_excessive": {"unnoted_becomes": "excused"}}, ["excused_excessive.unnoted_becomes", "'unexcused'"]),
        ({"excuse_caps": {"FUN": {"days": 5}}}, ["excuse_caps.FUN", "'GRV'"]),
        ({"excuse_caps": {"GRV": {"days": 5, "per": "week"}}}, ["excuse_caps.GRV.per", "'incident'"]),
        ({"sms": {"quiet": ["22:00", "08:00"]}}, ["sms.quiet", "'21:00'", "not '22:00'"]),
        ({"lettres": {"L1": 3}}, ["lettres: unknown key", "did you mean 'letters'?"]),
        ({"levels": {"L3": {"afer": []}}}, ["levels.L3.afer: unknown key", "did you mean 'after'?"]),
        ({"levels": {"L3": {"after": ["SART"]}}}, ["levels.L3.after.0", "'SART_held'", "not 'SART'"]),
        ({"levels": {"L3": {"service": ["fax"]}}}, ["levels.L3.service", "'certified'"]),
        ({"levels": {"L1": {"n": 3, "gt": 2}}}, ["levels.L1", "n and gt: only one of them"]),
        ({"letters": {"L2": {"unit": "full_day"}}}, ["letters.L2", "one of n, gt or pct is needed"]),
        (
            {"letters": {"L2": {"n": 6, "window": "a_month"}}},
            ["letters.L2.window", "'a_month' is no window", "<N>_weeks"],
        ),
        ({"letters": {"L2": {"n": 6, "unit": "day_or_part"}}}, ["needs counting.unit: day_or_part"]),
        ({"letters": {"L2": {"pct": 10}}}, ["letters.L2", "percent_since_enrolment"]),
        ({"letters": {"L2": True}}, ["letters.L2"]),
        ({"age": {"min": 18}}, ["counting.age", "min 18 must be below max_exclusive 18"]),
        ({"counting": {"unit": "full_day", "full_day": False}}, ["leaves nothing to count"]),
        ({"charge_basis": [{"id": "X", "form": 1}]}, ["charge_basis.0.form: unknown key", "allowed: id"]),
    ],
)
def test_an_override_that_the_engine_does_not_know_is_an_error(overrides: dict[str, Any], words: list[str]) -> None:
    with pytest.raises(PolicyError) as error:
        merge(POLICY, overrides)
    assert all(word in str(error.value) for word in ["us-ca", *words])


def test_overrides_are_laid_over_section_by_section() -> None:
    changed = merge(POLICY, {"letters": {"min_school_days_between": 3}})
    assert changed.letters.min_school_days_between == 3
    assert changed.model_copy(update={"letters": POLICY.letters}) == POLICY
    assert merge(POLICY, {}) == POLICY


@pytest.mark.parametrize(
    "overrides",
    [
        {"letters": {"L1": {"n": 3, "unit": "occasion_day"}, "L2": {"n": 6, "unit": "full_day"},
                     "L3": {"gt": 6, "unit": "full_day"}}},
        {"levels": {"L1": {"n": 3, "window": "calendar_month"}}},
        {"levels": {"L3": {"after": ["SART_held"]}}},
        {"levels": {"L3": {"notice_days": 10, "service": ["mail"]}}},
        {"sarb_counts": {"unverified": False, "period": False}},
        {"excused_excessive": {"enabled": True, "trigger_pct_enrolled_gt": 10, "unnoted_becomes": "unexcused"}},
        {"unit": "day_or_part", "age": {"min": 6, "max_exclusive": 19}},
        {"unit": "day", "unknown_counts_as_unexcused": True},
        {"sms": {"quiet": ["21:00", "08:00"], "stop_scope": "class"}},
        {"letters": {"L1": 4}},
        {"letters": {"L1": 3, "L2": 6, "L3": 9, "min_school_days_between": 5, "max_per_day": 1, "strict_sequence": True}},
    ],
)  # fmt: skip
def test_what_districts_write_is_accepted(overrides: dict[str, Any]) -> None:
    assert merge(POLICY, overrides) != POLICY or overrides.keys() <= {"sms", "letters"}


def test_short_words_mean_the_keys_of_the_section() -> None:
    changed = merge(
        POLICY, {"unit": "day", "age": {"min": 6, "max_exclusive": 16}, "unknown_counts_as_unexcused": True}
    )
    assert changed.counting.unit == "full_day"
    assert changed.counting.age.max_exclusive == 16
    assert changed.counting.unverified.counts
    assert changed.counting.unverified.matures_after_school_days == 3


def test_a_threshold_replaces_the_whole_old_one() -> None:
    first = merge(POLICY, {"letters": {"L3": {"gt": 6, "unit": "full_day"}}})
    assert first.letters.L3.written() == {"gt": 6, "unit": "full_day"}
    again = merge(first, {"letters": {"L3": {"n": 10}}})
    assert again.letters.model_dump()["L3"] == 10
    assert merge(POLICY, {"excuse_caps": {}}).excuse_caps == {}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("id: [", ["test.yaml", "not YAML"]),
        ("- 1", ["test.yaml", "pack", "must be a mapping"]),
        ("{id: x, version: 1, id: y}", ["test.yaml", "line 1", "'id' stands here twice"]),
        ("{id: x, extends: us-xx}", ["test.yaml", "extends", "'us-xx'"]),
        ("{id: x, versions: 3}", ["test.yaml", "versions must be lists"]),
        ("{id: x, versions: [3]}", ["test.yaml", "must be a mapping of keys, not 3"]),
        (
            "{id: x, versions: [{version: 1, effective: [2024-07-01, null]}, {version: 2, effective: [2025-07-01, null]}]}",
            ["test.yaml", "versions 1 and 2 are both in force on 2025-07-01"],
        ),
        ("id: x", ["test.yaml", "version: Field required"]),
        ("{id: x, version: 1, effective: [2025-07-01, null], habitual: {reports: 0}}", ["habitual.reports"]),
    ],
)
def test_a_pack_that_is_not_valid(text: str, words: list[str]) -> None:
    with pytest.raises(PolicyError) as error:
        load_policy(text, "test.yaml")
    assert all(word in str(error.value) for word in words)


def test_a_small_pack_is_enough() -> None:
    assert isinstance(load_policy("{id: x, version: 1, effective: [2025-07-01, null]}", "x.yaml"), Policy)


@pytest.mark.parametrize(
    "act",
    [
        contact(at(D[0])),
        meeting(at(D[0]), "mediation", "scheduled", date=D[9], statutory=True,
                served=(Service(to="pupil", method="certified", posted=D[1]),)),
        directive(at(D[0]), "counselling"),
        progress(at(D[0]), "counselling", "done"),
        person(at(D[0]), "approve_enforcement", basis="EC48293"),
        DaAnswer(person(at(D[0]), "hold").id, at(D[0]), "office", "filed"),
    ],
    ids=lambda act: act.kind,
)  # fmt: skip
def test_acts_come_back_from_json(act: Any) -> None:
    assert parse_act(act_to_json(act)) == act


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"kind": "call"}, ["kind", "'call'", "contact"]),
        ({}, ["kind"]),
        ({"kind": "contact", "id": ID, "at": "2025-09-08T09:00:00-07:00", "by": "x", "channel": "fax", "outcome": "reached"},
         ["channel", "'phone'"]),
        ({"kind": "contact", "id": ID, "at": "2025-09-08T09:00:00", "by": "x", "channel": "phone", "outcome": "reached"},
         ["at", "timezone"]),
        ({"kind": "act", "id": ID, "at": "2025-09-08T09:00:00-07:00", "by": "x", "do": "hold", "mood": "bad"}, ["mood"]),
    ],
)  # fmt: skip
def test_an_act_that_is_not_well_formed(data: dict[str, Any], words: list[str]) -> None:
    with pytest.raises(ActError) as error:
        parse_act(data)
    assert all(word in str(error.value) for word in words)


def test_a_state_comes_back_from_json() -> None:
    year = enforcement_proposed()
    year.act(meeting(at(D[53]), "sarb", "scheduled", date=D[70]))
    year.act(person(at(D[53]), "hold"))
    year.act(person(at(D[53]), "waive_disposition", step="level_1"))
    assert state_from_json(state_to_json(year.state)) == year.state
    year.act(person(at(D[54]), "dismiss", step="enforcement"))
    year.excuse(D[1]).close(D[54])
    assert state_from_json(state_to_json(year.state)) == year.state


def test_a_new_state_is_small() -> None:
    assert state_to_json(Year().state) == {"school_year": "2025-2026"}
