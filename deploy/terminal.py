"""What `rollcall up` shows: a live view on a terminal, plain lines elsewhere."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from deploy.embedded.state import StackInfo
from deploy.numbers import Numbers

UNKNOWN = "…"
TO_DECIDE = {
    "level_3_proposed": "due: level 3",
    "enforcement_proposed": "due: enforcement",
    "steps": "due: release",
    "reviews": "due: review",
}
"""What waits for a person, short enough for a column."""
LEVELS = ("prevention", "level_1", "level_2", "level_3", "enforcement")


@dataclass(slots=True)
class View:
    """Everything that is on the screen."""

    stack: StackInfo
    numbers: Numbers = field(default_factory=Numbers)
    progress: str = ""
    """One line about the demo: which day it has come to."""
    said: deque[str] = field(default_factory=lambda: deque(maxlen=4))
    """The last things that happened to the stack itself."""

    def __rich__(self) -> RenderableType:
        columns = Table.grid(expand=True, padding=(0, 2))
        columns.add_row(_totals(self.numbers), _ladder(self.numbers), _notices(self.numbers.notices))
        parts: list[RenderableType] = [columns, Text(self.progress), _addresses(self.stack)]
        parts += [Text(line, style="yellow") for line in self.said]
        return Panel(Group(*parts), title="Rollcall", subtitle="Ctrl-C stops everything", title_align="left")


def number(value: int | None) -> str:
    return UNKNOWN if value is None else f"{value:,}"


def word(name: str) -> str:
    return name.replace("_", " ")


def _grid(title: str, rows: Mapping[str, str]) -> Table:
    table = Table(title=title, box=None, show_header=False, title_justify="left", title_style="bold")
    table.add_column()
    table.add_column(justify="right")
    for name, value in rows.items():
        table.add_row(name, value)
    return table


def _totals(numbers: Numbers) -> Table:
    rows = {
        "marks in": number(numbers.marks),
        "parked": number(numbers.parked),
        "days closed": number(numbers.closes),
        "occasions": number(numbers.occasions),
        "reports": number(numbers.reports),
        "cases": number(numbers.cases),
        "packets": number(numbers.packets),
        "events waiting": number(numbers.waiting),
    }
    return _grid("So far", rows)


def _ladder(numbers: Numbers) -> Table:
    pupils = numbers.pupils
    rows = {word(level): number(pupils.get(level, 0) if pupils else None) for level in LEVELS}
    rows |= {"taken back": number(numbers.taken_back), "recognitions": number(numbers.recognitions)}
    rows |= {TO_DECIDE.get(sort, sort): number(count) for sort, count in numbers.decisions.items() if count}
    return _grid("Pupils", rows)


def _notices(notices: Mapping[str, Mapping[str, int]]) -> Table:
    rows = {word(kind): _states(states) for kind, states in sorted(notices.items())}
    return _grid("Notices", rows or {UNKNOWN: ""})


def _states(states: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {word(state)}" for state, count in sorted(states.items()) if count)


def addresses(stack: StackInfo) -> dict[str, str]:
    """What a reader may open in a browser."""
    documents = {f"{service} API": f"{url}/docs" for service, url in stack.urls.items()}
    return {"caught email and SMS": stack.catcher_url, **documents}


def _addresses(stack: StackInfo) -> Table:
    table = Table.grid(padding=(0, 2))
    for name, url in addresses(stack).items():
        table.add_row(name, Text(url, style="cyan"))
    return table


def plain(seconds: float, numbers: Numbers, progress: str = "") -> str:
    """One line with the same numbers, for logs and pipes."""
    levels = ", ".join(f"{numbers.pupils[level]:,} {word(level)}" for level in LEVELS if numbers.pupils.get(level))
    decisions = ", ".join(f"{count:,} {word(sort)}" for sort, count in numbers.decisions.items() if count)
    notices = "; ".join(f"{word(kind)} {_states(states)}" for kind, states in sorted(numbers.notices.items()))
    parts = [
        f"{seconds:6.1f} s",
        progress,
        f"marks {number(numbers.marks)}",
        f"occasions {number(numbers.occasions)}",
        f"reports {number(numbers.reports)}",
        f"pupils: {levels or UNKNOWN}",
        f"taken back {number(numbers.taken_back)}",
        f"recognitions {number(numbers.recognitions)}",
        f"to decide: {decisions or 'nothing'}",
        f"notices: {notices or UNKNOWN}",
        f"cases {number(numbers.cases)}",
        f"waiting {number(numbers.waiting)}",
    ]
    return " | ".join(part for part in parts if part)
