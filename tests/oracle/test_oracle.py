"""The oracle itself holds for every scenario that somebody thought through."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from deploy.scenario.check import Observation, check
from deploy.scenario.model import ActEntry, CloseEntry, Expectation, MarkEntry, RetractEntry, RosterEntry, Scenario
from deploy.scenario.parse import parse_file
from deploy.scenario.plan import looked_at_after, steps
from tests.oracle.case import EVENTS, rules_of
from tests.oracle.judge import Judge, judge

SECTIONS = {"counting", "reports", "habitual", "chronic_truant", "chronic_absent", "letters", "levels", "charge_basis"}
CAPPED = "s24-maturity-and-grief"
"""Turns on how many days of grief are excused, of which the words of the scenario language say nothing."""
FILES = [path for path in sorted((Path(__file__).parents[1] / "scenarios").glob("*.yaml")) if path.stem != CAPPED]


def in_its_words(scenario: Scenario) -> bool:
    """The oracle speaks of one school year and agency, of the pack us-ca and the numbers in it, and of the acts that it knows."""
    agencies = {school.lea_type for school in scenario.schools}
    one_year = scenario.ends < date(scenario.starts.year + 1, 7, 1)
    numbers = set(scenario.overrides) <= SECTIONS and other_numbers(rules_of("us-ca", {}), scenario.overrides)
    if scenario.policy != "us-ca" or not numbers or len(agencies) > 1 or not one_year:
        return False
    names = {name for expectation in scenario.expectations for name in expectation.values}
    known = names <= set(Judge(scenario, scenario.students[0].id).standing())
    return known and all(in_its_words_too(step.entry) for step in scenario.timeline)


def other_numbers(pack: Any, overrides: Any) -> bool:
    """Do the overrides only give other values to what the pack has?"""
    if isinstance(pack, dict) and isinstance(overrides, dict):
        return all(key in pack and other_numbers(pack[key], value) for key, value in overrides.items())
    return type(pack) is type(overrides)


def in_its_words_too(entry: Any) -> bool:
    if isinstance(entry, MarkEntry | RetractEntry | RosterEntry | CloseEntry):
        return True
    if not isinstance(entry, ActEntry) or not hasattr(Judge, f"on_{entry.act.kind}"):
        return False
    act: Any = entry.act
    return act.kind != "act" or (hasattr(Judge, f"do_{act.do}") and act.step in (None, "level_1", "level_2"))


def spoken_of(expectation: Expectation) -> Expectation:
    """Without the events about which the oracle says nothing."""
    include = tuple(event for event in expectation.include if event in EVENTS)
    return replace(expectation, include=include)


def disagreements(path: Path) -> list[str]:
    scenario = parse_file(path)
    plan = steps(scenario)
    opinions = {student.id: judge(scenario, student.id) for student in scenario.students}
    found: list[Any] = []
    for expectation in scenario.expectations:
        values, events = opinions[expectation.student][looked_at_after(expectation, plan)]
        found += check(spoken_of(expectation), Observation(values, events))
    return [f"{path.name}, {difference}" for difference in found]


def test_acceptance_cases(acceptance: Path) -> None:
    assert [each for path in sorted((acceptance / "scenarios").glob("*.yaml")) for each in disagreements(path)] == []


def test_own_scenarios() -> None:
    judged = [path for path in FILES if in_its_words(parse_file(path))]
    assert len(judged) >= 20
    assert [each for path in judged for each in disagreements(path)] == []
