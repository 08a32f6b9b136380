"""Policies from text and from values: packs with their versions, and what a district lays over one."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

import yaml
from pydantic import ValidationError

from services.escalation.ladder.policy import Policy
from services.escalation.ladder.policy_errors import PolicyError, explained
from services.escalation.ladder.policy_words import canonical

Values = dict[str, Any]
Versions = tuple[Policy, ...]
"""The versions of a pack, in the order in which they come into force."""

WHOLE = frozenset({"letters.L1", "letters.L2", "letters.L3", "excuse_caps"})
"""What is replaced as a whole: a part of an old threshold beside a part of a new one would make no sense."""


@dataclass(frozen=True, slots=True)
class PackFile:
    id: str
    aliases: tuple[str, ...]
    """Other names by which it is known."""
    extends: str | None
    versions: Versions


def load_policy(text: str, source_name: str) -> Policy:
    """The latest version of the pack in `text` (YAML), which extends no other one.

    PolicyError names `source_name`, the key and what is allowed.
    """
    return load_pack(text, source_name, _no_base).versions[-1]


def _no_base(name: str) -> Versions:
    raise KeyError("a pack that extends another one is read with the packs beside it")


def load_pack(text: str, source_name: str, base_of: Callable[[str], Versions]) -> PackFile:
    """The pack in `text` with all its versions.

    `base_of`: the versions of the pack that it extends; KeyError if there is none. `versions` in the file is a list of
    values, each laid over what the file says for all of them. A version without own dates is one for each version of the base.
    """
    common = _read(text, source_name)
    aliases, extends, rows = (common.pop(key, None) for key in ("aliases", "extends", "versions"))
    if not isinstance(rows or [], list) or not isinstance(aliases or [], list):
        raise PolicyError(f"{source_name}: aliases and versions must be lists")
    bases = _bases(source_name, extends, base_of)
    values = [laid for row in rows or [{}] for laid in _each_base(bases, _over(common, row, source_name))]
    versions = sorted((_validated(each, source_name) for each in values), key=lambda version: version.effective[0])
    _require_order(versions, source_name)
    return PackFile(versions[-1].id, tuple(aliases or ()), extends, tuple(versions))


def merge(policy: Policy, overrides: Values) -> Policy:
    """`overrides` laid over the pack, section by section; a list replaces a list. PolicyError names the key."""
    name = f"{policy.id} with overrides"
    return _validated(_over(policy.model_dump(), overrides, name), name)


def policy_on(versions: Versions, day: date) -> Policy:
    """The version in force on `day`: the latest that began by then. The first one also judges the days before it, and the
    last one the days after its end, because something must."""
    begun = [version for version in versions if version.effective[0] <= day]
    return begun[-1] if begun else versions[0]


def _bases(source_name: str, extends: Any, base_of: Callable[[str], Versions]) -> Versions:
    if extends is None:
        return ()
    try:
        return base_of(extends)
    except KeyError as error:
        raise PolicyError(f"{source_name}: extends: there is no pack {extends!r} ({error.args[0]})") from None


def _each_base(bases: Versions, values: Values) -> Iterator[Values]:
    if not bases:
        yield values
        return
    dated = isinstance(values.get("effective"), list) and isinstance(values["effective"][0], date)
    under = [policy_on(bases, values["effective"][0])] if dated else bases
    for base in under:
        yield _laid_over(base.model_dump(), values)


def _over(below: Values, above: Any, source_name: str) -> Values:
    if not isinstance(above, dict):
        raise PolicyError(f"{source_name}: must be a mapping of keys, not {above!r}")
    try:
        return _laid_over(canonical(below), canonical(above))
    except ValueError as error:
        raise PolicyError(f"{source_name}: {error}") from None


def _laid_over(below: Values, above: Values, path: str = "") -> Values:
    merged = dict(below)
    for key, value in above.items():
        old, here = below.get(key), f"{path}{key}"
        inside = isinstance(old, dict) and isinstance(value, dict) and here not in WHOLE
        merged[key] = _laid_over(old, value, f"{here}.") if inside else value  # type: ignore[arg-type]
    return merged


def _require_order(versions: list[Policy], source_name: str) -> None:
    for earlier, later in pairwise(versions):
        ends, begins = earlier.effective[1], later.effective[0]
        if ends is None or ends >= begins:
            raise PolicyError(
                f"{source_name}: effective: versions {earlier.version} and {later.version} are both in force on {begins}"
            )


def _validated(data: Any, source_name: str) -> Policy:
    try:
        return Policy.model_validate(data)
    except ValidationError as error:
        raise PolicyError(f"{source_name}: {'; '.join(explained(error, Policy))}") from None


class _Loader(yaml.SafeLoader):
    """Keys as they are written (`on` is a word), and none of them twice."""

    def mapping(self, node: yaml.MappingNode) -> dict[str, Any]:
        keys = [str(key.value) for key, _ in node.value]
        for number, key in enumerate(keys):
            if key in keys[:number]:
                line = node.value[number][0].start_mark.line + 1
                raise yaml.constructor.ConstructorError(problem=f"line {line}: the key {key!r} stands here twice")
        return {key: self.construct_object(value, deep=True) for key, (_, value) in zip(keys, node.value, strict=True)}


_Loader.add_constructor("tag:yaml.org,2002:map", _Loader.mapping)


def _read(text: str, source_name: str) -> Values:
    try:
        data = yaml.load(text, Loader=_Loader)  # noqa: S506  (a SafeLoader)
    except yaml.YAMLError as error:
        raise PolicyError(f"{source_name}: not YAML: {error}") from None
    if not isinstance(data, dict):
        raise PolicyError(f"{source_name}: pack: must be a mapping of keys")
    return data
