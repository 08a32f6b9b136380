"""A what-if as one page: no other file, no script, good on paper, light and dark."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from deploy.policy.meaning import meaning
from deploy.simulation.ask import Answer
from deploy.simulation.charts import Row, bars, columns, dumbbells, flow
from deploy.simulation.groups import Cell, GroupRow
from deploy.simulation.result import Pair, Result
from deploy.simulation.words import LEVELS, MEASURES, NOTICES, SUBGROUPS

HERE = Path(__file__).parent
FAMILIES = {"school": "By school", "grade": "By grade", "subgroup": "By subgroup"}
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Figure(NamedTuple):
    """A drawing with its title, and the same as rows of a table. `note` says how to read it."""

    title: str
    chart: Markup
    headers: tuple[str, ...]
    rows: list[tuple[str, ...]]
    note: str = ""


def page(answer: Answer) -> str:
    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    result = answer.result
    return environment.get_template("page.html").render(
        answer=answer,
        result=result,
        span=answer.simulated.span,
        tiles=list(_tiles(result)),
        sentences=_changed_sentences(answer),
        figures=list(_figures(result, answer.called)),
        meetings=_meetings(result, answer.called),
        timing=_timing(result, answer.called),
    )


def _changed_sentences(answer: Answer) -> list[str]:
    usual = meaning(answer.values_before)
    return [sentence for sentence in meaning(answer.values_after) if sentence not in usual]


def _tiles(result: Result) -> Iterator[Pair]:
    """The numbers that a board asks for first."""
    found = {(section.title, row.label): row for section in result.sections for row in section.rows}
    for section, label in TILES:
        if row := found.get((section, label)):
            yield row
    taken_back = [
        row for section in result.sections if section.title.startswith("Notices that") for row in section.rows
    ]
    yield Pair("Notices taken back", sum(row.before for row in taken_back), sum(row.after for row in taken_back))


TILES = (
    ("Notices to families", NOTICES["truancy_notice_1"]),
    ("Notices to families", NOTICES["truancy_notice_2"]),
    ("Notices to families", NOTICES["parent_warning"]),
    ("Meetings that became due", "SART meetings"),
    ("Meetings that became due", "Mediation meetings"),
    ("What people had to decide", "Level 3 (SARB) proposed"),
)


def _figures(result: Result, called: str) -> Iterator[Figure]:
    yield _levels(result, called)
    yield _flow(result, called)
    for kind, pairs in result.months.items():
        if kind in ("truancy_notice_1", "truancy_notice_2", "sarb_notice", "parent_warning"):
            yield _months(kind, pairs, called)
    for family, rows in result.groups.items():
        yield _group(family, rows, result.focus, called)


def _levels(result: Result, called: str) -> Figure:
    [section] = [section for section in result.sections if section.title.startswith("The highest")]
    rows = [Row(*pair) for pair in section.rows]
    return Figure(
        "Pupils by the highest level they reached", bars(rows, called, "pupils"), *_table("", section.rows, called)
    )


def _table(what: str, pairs: Iterable[Pair], called: str) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    rows: list[tuple[str, ...]] = [(pair.label, f"{pair.before:,}", f"{pair.after:,}", _change(pair)) for pair in pairs]
    return (what, called, "proposed", "change"), rows


def _change(pair: Pair) -> str:
    return f"{pair.after - pair.before:+,}" if pair.after != pair.before else "="


def _flow(result: Result, called: str) -> Figure:
    matrix = [[result.flow[old][new] for new in LEVELS] for old in LEVELS]
    rows = [(label, *(f"{n:,}" for n in row)) for label, row in zip(LEVELS.values(), matrix, strict=True)]
    return Figure(
        "Who moves",
        flow(matrix, list(LEVELS.values()), called),
        (f"{called} \\ proposed", *(label.partition(" (")[0] for label in LEVELS.values())),
        rows,
        f"Highest level, {called} on the left and proposed on the right. Orange goes up, "
        "green goes down. Pupils who stay at prevention under both are not drawn.",
    )


def _months(kind: str, pairs: list[Pair], called: str) -> Figure:
    named = [Pair(_month(pair.label), pair.before, pair.after) for pair in pairs]
    chart = columns([Row(*pair) for pair in named], called, "notices")
    return Figure(f"{NOTICES[kind]}, per month", chart, *_table("", named, called))


def _month(label: str) -> str:
    year, month = label.split("-")
    return f"{MONTHS[int(month) - 1]} {year[2:]}"


def _group(family: str, groups: list[GroupRow], measure: str, called: str) -> Figure:
    """Schools and grades by their rate, subgroups by how they compare with everybody else."""
    ratio = family == "subgroup"
    rows = [_group_row(row, measure, ratio) for row in groups]
    unit = "times the rate of all other pupils" if ratio else "%"
    chart = dumbbells(rows, called, unit, 1.0 if ratio else None)
    note = "Times: how often, compared with all other pupils (1 means as often). "
    return Figure(
        f"{FAMILIES[family]}: {MEASURES[measure].lower()}" + (", compared with all other pupils" if ratio else ""),
        chart,
        ("", "pupils", f"% {called}", "% proposed", f"times {called}", "times proposed"),
        [_group_cells(row, measure) for row in groups],
        note + "An asterisk hides what fewer than 11 pupils could be told by.",
    )


def _group_row(row: GroupRow, measure: str, ratio: bool) -> Row:
    before, after = row.cells[measure]
    return Row(_name(row), before.ratio if ratio else before.rate, after.ratio if ratio else after.rate)


def _group_cells(row: GroupRow, measure: str) -> tuple[str, ...]:
    before, after = row.cells[measure]
    size = "*" if row.pupils is None else f"{row.pupils:,}"
    return _name(row), size, *(_rate(cell) for cell in (before, after)), *(_ratio(cell) for cell in (before, after))


def _name(row: GroupRow) -> str:
    return SUBGROUPS.get(row.name, row.name)


def _rate(cell: Cell) -> str:
    return "*" if cell.rate is None else f"{cell.rate:.1f}"


def _ratio(cell: Cell) -> str:
    """Nothing to compare with where no other pupil has any."""
    return "*" if cell.rate is None else "" if cell.ratio is None else f"{cell.ratio:.2f}"


def _meetings(result: Result, called: str) -> Figure | None:
    if not result.meetings:
        return None
    rows = [Row(load.label, load.busiest_before, load.busiest_after) for load in result.meetings]
    return Figure(
        "Meetings due in the busiest week",
        bars(rows, called, "meetings"),
        ("", f"busiest week, {called}", "proposed", f"mean week, {called}", "proposed"),
        [tuple(map(str, load)) for load in result.meetings],
        "What schools must be able to hold.",
    )


def _timing(result: Result, called: str) -> list[str]:
    timing, moved = result.first_notice, result.moved
    sentences = [
        f"{moved['up']:,} of {result.pupils:,} pupils reach a higher level, {moved['down']:,} a lower one.",
        f"The first notice comes earlier for {timing.earlier:,} pupils, later for {timing.later:,}, on the same day for "
        f"{timing.same_day:,}; {timing.only_after:,} have one only as proposed, {timing.only_before:,} only {called}.",
    ]
    if timing.median_before and timing.median_after:
        days = f"{timing.median_before} {called} and {timing.median_after} as proposed"
        sentences.append(f"Half of the first notices are required by school day {days}.")
    for each in result.busiest:
        most = f"{each.before:,} {called}, {each.after:,} as proposed"
        sentences.append(f"The most pupils of one school who took a step at one close ({each.step}): {most}.")
    return sentences
