"""The answer to a what-if: plain values for a terminal, a page, or a program. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from typing import Any, NamedTuple

from deploy.simulation.groups import GroupRow, families, group_rows
from deploy.simulation.words import LEVELS, MEASURES, MEETINGS, NOTICES, STATUSES
from services.escalation.simulation.tally import SIDES, Tally, monday

DECISIONS = {"level_3": "Level 3 (SARB) proposed", "enforcement": "Enforcement proposed"}


class Pair(NamedTuple):
    """One number under both policies."""

    label: str
    before: int
    after: int


class Section(NamedTuple):
    title: str
    unit: str
    rows: tuple[Pair, ...]


class Timing(NamedTuple):
    """Pupils with a first notice under both policies, and under one only. Medians count school days of the span."""

    earlier: int
    same_day: int
    later: int
    only_before: int
    only_after: int
    median_before: int | None
    median_after: int | None


class Load(NamedTuple):
    """Meetings of one kind that become due: the busiest week, and the mean over all weeks of the span."""

    label: str
    busiest_before: int
    busiest_after: int
    mean_before: float
    mean_after: float


class Busiest(NamedTuple):
    """The most pupils of one school who took a step at one close."""

    step: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Result:
    """Suppressed already, where that was asked for."""

    pupils: int
    sections: tuple[Section, ...]
    flow: dict[str, dict[str, int]]
    """Pupils by the highest level before, and after."""
    moved: dict[str, int]
    months: dict[str, list[Pair]]
    """Notices of a kind per month."""
    meetings: tuple[Load, ...]
    busiest: tuple[Busiest, ...]
    first_notice: Timing
    groups: dict[str, list[GroupRow]]
    focus: str
    """The measure (a key of words.MEASURES) that the policies differ in most."""


def result_of(tally: Tally, school_days: tuple[date, ...], suppress: bool = True) -> Result:
    """`school_days`: those of the span, in order."""
    return Result(
        pupils=tally["pupils",],
        sections=tuple(section for section in _sections(tally) if section.rows),
        flow={old: {new: tally["flow", old, new] for new in LEVELS} for old in LEVELS},
        moved={way: tally["moved", way] for way in ("up", "down", "same")},
        months=_months(tally, school_days),
        meetings=tuple(_loads(tally, school_days)),
        busiest=tuple(_busiest(tally)),
        first_notice=_timing(tally, school_days),
        groups={family: group_rows(tally, family, suppress) for family in families(tally)},
        focus=max(
            MEASURES, key=lambda measure: abs(tally["after", "pupils", measure] - tally["before", "pupils", measure])
        ),
    )


def _sections(tally: Tally) -> Iterator[Section]:
    yield Section("Where pupils stand at the end", "pupils", _rows(tally, "level", LEVELS))
    yield Section("The highest level they reached", "pupils", _rows(tally, "highest", LEVELS))
    yield Section("Notices to families", "notices", _used(tally, "notice", NOTICES))
    yield Section("Notices that a correction took back", "notices", _used(tally, "taken_back", NOTICES))
    reports = {"initial": "First reports", "further": "Further reports", "voided": "Reports that became void"}
    yield Section("Reports to the attendance supervisor", "reports", _used(tally, "report", reports))
    yield Section("Statuses", "pupils", _statuses(tally))
    yield Section("Meetings that became due", "meetings", _used(tally, "meeting", MEETINGS))
    yield Section("What people had to decide", "cases", tuple(_decisions(tally)))


def _rows(tally: Tally, what: str, labels: dict[str, str]) -> tuple[Pair, ...]:
    return tuple(_pair(tally, label, what, key) for key, label in labels.items())


def _used(tally: Tally, what: str, labels: dict[str, str]) -> tuple[Pair, ...]:
    return tuple(pair for pair in _rows(tally, what, labels) if pair.before or pair.after)


def _pair(tally: Tally, label: str, *key: Any) -> Pair:
    before, after = (tally[side, *key] for side in SIDES)
    return Pair(label, before, after)


def _statuses(tally: Tally) -> tuple[Pair, ...]:
    return tuple(_pair(tally, label, "pupils", key) for key, label in STATUSES.items())


def _decisions(tally: Tally) -> Iterator[Pair]:
    yield from _used(tally, "proposal", DECISIONS)
    waiting = {"level_1": "Level 1 waits for a release", "level_2": "Level 2 waits for a release"}
    yield from _used(tally, "waiting", waiting)
    yield from _used(tally, "review", {"case": "Cases to review after a correction"})
    refused = {str(key[2]) for key in tally if len(key) == 3 and key[1] == "refused"}
    labels = {do: f"Recorded decision not allowed: {do.replace('_', ' ')}" for do in sorted(refused)}
    yield from _used(tally, "refused", labels)


def _months(tally: Tally, days: tuple[date, ...]) -> dict[str, list[Pair]]:
    months = list(dict.fromkeys(f"{day:%Y-%m}" for day in days))
    kinds = [kind for kind in NOTICES if any(key[1:3] == ("month", kind) for key in tally)]
    return {kind: [_pair(tally, month, "month", kind, month) for month in months] for kind in kinds}


def _loads(tally: Tally, days: tuple[date, ...]) -> Iterator[Load]:
    weeks = sorted({monday(day) for day in days})
    for kind, label in MEETINGS.items():
        before, after = ([tally[side, "week", kind, week] for week in weeks] for side in SIDES)
        if any(before) or any(after):
            means = [round(sum(side) / len(weeks), 1) for side in (before, after)]
            yield Load(label, max(before), max(after), *means)


def _busiest(tally: Tally) -> Iterator[Busiest]:
    for step in ("level_1", "level_2"):
        most = [
            max((n for key, n in tally.items() if key[:2] == (side, "at_one_close") and key[4] == step), default=0)
            for side in SIDES
        ]
        if any(most):
            yield Busiest(LEVELS[step], *most)


def _timing(tally: Tally, days: tuple[date, ...]) -> Timing:
    moves: dict[int, int] = {key[1]: n for key, n in tally.items() if key[0] == "notice_moved"}  # type: ignore[misc]
    both = sum(moves.values())
    before, after = (tally[side, "pupils", "first_notice"] for side in SIDES)
    return Timing(
        earlier=sum(n for moved, n in moves.items() if moved < 0),
        same_day=moves.get(0, 0),
        later=sum(n for moved, n in moves.items() if moved > 0),
        only_before=before - both,
        only_after=after - both,
        median_before=_median(tally, "before", days),
        median_after=_median(tally, "after", days),
    )


def _median(tally: Tally, side: str, days: tuple[date, ...]) -> int | None:
    """The school day of the span (1 is the first) by whose close half of the first notices were required."""
    counts = [tally[side, "first_notice", day] for day in days]
    half = sum(counts) / 2
    return (
        next((number for number, so_far in enumerate(accumulate(counts), 1) if so_far >= half), None) if half else None
    )
