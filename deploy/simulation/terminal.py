"""A what-if on a terminal of 80 columns."""

from collections.abc import Iterator

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from deploy.simulation.ask import Answer
from deploy.simulation.groups import Cell, GroupRow
from deploy.simulation.result import Pair, Result
from deploy.simulation.words import MEASURES, SUBGROUPS

WIDTHS = {"school": "School", "grade": "Grade", "subgroup": "Subgroup"}


def show(console: Console, answer: Answer) -> None:
    span = answer.simulated.span
    console.print(f"[bold]{answer.simulated.question.district}[/], {span.first} to {span.last}", highlight=False)
    console.print(f"{answer.called:<9} {answer.before}\nproposed  {answer.after}\n", markup=False)
    for change in answer.changes:
        console.print(f"  {change.key}: {change.words}", markup=False)
    for part in ["", *_parts(answer.result, answer.called)]:
        console.print(part)
        console.print()
    _footnotes(console, answer)


def _footnotes(console: Console, answer: Answer) -> None:
    console.print("* hidden, because fewer than 11 pupils could be told by it.\n")
    console.print("[bold]What is assumed[/]")
    for sentence in answer.assumed:
        console.print(f"- {sentence}", markup=False)
    simulated = answer.simulated
    console.print(
        f"\n{simulated.closes:,} closes of {simulated.pupils:,} pupils under two policies in {simulated.seconds:.1f} s: "
        f"{answer.rate:,.0f} a second, of which {simulated.decided:,} had something to decide.",
        markup=False,
    )


def _parts(result: Result, called: str) -> Iterator[RenderableType]:
    yield _totals(result, called)
    yield _moves(result, called)
    if result.meetings:
        yield _meetings(result, called)
    for family, rows in result.groups.items():
        yield _groups(family, rows, result.focus, called)


def _totals(result: Result, called: str) -> Table:
    table = _table("", called, "proposed", "change")
    for number, section in enumerate(result.sections):
        if number:
            table.add_row()
        table.add_row(Text(f"{section.title} ({section.unit})", style="bold"))
        for pair in section.rows:
            table.add_row(f"  {pair.label}", f"{pair.before:,}", f"{pair.after:,}", _change(pair))
    return table


def _table(*headers: str, title: str | None = None) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), title=title, title_justify="left", title_style="bold")
    table.add_column(headers[0])
    for header in headers[1:]:
        table.add_column(header, justify="right")
    return table


def _change(pair: Pair) -> Text:
    change = pair.after - pair.before
    style = "dim" if not change else "yellow" if change > 0 else "cyan"
    return Text(f"{change:+,}" if change else "=", style=style)


def _moves(result: Result, called: str) -> Text:
    timing, moved = result.first_notice, result.moved
    lines = [
        f"{moved['up']:,} of {result.pupils:,} pupils reach a higher level, {moved['down']:,} a lower one.",
        f"First notice: {timing.earlier:,} earlier, {timing.later:,} later, {timing.same_day:,} on the same day, "
        f"{timing.only_after:,} only proposed, {timing.only_before:,} only {called}.",
    ]
    if timing.median_before and timing.median_after:
        lines.append(f"Half of them by school day {timing.median_before} {called}, {timing.median_after} proposed.")
    lines += [
        f"Most pupils of a school at one close, {each.step}: {each.before:,} {called}, {each.after:,} proposed."
        for each in result.busiest
    ]
    return Text("\n".join(lines))


def _meetings(result: Result, called: str) -> Table:
    headers = (f"busiest {called}", "proposed", f"mean {called}", "proposed")
    table = _table("Meetings due in a week", *headers)
    for load in result.meetings:
        busiest = (f"{load.busiest_before:,}", f"{load.busiest_after:,}")
        table.add_row(load.label, *busiest, f"{load.mean_before:,}", f"{load.mean_after:,}")
    return table


def _groups(family: str, rows: list[GroupRow], measure: str, called: str) -> Table:
    title = f"{MEASURES[measure]}, by {family}: part of the pupils, and times the part of all others"
    table = _table(WIDTHS[family], "pupils", called, "proposed", called, "proposed", title=title)
    for row in rows:
        before, after = row.cells[measure]
        name = SUBGROUPS.get(row.name, row.name)
        table.add_row(name, _number(row.pupils), _rate(before), _rate(after), _ratio(before), _ratio(after))
    return table


def _number(value: int | None) -> str:
    return "*" if value is None else f"{value:,}"


def _rate(cell: Cell) -> str:
    return "*" if cell.rate is None else f"{cell.rate:.1f} %"


def _ratio(cell: Cell) -> str:
    return "*" if cell.rate is None else "-" if cell.ratio is None else f"{cell.ratio:.1f}"
