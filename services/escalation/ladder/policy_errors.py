"""What is wrong with a policy, in words that say what to write instead."""

from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError

UNKNOWN = "extra_forbidden"


class PolicyError(ValueError):
    """The pack is not valid; the message names the file, the key, the value, and what is allowed there."""


def explained(error: ValidationError, model: type[BaseModel]) -> list[str]:
    """One sentence for each problem: the key, what is wrong with its value, what is allowed."""
    problems = error.errors(include_url=False)
    return list(dict.fromkeys(_explain(problem, model) for problem in problems))


def _explain(problem: Any, model: type[BaseModel]) -> str:
    keys = [part for part in problem["loc"] if not str(part).startswith(("literal[", "function-", "constrained-"))]
    where = ".".join(map(str, keys)) or "pack"
    if problem["type"] == UNKNOWN:
        return f"{where}: unknown key{_suggestion(str(keys[-1]), _siblings(keys, model))}"
    message = problem["msg"].removeprefix("Value error, ")
    given = problem["input"]
    said = f", not {given!r}" if problem["type"] not in ("missing", "value_error") and _short(given) else ""
    return f"{where}: {message}{said}"


def _short(value: Any) -> bool:
    return value is None or isinstance(value, str | int | float | bool)


def _suggestion(key: str, allowed: list[str]) -> str:
    close = get_close_matches(key, allowed, n=1, cutoff=0.5)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    return f"{hint} (allowed: {', '.join(allowed)})" if allowed else hint


def _siblings(keys: list[Any], model: type[BaseModel]) -> list[str]:
    """The keys that are allowed beside the last one of `keys`. What is no field leads nowhere else: a place in a list, a key of
    a mapping, or the class by which pydantic names the choice of a union."""
    here: Any = model
    for key in keys[:-1]:
        field = here.model_fields.get(key) if _is_model(here) else None
        here = _model_of(field.annotation) if field else here
    return sorted(here.model_fields) if _is_model(here) else []


def _model_of(annotation: Any) -> Any:
    """The section in an annotation such as `tuple[Section, ...]` or `Section | None`."""
    if _is_model(annotation):
        return annotation
    return next((found for part in getattr(annotation, "__args__", ()) if (found := _model_of(part))), None)


def _is_model(value: Any) -> bool:
    return isinstance(value, type) and issubclass(value, BaseModel)
