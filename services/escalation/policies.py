"""The policy packs that ship with Rollcall, and what a district lays over one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from services.escalation.ladder import PackFile, Policy, PupilState, has_begun, load_pack, merge, policy_on

PACKS = Path(__file__).parent / "policies"
DEFAULT = "us-ca"
CHARTER = "us-ca-charter"


def pack_names() -> list[str]:
    return list(_names())


@cache
def _names() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in PACKS.glob("*.yaml")))


def pack_file(name: str) -> PackFile:
    """The pack of that id or alias, with all its versions.

    Raises KeyError if there is no such pack, PolicyError if its file is not valid.
    """
    return _read(name if name in _names() else _aliases().get(name, name))


def pack(name: str) -> Policy:
    """The latest version of the pack; raises like `pack_file`."""
    return pack_file(name).versions[-1]


@cache
def _read(name: str) -> PackFile:
    if name not in _names():
        raise KeyError(f"there is no policy pack {name!r}; there are: {', '.join(pack_names())}")
    path = PACKS / f"{name}.yaml"
    return load_pack(path.read_text(encoding="utf-8"), path.name, lambda base: pack_file(base).versions)


@cache
def _aliases() -> dict[str, str]:
    return {alias: name for name in pack_names() for alias in _read(name).aliases}


def policy_of(name: str, overrides: dict[str, Any], day: date | None = None) -> Policy:
    """The pack with a district's own values over it: the version in force on `day`, or the latest.

    Raises KeyError or PolicyError, which name the key that is wrong.
    """
    return _merged(name, orjson.dumps(overrides, option=orjson.OPT_SORT_KEYS), _version(name, day))


def policy_at(name: str, overrides: dict[str, Any], lea_type: str, day: date | None = None) -> Policy:
    """The policy at a school: a charter school of California is judged by a pack of its own (EC 47610)."""
    if lea_type == "charter" and pack_file(name).id.startswith("us-ca"):
        return policy_of(CHARTER, overrides, day)
    return policy_of(name, overrides, day)


def _version(name: str, day: date | None) -> int:
    versions = pack_file(name).versions
    return versions.index(policy_on(versions, day)) if day and len(versions) > 1 else len(versions) - 1


@cache
def _merged(name: str, overrides: bytes, version: int) -> Policy:
    values = orjson.loads(overrides)
    chosen = pack_file(name).versions[version]
    return merge(chosen, values) if values else chosen


@dataclass(frozen=True, slots=True)
class Choice:
    """A district chose this pack, with its own values over it, to judge from a day on."""

    policy: str
    overrides: dict[str, Any]
    effective_from: date = date.min


BY_DEFAULT = Choice(DEFAULT, {})


def in_force(choices: Sequence[Choice], state: PupilState, day: date, lea_type: str = "district") -> Policy:
    """The policy that judges a pupil on `day`, at a school of that sort. A pupil with a case stays on the policy, and the
    version of its pack, under which it began, until the next school year.

    `choices`: in the order in which they were made; before the first the default pack judges.
    Raises KeyError or PolicyError, which name the key that is wrong.
    """
    since = has_begun(state, day) or day
    begun = [choice for choice in choices if choice.effective_from <= since]
    chosen = max(enumerate(begun), key=lambda each: (each[1].effective_from, each[0]))[1] if begun else BY_DEFAULT
    return policy_at(chosen.policy, chosen.overrides, lea_type, since)
