"""Counts of many pupils, side by side. Tallies of parts of a district add up to that of the whole."""

from collections import Counter
from collections.abc import Hashable, Iterator
from datetime import date, timedelta
from typing import NamedTuple

from services.escalation.simulation.outcome import Outcome
from shared.contracts.terms import LEVELS

Tally = Counter[tuple[Hashable, ...]]
SIDES = ("before", "after")


class Who(NamedTuple):
    """The groups in which a pupil is counted."""

    school: str
    grade: int | None
    subgroups: tuple[str, ...]


def count_pupil(who: Who, before: Outcome, after: Outcome) -> Tally:
    """One pupil under both policies."""
    tally: Tally = Counter({("pupils",): 1, ("flow", before.highest, after.highest): 1})
    tally["flow_now", before.level, after.level] += 1
    tally["moved", _direction(before, after)] += 1
    if before.first_notice and after.first_notice:
        tally["notice_moved", (after.first_notice - before.first_notice).days] += 1
    for group in _groups(who):
        tally["group", *group] += 1
    for side, outcome in zip(SIDES, (before, after), strict=True):
        tally.update((side, *key) for key in _counted(outcome))
        tally.update((side, "group", *group, measure) for group in _groups(who) for measure in measures(outcome))
    return tally


def _direction(before: Outcome, after: Outcome) -> str:
    change = LEVELS.index(after.highest) - LEVELS.index(before.highest)
    return "up" if change > 0 else "down" if change < 0 else "same"


def _groups(who: Who) -> Iterator[tuple[str, str]]:
    yield "school", who.school
    yield "grade", grade_name(who.grade)
    for subgroup in who.subgroups:
        yield "subgroup", subgroup


def grade_name(grade: int | None) -> str:
    return {None: "not said", -1: "TK", 0: "K"}.get(grade) or str(grade)


def _counted(outcome: Outcome) -> Iterator[tuple[Hashable, ...]]:
    yield "level", outcome.level
    yield "highest", outcome.highest
    for what, detail, day in outcome.facts:
        yield what, detail
        if what == "notice":
            yield "month", detail, f"{day:%Y-%m}"
        if what == "meeting":
            yield "week", detail, monday(day)
    for measure in measures(outcome):
        yield "pupils", measure
    for step in outcome.steps:
        yield "at_one_close", *step
    if outcome.first_notice:
        yield "first_notice", outcome.first_notice


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def measures(outcome: Outcome) -> Iterator[str]:
    """What is counted per pupil: yes or no."""
    reached = LEVELS.index(outcome.highest)
    yield from (f"reached_{level}" for level in LEVELS[1 : reached + 1])
    if outcome.first_notice:
        yield "first_notice"
    if outcome.had("taken_back"):
        yield "taken_back"
    if outcome.had("proposal"):
        yield "proposed"
    for status in ("habitual", "chronic_truant", "chronic_absent"):
        if outcome.had("status", status):
            yield status
