"""What differs between an expectation and what came out, in plain words."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from deploy.scenario.model import Expectation, Scenario


@dataclass(frozen=True, slots=True)
class Observation:
    """Where a pupil stands: `values` by the names of scenarios.md, and the types of all events so far."""

    values: Mapping[str, Any]
    events: Collection[str]


@dataclass(frozen=True, slots=True)
class Difference:
    line: int
    student: str
    at: date | None
    name: str
    expected: Any
    found: Any

    def __str__(self) -> str:
        when = f"on {self.at}" if self.at else "at the end"
        return f"line {self.line}: {self.student} {when}: {self.name} is {self.found}, expected {self.expected}"


@dataclass(frozen=True, slots=True)
class Report:
    """What a run of a scenario came to."""

    file: str
    title: str
    expectations: int
    differences: tuple[Difference, ...]

    @property
    def holds(self) -> bool:
        return not self.differences

    def as_json(self) -> dict[str, Any]:
        return {
            "file": self.file,
            "scenario": self.title,
            "expectations": self.expectations,
            "holds": self.holds,
            "differences": [
                {
                    "line": each.line,
                    "student": each.student,
                    "at": each.at.isoformat() if each.at else None,
                    "name": each.name,
                    "expected": each.expected,
                    "found": each.found,
                }
                for each in self.differences
            ],
        }


def report(scenario: Scenario, differences: list[Difference]) -> Report:
    in_order = sorted(differences, key=lambda difference: difference.line)
    return Report(scenario.file, scenario.title, len(scenario.expectations), tuple(in_order))


def check(expectation: Expectation, observed: Observation) -> list[Difference]:
    """One difference for each value that is not as expected."""
    found = {name: as_written(observed.values.get(name)) for name in expectation.values}
    if "disposition" in expectation.values:
        found["disposition"] = {level: found["disposition"].get(level) for level in expectation.values["disposition"]}
    pairs = [(name, expected, found[name]) for name, expected in expectation.values.items()]
    pairs += [(f"event {name}", "sent", "not sent") for name in expectation.include if name not in observed.events]
    pairs += [(f"event {name}", "not sent", "sent") for name in expectation.exclude if name in observed.events]
    return [
        Difference(expectation.line, expectation.student, expectation.at, name, expected, got)
        for name, expected, got in pairs
        if expected != got
    ]


def as_written(value: Any) -> Any:
    """Dates as ISO strings and tuples as lists, as scenarios and JSON have them."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [as_written(each) for each in value]
    if isinstance(value, Mapping):
        return {key: as_written(each) for key, each in value.items()}
    return value
