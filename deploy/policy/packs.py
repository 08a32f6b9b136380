"""Policies by name or file, and the packs that ship."""

from pathlib import Path
from typing import Any

from deploy.policy.difference import differences
from services.escalation.ladder import PackFile, Policy, load_pack
from services.escalation.policies import pack, pack_file, pack_names

SUFFIXES = (".yaml", ".yml", ".json")
SHOWN = 4
"""So many differing keys are named in one line."""


def read_pack(name: str) -> PackFile:
    """The pack of that id or alias, or the one in the file of that name, which may extend a pack that ships.

    Raises OSError if the file cannot be read, PolicyError if it is not valid, KeyError if there is neither.
    """
    path = Path(name)
    if path.suffix in SUFFIXES or path.is_file():
        return load_pack(path.read_text(encoding="utf-8"), name, lambda base: pack_file(base).versions)
    return pack_file(name)


def read_policy(name: str) -> Policy:
    """The latest version of `read_pack`, and its errors."""
    return read_pack(name).versions[-1]


def values_of(policy: Policy) -> dict[str, Any]:
    """JSON values of the policy."""
    return policy.model_dump(mode="json")


def overview() -> list[dict[str, Any]]:
    """The packs that ship: other names, versions with their dates, and what differs from the pack that each extends."""
    return [_row(pack_file(name)) for name in pack_names()]


def _row(file: PackFile) -> dict[str, Any]:
    return {
        "id": file.id,
        "aliases": list(file.aliases),
        "extends": file.extends,
        "versions": [{"version": each.version, "effective": list(each.effective)} for each in file.versions],
        "differs": _differs(file),
    }


def _differs(file: PackFile) -> list[str]:
    """The keys in which the latest version differs from that of its base."""
    if file.extends is None:
        return []
    base, own = values_of(pack(file.extends)), values_of(file.versions[-1])
    return [change.key for change in differences(base, own)]
