"""The policy packs that ship with Rollcall, and what a district lays over one."""

from functools import cache
from pathlib import Path
from typing import Any

import orjson

from services.escalation.ladder import Policy, load_policy, merge

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


@cache
def _merged(name: str, overrides: bytes) -> Policy:
    values = orjson.loads(overrides)
    return merge(pack(name), values) if values else pack(name)
