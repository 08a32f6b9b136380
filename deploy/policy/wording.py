"""The words of a policy: numbers with their unit and window. Pure."""

import re
from typing import Any

Values = dict[str, Any]

UNITS = {
    "occasion_day": "occasion",
    "full_day": "full day",
    "day_or_part": "day or part of a day",
    "period": "missed period",
}
WINDOWS = {
    "school_year": "the school year",
    "calendar_month": "a calendar month",
    "six_months_same_year": "six months of one school year",
    "percent_since_enrolment": "the school days since enrolment",
}
SLIDING = re.compile(r"(\d+)_(\w+)")


def threshold(value: int | Values) -> str:
    """`3` and `{gt: 6, unit: full_day, window: 4_weeks}` in words."""
    said: Values = {"n": value} if isinstance(value, int) else value
    if said.get("any_pct") is not None:
        return f"{said['any_pct']:g} % of the school days missed for any reason"
    if said.get("pct") is not None:
        return f"{said['pct']:g} % of {window('percent_since_enrolment')}"
    count = said["gt"] if said.get("gt") is not None else said["n"]
    more = "more than " if said.get("gt") is not None else ""
    unit = plural(count, UNITS[said.get("unit") or "occasion_day"])
    return f"{more}{unit} in {window(said.get('window', 'school_year'))}"


def window(name: str) -> str:
    if name in WINDOWS:
        return WINDOWS[name]
    found = SLIDING.fullmatch(name)
    return plural(int(found[1]), found[2].replace("_", " ").removesuffix("s")) if found else name


def plural(count: int, noun: str) -> str:
    """`1 full day`, `3 full days`, `2 days or parts of a day`."""
    if count == 1:
        return f"1 {noun}"
    return f"{count} days or parts of a day" if noun == UNITS["day_or_part"] else f"{count} {noun}s"


def listed(words: list[str], last: str = "and") -> str:
    """`a, b and c`."""
    return f"{', '.join(words[:-1])} {last} {words[-1]}" if len(words) > 1 else "".join(words)


def ordinal(number: int) -> str:
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def said(value: Any) -> str:
    """Any value of a policy, short enough for a table."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{key.replace('_', ' ')} {said(inner)}" for key, inner in value.items() if inner is not None)
    if isinstance(value, list | tuple):
        return ", ".join(said(each) for each in value) or "none"
    return str(value).replace("_", " ")
