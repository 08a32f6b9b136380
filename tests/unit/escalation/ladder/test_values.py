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
    assert (POLICY.letters.L1, POLICY.letters.L2, POLICY.letters.L3) == (3, 6, 9)
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
    for key in ("unit", "window"):
        everything["counting"].pop(key)
    assert said == everything


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        ({"letters": {"L4": 3}}, ["letters.L4", "unknown key"]),
        ({"letters": {"L2": 2}}, ["L1, L2 and L3 must not decrease"]),
        ({"letters": {"L1": 2}}, ["reports.first_at_occasions"]),
        ({"letters": {"min_school_days_between": "soon"}}, ["letters.min_school_days_between", "integer"]),
        ({"counting": {"unit": "period"}}, ["counting.unit", "'occasion_day'"]),
        ({"excused_excessive": {"enabled": True}}, ["excused_excessive.enabled", "False"]),
        ({"sms": {"quiet": ["21:00", "08:00"]}}, ["sms", "unknown key"]),
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
    ("text", "words"),
    [
        ("id: [", ["test.yaml", "not YAML"]),
        ("- 1", ["test.yaml", "pack"]),
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
