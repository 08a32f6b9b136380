"""What differs between two policies, key by key. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from deploy.policy.wording import said, threshold

Values = dict[str, Any]
IDENTITY = ("id", "version", "effective")
"""Two packs differ in these by being two."""
THRESHOLDS = ("letters.L1", "letters.L2", "letters.L3")


@dataclass(frozen=True, slots=True)
class Change:
    """The value of one key in each of two policies: as it is, and in words."""

    key: str
    before: Any
    after: Any

    @property
    def words(self) -> str:
        return f"{_in_words(self.key, self.before)} → {_in_words(self.key, self.after)}"


def differences(before: Values, after: Values) -> list[Change]:
    """The keys whose values differ, in the order of the pack; both given as JSON values."""
    return [change for change in _differing(before, after, "") if change.key not in IDENTITY]


def _differing(before: Values, after: Values, path: str) -> Iterator[Change]:
    for key in dict.fromkeys((*before, *after)):
        here, old, new = f"{path}{key}", before.get(key), after.get(key)
        if isinstance(old, dict) and isinstance(new, dict) and here not in THRESHOLDS:
            yield from _differing(old, new, f"{here}.")
        elif _comparable(old) != _comparable(new):
            yield Change(here, old, new)


def _comparable(value: Any) -> Any:
    """Lists of plain words are sets here: their order says nothing."""
    plain = isinstance(value, list) and all(isinstance(each, str) for each in value)
    return sorted(value) if plain else value


def _in_words(key: str, value: Any) -> str:
    return threshold(value) if key in THRESHOLDS and value is not None else said(value)
