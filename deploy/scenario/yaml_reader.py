"""Strict reading of YAML that remembers lines: every error names the file, the line and the key."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar, get_args

import yaml

Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
T = TypeVar("T")
REQUIRED: Any = object()


class ScenarioError(ValueError):
    """The file is not a scenario; the message names file, line and key."""


@dataclass(frozen=True, slots=True)
class Value:
    """A YAML node under a key of a file."""

    file: str
    key: str
    node: yaml.Node

    @property
    def line(self) -> int:
        return int(self.node.start_mark.line) + 1

    def fail(self, problem: str) -> ScenarioError:
        return ScenarioError(f"{self.file}, line {self.line}, {self.key}: {problem}")


def read_yaml(text: str, file: str) -> Value:
    try:
        node = yaml.compose(text, Loader=Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise ScenarioError(f"{file}{where}: not YAML: {getattr(error, 'problem', error)}") from None
    if node is None:
        raise ScenarioError(f"{file}, line 1: the file is empty")
    return Value(file, "file", node)


@dataclass(slots=True)
class Table:
    """A mapping whose keys are taken one by one; what is left over is an error."""

    value: Value
    fields: dict[str, Value]
    asked: list[str] = field(default_factory=list)

    def take(self, key: str, convert: Callable[[Value], T], default: Any = REQUIRED) -> T:
        self.asked.append(key)
        value = self.fields.get(key)
        if value is not None:
            return convert(value)
        if default is REQUIRED:
            raise self.value.fail(f"the key {key!r} is missing")
        result: T = default
        return result

    def done(self) -> None:
        """Nothing may be left."""
        for key, value in self.fields.items():
            if key not in self.asked:
                raise value.fail(f"unknown key; allowed here: {', '.join(self.asked)}")


def table(value: Value) -> Table:
    if not isinstance(value.node, yaml.MappingNode):
        raise value.fail("must be a mapping")
    fields: dict[str, Value] = {}
    for key_node, node in value.node.value:
        key = Value(value.file, value.key, key_node)
        if not isinstance(key_node, yaml.ScalarNode):
            raise key.fail("a key must be a word")
        if key_node.value in fields:
            raise key.fail(f"the key {key_node.value!r} stands here twice")
        fields[key_node.value] = Value(value.file, key_node.value, node)
    return Table(value, fields)


def items(value: Value) -> list[Value]:
    if not isinstance(value.node, yaml.SequenceNode):
        raise value.fail("must be a list")
    return [Value(value.file, value.key, node) for node in value.node.value]


def list_of(convert: Callable[[Value], T]) -> Callable[[Value], list[T]]:
    return lambda value: [convert(item) for item in items(value)]


def _scalar(value: Value) -> Any:
    if not isinstance(value.node, yaml.ScalarNode):
        raise value.fail("must be a single value")
    loader = Loader("")
    try:
        return loader.construct_object(value.node)
    except ValueError as error:
        raise value.fail(str(error)) from None
    finally:
        loader.dispose()


def text(value: Value) -> str:
    """As it is written, so that 007 and no stay words."""
    if not isinstance(value.node, yaml.ScalarNode) or value.node.tag.endswith(":null"):
        raise value.fail("must be a text")
    return str(value.node.value)


def number(value: Value) -> int:
    found = _scalar(value)
    if isinstance(found, bool) or not isinstance(found, int) or found < 0:
        raise value.fail(f"must be a whole number of 0 or more, not {found!r}")
    return found


def amount(value: Value) -> float:
    found = _scalar(value)
    if isinstance(found, bool) or not isinstance(found, int | float) or found < 0:
        raise value.fail(f"must be a number of 0 or more, not {found!r}")
    return float(found)


def grade(value: Value) -> int:
    found = _scalar(value)
    if isinstance(found, bool) or not isinstance(found, int) or not -1 <= found <= 12:
        raise value.fail(f"must be a grade from -1 (transitional kindergarten) to 12, not {found!r}")
    return found


def flag(value: Value) -> bool:
    found = _scalar(value)
    if not isinstance(found, bool):
        raise value.fail(f"must be true or false, not {found!r}")
    return found


def day(value: Value) -> date:
    found = _moment(value)
    if isinstance(found, datetime):
        raise value.fail(f"must be a date, not {found}")
    return found


def moment(value: Value) -> date | datetime:
    """A date, or a date with a time."""
    return _moment(value)


def _moment(value: Value) -> date | datetime:
    found = _scalar(value)
    if isinstance(found, str):
        try:
            return date.fromisoformat(found) if len(found) == len("2025-09-08") else datetime.fromisoformat(found)
        except ValueError:
            raise value.fail(f"must be a date, not {found!r}") from None
    if not isinstance(found, date):
        raise value.fail(f"must be a date, not {found!r}")
    return found


def one_of(allowed: Sequence[str]) -> Callable[[Value], Any]:
    def convert(value: Value) -> str:
        found = text(value)
        if found not in allowed:
            raise value.fail(f"{found!r} is not one of {', '.join(allowed)}")
        return found

    return convert


def literal(words: Any) -> Callable[[Value], Any]:
    """One of the words of a Literal type."""
    return one_of(get_args(words))


def plain(value: Value) -> Any:
    """Any YAML as plain values; keys stay as they are written."""
    if isinstance(value.node, yaml.MappingNode):
        return {key: plain(inner) for key, inner in table(value).fields.items()}
    if isinstance(value.node, yaml.SequenceNode):
        return [plain(item) for item in items(value)]
    return _scalar(value)
