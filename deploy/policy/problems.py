"""What a policy file has wrong, each with the line where it stands. Pure."""

import re
from dataclasses import dataclass

import yaml

from services.escalation.ladder import PolicyError

BETWEEN_PROBLEMS = re.compile(r"; (?=[^\s;]+: )")


@dataclass(frozen=True, slots=True)
class Problem:
    """`line` counts from 1; None where the problem is not about one place of the file."""

    file: str
    line: int | None
    text: str
    """The key, what is wrong with its value, what is allowed."""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}" if self.line else f"{self.file}: {self.text}"


def problems(error: PolicyError, file: str, text: str) -> list[Problem]:
    """The problems that `error` names in the file `file` with the content `text`."""
    message = str(error).removeprefix(f"{file}: ")
    if message.startswith("not YAML"):
        return [Problem(file, _line_said(message), message)]
    places = _places(text)
    return [Problem(file, _line_of(part, places), part) for part in BETWEEN_PROBLEMS.split(message)]


def _line_said(message: str) -> int | None:
    found = re.search(r"line (\d+)", message)
    return int(found[1]) if found else None


def _line_of(problem: str, places: dict[str, int]) -> int | None:
    """That of the key, or of the nearest key around it that the file has."""
    path = problem.partition(": ")[0].split(".")
    candidates = (".".join(path[:length]) for length in range(len(path), 0, -1))
    return next((places[candidate] for candidate in candidates if candidate in places), None)


def _places(text: str) -> dict[str, int]:
    """The line of every key, by its dotted path."""
    found: dict[str, int] = {}
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    if root is not None:
        _collect(root, "", found)
    return found


def _collect(node: yaml.Node, path: str, found: dict[str, int]) -> None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            found[path + key.value] = key.start_mark.line + 1
            _collect(value, f"{path}{key.value}.", found)
    if isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            found[f"{path}{number}"] = value.start_mark.line + 1
            _collect(value, f"{path}{number}.", found)
