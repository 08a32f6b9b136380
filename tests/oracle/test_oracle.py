"""The oracle itself holds for every scenario that somebody thought through."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from deploy.scenario.check import Observation, check
from deploy.scenario.model import Expectation
from deploy.scenario.parse import parse_file
from deploy.scenario.plan import looked_at_after, steps
from tests.oracle.case import EVENTS
from tests.oracle.judge import judge

OWN = Path(__file__).parents[1] / "scenarios"


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


@pytest.mark.parametrize("path", sorted(OWN.glob("*.yaml")), ids=lambda path: path.stem)
def test_own_scenarios(path: Path) -> None:
    assert disagreements(path) == []
