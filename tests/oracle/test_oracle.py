"""The oracle itself holds for every scenario that somebody thought through."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from deploy.scenario.check import Observation, check
from deploy.scenario.model import ActEntry, Expectation, Scenario
from deploy.scenario.parse import parse_file
from deploy.scenario.plan import looked_at_after, steps
from tests.oracle.case import EVENTS
from tests.oracle.judge import Judge, judge

FILES = sorted((Path(__file__).parents[1] / "scenarios").glob("*.yaml"))
SECTIONS = {"counting", "reports", "habitual", "chronic_truant", "chronic_absent", "letters", "levels", "charge_basis"}


def in_its_words(scenario: Scenario) -> bool:
    """The oracle speaks of one school year and agency, of the pack us-ca and the numbers in it, and of the acts that it knows."""
    one_year = scenario.ends < date(scenario.starts.year + 1, 7, 1)
    acts: list[Any] = [step.entry.act for step in scenario.timeline if isinstance(step.entry, ActEntry)]
    decisions = [act for act in acts if act.kind == "act"]
    known = all(hasattr(Judge, f"on_{act.kind}") for act in acts)
    known = known and all(
        hasattr(Judge, f"do_{act.do}") and act.step in (None, "level_1", "level_2") for act in decisions
    )
    names = {name for expectation in scenario.expectations for name in expectation.values}
    said = names <= set(Judge(scenario, scenario.students[0].id).standing()) if one_year and known else False
    agencies = {school.lea_type for school in scenario.schools}
    return scenario.policy == "us-ca" and len(agencies) == 1 and set(scenario.overrides) <= SECTIONS and said


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
