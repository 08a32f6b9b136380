"""Policies by name or file, and the packs that ship."""

from pathlib import Path
from typing import Any

from services.escalation.ladder import Policy, load_policy
from services.escalation.policies import pack, pack_names

SUFFIXES = (".yaml", ".yml", ".json")


def read_policy(name: str) -> Policy:
    """The pack of that id, or the one in the file of that name.

    Raises OSError if the file cannot be read, PolicyError if it is not valid, KeyError if there is neither.
    """
    path = Path(name)
    if path.suffix in SUFFIXES or path.is_file():
        return load_policy(path.read_text(), name)
    return pack(name)


def values_of(policy: Policy) -> dict[str, Any]:
    """JSON values of the policy."""
    return policy.model_dump(mode="json")


def overview() -> list[dict[str, Any]]:
    """The packs that ship, each with its version and the day from which it is in force."""
    return [_row(name) for name in pack_names()]


def _row(name: str) -> dict[str, Any]:
    policy = pack(name)
    return {"id": policy.id, "version": policy.version, "effective": list(policy.effective)}
