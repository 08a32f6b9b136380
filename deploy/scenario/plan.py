"""The order of a scenario: closes between the entries, and after which step each expectation is looked at."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from deploy.scenario.model import TIMEZONE, CloseEntry, Expectation, Scenario, Step

CLOSING_TIME = time(18)


def steps(scenario: Scenario) -> list[Step]:
    """Everything that happens, in order. What becomes known at closing time is known when the day is closed."""
    if scenario.close == "manual":
        return list(scenario.timeline)
    closes = [
        Step(datetime.combine(day, CLOSING_TIME, ZoneInfo(TIMEZONE)), CloseEntry(day)) for day in _days_closed(scenario)
    ]
    return sorted([*scenario.timeline, *closes], key=lambda step: (step.at, isinstance(step.entry, CloseEntry)))


def _days_closed(scenario: Scenario) -> list[date]:
    dates = [step.at.date() for step in scenario.timeline]
    first = dates[0] if dates else scenario.starts
    last = max([*dates, *([scenario.until] if scenario.until else [])], default=first)
    return [day for day in scenario.days if first <= day <= last]


def looked_at_after(expectation: Expectation, plan: list[Step]) -> int:
    """The number of steps after which the expectation must hold."""
    if expectation.at is None:
        return len(plan)
    closed = [
        number
        for number, step in enumerate(plan, 1)
        if isinstance(step.entry, CloseEntry) and step.entry.day == expectation.at
    ]
    if closed:
        return closed[-1]
    return sum(step.at.date() <= expectation.at for step in plan)
