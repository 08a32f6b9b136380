"""`?studentUniqueId=…&limit=…`: which documents a GET asks for. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.ingest.edfi.errors import bad_parameter
from services.ingest.edfi.resources import Document, Resource, key, leaf

DEFAULT_LIMIT = 25
MAX_LIMIT = 500
INTEGERS = frozenset({"schoolId", "schoolYear"})


@dataclass(frozen=True, slots=True)
class Search:
    """Documents that contain `filters`; `key` where the filters are the whole natural key."""

    filters: Document
    key: str | None
    offset: int
    limit: int
    total_count: bool


def parameters(resource: Resource) -> dict[str, list[str]]:
    """Parameter -> the paths that it compares: the natural key, and every text, date or number of the document."""
    found: dict[str, list[str]] = {}
    for path in resource.identity:
        found.setdefault(leaf(path), []).append(path)
    for name, field in resource.model.model_fields.items():
        if name not in resource.references and not field.exclude and not name.endswith("Reference"):
            found.setdefault(name, [name])
    return found


def read_search(resource: Resource, given: Mapping[str, str]) -> Search:
    """Raises Problem (400) for a parameter that there is not, or that has no meaning."""
    values = {name: text for name, text in given.items() if name not in {"offset", "limit", "totalCount"}}
    known = parameters(resource)
    if unknown := sorted(values.keys() - known.keys()):
        raise bad_parameter(unknown[0], f"is unknown; there are: {', '.join(sorted(known))}")
    filters: Document = {}
    for name, text in values.items():
        for path in known[name]:
            _put(filters, path, _value(name, text))
    return Search(
        filters,
        _whole_key(resource, values),
        _number(given, "offset", 0, 2**62),
        _number(given, "limit", DEFAULT_LIMIT, MAX_LIMIT),
        given.get("totalCount", "").lower() == "true",
    )


def _whole_key(resource: Resource, values: Mapping[str, str]) -> str | None:
    names = [leaf(path) for path in resource.identity]
    return key(*(_value(name, values[name]) for name in names)) if values.keys() == set(names) else None


def _put(filters: Document, path: str, value: Any) -> None:
    *parents, last = path.split(".")
    for parent in parents:
        filters = filters.setdefault(parent, {})
    filters[last] = value


def _value(name: str, text: str) -> str | int | bool:
    if name in INTEGERS or name.endswith(("Duration", "Days", "Priority")):
        return _integer(name, text)
    return {"true": True, "false": False}.get(text.lower(), text)


def _integer(name: str, text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise bad_parameter(name, "must be a whole number")
    return int(text)


def _number(given: Mapping[str, str], name: str, default: int, largest: int) -> int:
    number = _integer(name, given.get(name, str(default)))
    if number > largest:
        raise bad_parameter(name, f"must be at most {largest}")
    return number
