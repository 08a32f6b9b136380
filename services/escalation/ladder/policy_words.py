"""Short words of packs for the keys that the engine knows."""

from typing import Any

UNITS = {"day": "full_day", "district_defined": "occasion_day"}
"""`district_defined` (New York): the district says what it counts; until then, occasion days."""


def canonical(values: dict[str, Any]) -> dict[str, Any]:
    """`values` without the section `policy` around its head, and with `unit`, `age` and `unknown_counts_as_unexcused` where
    they belong: in the section `counting`. ValueError names a key that is said twice."""
    rest = _without_head(values)
    counting: dict[str, Any] = {}
    if "unit" in rest:
        unit = rest.pop("unit")
        counting["unit"] = UNITS.get(unit, unit) if isinstance(unit, str) else unit
    if "age" in rest:
        counting["age"] = rest.pop("age")
    if "unknown_counts_as_unexcused" in rest:
        counting["unverified"] = {"counts": rest.pop("unknown_counts_as_unexcused")}
    if not counting:
        return rest
    said = rest.get("counting", {})
    return {**rest, "counting": {**counting, **said} if isinstance(said, dict) else said}


def _without_head(values: dict[str, Any]) -> dict[str, Any]:
    head = values.get("policy")
    if not isinstance(head, dict):
        return dict(values)
    rest = {key: value for key, value in values.items() if key != "policy"}
    if twice := sorted(head.keys() & rest.keys()):
        raise ValueError(f"policy: {', '.join(twice)} is said twice")
    return {**head, **rest}
