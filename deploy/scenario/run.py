"""Runs a scenario: the same steps and checks for the pure engine and for a running stack."""

from pathlib import Path
from typing import Protocol, assert_never

from deploy.scenario.check import Difference, Observation, Report, check, report
from deploy.scenario.model import ActEntry, CloseEntry, MarkEntry, RetractEntry, RosterEntry, Scenario, Step
from deploy.scenario.parse import parse_file
from deploy.scenario.plan import looked_at_after, steps
from deploy.scenario.pure import PureRunner


class Runner(Protocol):
    """Something that a scenario can be driven through."""

    def mark(self, step: Step, entry: MarkEntry) -> None: ...

    def retract(self, step: Step, entry: RetractEntry) -> None: ...

    def act(self, step: Step, entry: ActEntry) -> None: ...

    def roster(self, step: Step, entry: RosterEntry) -> None: ...

    def close(self, step: Step, entry: CloseEntry) -> None:
        """Close the day in every school; return when it is decided."""
        ...

    def state_of(self, student: str) -> Observation: ...


def run_scenario(path: Path | str) -> Report:
    """The file through the pure engine. Raises ScenarioError if it is not a scenario."""
    scenario = parse_file(Path(path))
    return drive(scenario, PureRunner(scenario))


def drive(scenario: Scenario, runner: Runner) -> Report:
    """Every step of the scenario through `runner`, each expectation looked at where it belongs."""
    plan = steps(scenario)
    due = [(looked_at_after(expectation, plan), expectation) for expectation in scenario.expectations]
    differences: list[Difference] = []
    for number in range(len(plan) + 1):
        if number:
            take(plan[number - 1], runner)
        for after, expectation in due:
            if after == number:
                differences += check(expectation, runner.state_of(expectation.student))
    return report(scenario, differences)


def take(step: Step, runner: Runner) -> None:
    entry = step.entry
    match entry:
        case MarkEntry():
            runner.mark(step, entry)
        case RetractEntry():
            runner.retract(step, entry)
        case ActEntry():
            runner.act(step, entry)
        case RosterEntry():
            runner.roster(step, entry)
        case CloseEntry():
            runner.close(step, entry)
        case _:
            assert_never(entry)
