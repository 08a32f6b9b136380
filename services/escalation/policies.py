"""The policy packs that ship with Rollcall, and what a district lays over one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from services.escalation.ladder import Policy, PupilState, load_policy, merge

PACKS = Path(__file__).parent / "policies"
DEFAULT = "us-ca"


def pack_names() -> list[str]:
    return sorted(path.stem for path in PACKS.glob("*.yaml"))


@cache
def pack(name: str) -> Policy:
    """Raises KeyError if there is no such pack, PolicyError if its file is not valid."""
    if name not in pack_names():
        raise KeyError(f"there is no policy pack {name!r}; there are: {', '.join(pack_names())}")
    path = PACKS / f"{name}.yaml"
    return load_policy(path.read_text(), path.name)


def policy_of(name: str, overrides: dict[str, Any]) -> Policy:
    """The pack with a district's own values over it. Raises KeyError or PolicyError, which name the key that is wrong."""
    return _merged(name, orjson.dumps(overrides, option=orjson.OPT_SORT_KEYS))


def policy_at(name: str, overrides: dict[str, Any], lea_type: str) -> Policy:
    """The policy at a school: a charter school of California is judged by a pack of its own, if there is one (EC 47610)."""
    charter = "us-ca-charter"
    if lea_type == "charter" and name.startswith("us-ca") and charter in pack_names():
        return policy_of(charter, overrides)
    return policy_of(name, overrides)


@cache
def _merged(name: str, overrides: bytes) -> Policy:
    values = orjson.loads(overrides)
    return merge(pack(name), values) if values else pack(name)


@dataclass(frozen=True, slots=True)
class Choice:
    """A district chose this pack, with its own values over it, to judge from a day on."""

    policy: str
    overrides: dict[str, Any]
    effective_from: date = date.min


def in_force(choices: Sequence[Choice], state: PupilState, day: date) -> Policy:
    """The policy that judges a pupil on `day`. A pupil with a case stays on the policy under which it began, until the next
    school year. `choices`: in the order in which they were made; before the first the default pack judges.

    Raises KeyError or PolicyError, which name the key that is wrong.
    """
    since = min((report.day for report in state.reports), default=day)
    begun = [choice for choice in choices if choice.effective_from <= since]
    if not begun:
        return policy_of(DEFAULT, {})
    chosen = max(enumerate(begun), key=lambda each: (each[1].effective_from, each[0]))[1]
    return policy_of(chosen.policy, chosen.overrides)
