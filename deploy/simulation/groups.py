"""The tables by school, grade and subgroup: counts, rates, and how a group compares with everybody else. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from deploy.simulation.words import MEASURES
from services.escalation.simulation.suppression import hidden
from services.escalation.simulation.tally import SIDES, Tally

FAMILIES = ("school", "grade", "subgroup")
PARTITIONS = ("school", "grade")
GRADES = ("TK", "K", *map(str, range(1, 13)), "not said")


class Cell(NamedTuple):
    """Pupils of a group; None where the number is too small to be shown."""

    pupils: int | None
    rate: float | None
    """Percent of the group."""
    ratio: float | None
    """The rate of the group over that of all other pupils; None also where nobody else has any."""


HIDDEN = Cell(None, None, None)


@dataclass(frozen=True, slots=True)
class GroupRow:
    """`pupils` is None where the group is too small to be shown. `cells`: by measure, before and after."""

    name: str
    pupils: int | None
    cells: dict[str, tuple[Cell, Cell]]


def group_rows(tally: Tally, family: str, suppress: bool) -> list[GroupRow]:
    """The groups of one family (school, grade, subgroup) in their order."""
    sizes = {key[2]: size for key, size in tally.items() if key[0] == "group" and key[1] == family}
    names = sorted((str(name) for name in sizes), key=lambda name: _place(family, name))
    columns = {
        (measure, side): _column(tally, family, measure, side, suppress) for measure in MEASURES for side in SIDES
    }
    small = hidden({}, {name: sizes[name] for name in names}, partition=False) if suppress else frozenset()
    return [
        GroupRow(
            name,
            None if name in small else sizes[name],
            {measure: (columns[measure, "before"][name], columns[measure, "after"][name]) for measure in MEASURES},
        )
        for name in names
    ]


def _place(family: str, name: str) -> tuple[int, str]:
    return (GRADES.index(name) if family == "grade" else 0, name)


def _column(tally: Tally, family: str, measure: str, side: str, suppress: bool) -> dict[str, Cell]:
    sizes = {str(key[2]): size for key, size in tally.items() if key[0] == "group" and key[1] == family}
    counts = {name: tally[side, "group", family, name, measure] for name in sizes}
    unseen = hidden(counts, sizes, family in PARTITIONS) if suppress else frozenset()
    total, everyone = tally[side, "pupils", measure], tally["pupils",]
    return {
        name: HIDDEN if name in unseen else _cell(counts[name], size, total - counts[name], everyone - size)
        for name, size in sizes.items()
    }


def _cell(count: int, size: int, others: int, other_size: int) -> Cell:
    rate = count / size if size else None
    other_rate = others / other_size if other_size else 0
    ratio = rate / other_rate if rate is not None and other_rate else None
    return Cell(count, None if rate is None else round(rate * 100, 1), None if ratio is None else round(ratio, 2))


def families(tally: Tally) -> Iterator[str]:
    """The families of groups of which there is something to show."""
    for family in FAMILIES:
        if any(key[:2] == ("group", family) for key in tally):
            yield family
