"""Engine and oracle side by side, and the shortest story about one pupil on which they differ."""

from dataclasses import replace
from typing import Any

from deploy.scenario.check import Difference, check
from deploy.scenario.model import CloseEntry, Expectation, Scenario, Step
from deploy.scenario.parse import parse
from deploy.scenario.plan import steps
from deploy.scenario.pure import PureRunner
from deploy.scenario.run import take
from tests.oracle.case import EVENTS
from tests.oracle.judge import judge
from tests.oracle.random_scenarios import random_text


def alone(scenario: Scenario, student: str) -> Scenario:
    """The scenario of one pupil only; the same days are closed."""
    own = tuple(step for step in scenario.timeline if about(step) in (student, None))
    pupils = tuple(each for each in scenario.students if each.id == student)
    until = max([step.at.date() for step in scenario.timeline] + ([scenario.until] if scenario.until else []))
    return replace(scenario, students=pupils, timeline=own, until=until, expectations=())


def about(step: Step) -> str | None:
    return None if isinstance(step.entry, CloseEntry) else step.entry.student


def first_difference(scenario: Scenario) -> list[Difference]:
    """After the first close at which engine and oracle differ about the only pupil."""
    (student,) = scenario.students
    runner = PureRunner(scenario)
    for step, (values, events) in zip(steps(scenario), judge(scenario, student.id)[1:], strict=True):
        take(step, runner)
        if isinstance(step.entry, CloseEntry):
            expected = expectation(student.id, step.entry, values, events)
            found = check(expected, runner.state_of(student.id))
            if found:
                return found
    return []


def expectation(student: str, close: CloseEntry, values: dict[str, Any], events: set[str]) -> Expectation:
    return Expectation(student, close.day, values, tuple(events & EVENTS), tuple(EVENTS - events), 0)


def shrunk(scenario: Scenario) -> Scenario:
    """Leaves out entry after entry as long as the two still differ about the same."""
    names = {difference.name for difference in first_difference(scenario)}
    size = max(1, len(scenario.timeline) // 2)
    while size:
        place = 0
        while place < len(scenario.timeline):
            fewer = replace(scenario, timeline=scenario.timeline[:place] + scenario.timeline[place + size :])
            if names & {difference.name for difference in first_difference(fewer)}:
                scenario = fewer
            else:
                place += size
        size //= 2
    return scenario


def story(scenario: Scenario) -> str:
    """The pupil, the entries and the difference, to be read."""
    told = [f"{scenario.overrides} {scenario.students[0]}"]
    told += [f"{step.at:%Y-%m-%d %H:%M} {step.entry}" for step in scenario.timeline]
    return "\n".join([*told, *map(str, first_difference(scenario))])


def disagreements(seed: int, pupils: int) -> list[str]:
    """The stories of all pupils of a random file about whom engine and oracle disagree at some close."""
    scenario = parse(random_text(seed, pupils, looks=0), f"seed {seed}")
    those = [alone(scenario, student.id) for student in scenario.students]
    return [story(shrunk(one)) for one in those if first_difference(one)]
