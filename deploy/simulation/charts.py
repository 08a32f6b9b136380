"""The charts of a what-if: each is a drawing with a text that says the same. Pure."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from markupsafe import Markup

from deploy.simulation.svg import dot, drawing, line, path, rect, text, ticks

WIDTH = 600.0
LABELS = 234.0
"""Room for the names of rows."""
ROW = 46.0
RIGHT = WIDTH - 46


class Row(NamedTuple):
    """A name and its value under both policies; None where it is hidden."""

    label: str
    before: float | None
    after: float | None


def bars(rows: Sequence[Row], called: str, unit: str) -> Markup:
    """Two bars for each row, one above the other."""
    scale = ticks(max([row.before or 0 for row in rows] + [row.after or 0 for row in rows], default=0))
    height = ROW * len(rows) + 30
    parts = [*_grid(scale, height - 26, "")]
    for number, row in enumerate(rows):
        parts += _bar_pair(row, 8 + number * ROW, scale[-1], called, unit)
    return drawing(WIDTH, height, _said(rows, called, unit), parts)


def _bar_pair(row: Row, top: float, most: float, called: str, unit: str) -> Iterator[Markup]:
    yield text(row.label, LABELS - 10, top + 21, anchor="end")
    for place, (name, value, class_) in enumerate(((called, row.before, "before"), ("proposed", row.after, "after"))):
        length = (value or 0) / most * (RIGHT - LABELS)
        yield rect(LABELS, top + place * 16, length, 14, class_, f"{row.label}, {name}: {value:,} {unit}")
        yield text(f"{value:,}", LABELS + length + 6, top + place * 16 + 11.5, "value")


def _grid(scale: Sequence[float], bottom: float, unit: str) -> Iterator[Markup]:
    for value in scale:
        x = LABELS + value / scale[-1] * (RIGHT - LABELS)
        yield line(x, 2, x, bottom, "grid")
        yield text(f"{value:,g}{unit}", x, bottom + 18, "tick", "middle")


def _said(rows: Sequence[Row], called: str, unit: str) -> str:
    parts = [f"{row.label}: {_word(row.before)} {called}, {_word(row.after)} proposed" for row in rows]
    return f"In {unit}. {'; '.join(parts)}."


def _word(value: float | None) -> str:
    return "hidden" if value is None else f"{value:,g}"


def dumbbells(rows: Sequence[Row], called: str, unit: str, reference: float | None = None) -> Markup:
    """Two dots for each row with a line between them; `reference` is a value to compare with, drawn as a line."""
    values = [value for row in rows for value in row[1:] if value is not None]
    scale = ticks(max([*values, reference or 0], default=0))
    height = 26.0 * len(rows) + 36
    parts = [*_grid(scale, height - 28, "%" if unit == "%" else "")]
    if reference is not None:
        x = LABELS + reference / scale[-1] * (RIGHT - LABELS)
        parts.append(line(x, 2, x, height - 28, "reference"))
    for number, row in enumerate(rows):
        parts += _dumbbell(row, 18 + number * 26.0, scale[-1], called, unit)
    return drawing(WIDTH, height, _said(rows, called, unit), parts)


def _dumbbell(row: Row, y: float, most: float, called: str, unit: str) -> Iterator[Markup]:
    yield text(row.label, LABELS - 10, y + 4.5, anchor="end")
    places = [None if value is None else LABELS + value / most * (RIGHT - LABELS) for value in row[1:]]
    before, after = places
    if before is None and after is None:
        yield text("hidden: too few pupils", LABELS + 8, y + 4.5, "value")
    if before is not None and after is not None:
        yield line(before, y, after, y, "between")
    if before is not None:
        yield dot(before, y, "before", f"{row.label}, {called}: {row.before:,g} {unit}")
    if after is not None:
        yield dot(after, y, "after", f"{row.label}, proposed: {row.after:,g} {unit}")


def columns(rows: Sequence[Row], called: str, unit: str) -> Markup:
    """Two columns side by side for each row, for instance each month."""
    height, bottom, left = 190.0, 156.0, 44.0
    scale = ticks(max([row.before or 0 for row in rows] + [row.after or 0 for row in rows], default=0), 3)
    parts = []
    for value in scale:
        y = bottom - value / scale[-1] * (bottom - 12)
        parts += [line(left, y, WIDTH, y, "grid"), text(f"{value:,g}", left - 8, y + 4, "tick", "end")]
    slot = (WIDTH - left) / max(1, len(rows))
    for number, row in enumerate(rows):
        parts += _column_pair(row, left + number * slot, slot, bottom, scale[-1], called, unit)
    return drawing(WIDTH, height, _said(rows, called, unit), parts)


def _column_pair(
    row: Row, x: float, slot: float, bottom: float, most: float, called: str, unit: str
) -> Iterator[Markup]:
    width = min(22.0, slot * 0.36)
    middle = x + slot / 2
    for left, name, value, class_ in (
        (middle - width - 1, called, row.before, "before"),
        (middle + 1, "proposed", row.after, "after"),
    ):
        tall = (value or 0) / most * (bottom - 12)
        yield rect(left, bottom - tall, width, tall, class_, f"{row.label}, {name}: {value:,} {unit}")
    yield text(row.label, middle, bottom + 18, "tick", "middle")


class Band(NamedTuple):
    """So many pupils between a level on the left and one on the right."""

    old: int
    new: int
    pupils: int


def flow(matrix: Sequence[Sequence[int]], labels: Sequence[str], called: str) -> Markup:
    """Pupils by level: on the left today, on the right proposed, with bands between. The lowest level stands at the bottom.

    Who stays at the first level (the most by far) is left out: bands of the others would be too thin to see.
    """
    bands = [Band(old, new, n) for old, row in enumerate(matrix) for new, n in enumerate(row) if n and old + new > 0]
    total = sum(band.pupils for band in bands)
    levels = range(len(labels) - 1, -1, -1)
    left, right = (
        {level: sum(band.pupils for band in bands if band[side] == level) for level in levels} for side in (0, 1)
    )
    gap, tall = 16.0, 300.0
    unit = (tall - gap * (len(labels) - 1)) / max(1, total)
    lefts, rights = _stacked(left, unit, gap), _stacked(right, unit, gap)
    parts = [*_bands(bands, dict(lefts), dict(rights), unit, labels), *_ends(left, lefts, unit, labels, "start")]
    parts += _ends(right, rights, unit, labels, "end")
    head = [text(called, FLOW_LEFT, 12, "tick", "end"), text("proposed", FLOW_RIGHT, 12, "tick")]
    moves = [f"{band.pupils:,} from {labels[band.old]} to {labels[band.new]}" for band in bands if band.old != band.new]
    said = f"Pupils by their highest level, {called} and proposed. {'; '.join(moves) or 'Nobody moves'}."
    return drawing(WIDTH, tall + 44, said, [*head, *parts])


FLOW_LEFT, FLOW_RIGHT = 176.0, WIDTH - 176


def _stacked(pupils: dict[int, int], unit: float, gap: float) -> dict[int, float]:
    """Where each level begins, from the top."""
    places, y = {}, 34.0
    for level, count in pupils.items():
        places[level] = y
        y += count * unit + gap
    return places


def _bands(
    bands: Sequence[Band], left: dict[int, float], right: dict[int, float], unit: float, labels: Sequence[str]
) -> Iterator[Markup]:
    middle = (FLOW_LEFT + FLOW_RIGHT) / 2
    for band in sorted(bands, key=lambda band: (-band.old, -band.new)):
        tall = band.pupils * unit
        top_left, top_right = left[band.old], right[band.new]
        left[band.old] += tall
        right[band.new] += tall
        start, end = FLOW_LEFT + 10, FLOW_RIGHT - 10
        d = (
            f"M{start:.1f} {top_left:.1f}C{middle:.1f} {top_left:.1f} {middle:.1f} {top_right:.1f} {end:.1f} {top_right:.1f}"
            f"v{tall:.1f}C{middle:.1f} {top_right + tall:.1f} {middle:.1f} {top_left + tall:.1f} {start:.1f} "
            f"{top_left + tall:.1f}Z"
        )
        way = "up" if band.new > band.old else "down" if band.new < band.old else "same"
        yield path(d, f"band {way}", f"{band.pupils:,} pupils: {labels[band.old]} to {labels[band.new]}")


def _ends(
    pupils: dict[int, int], places: dict[int, float], unit: float, labels: Sequence[str], side: str
) -> Iterator[Markup]:
    x, words, anchor = (
        (FLOW_LEFT, FLOW_LEFT - 10, "end") if side == "start" else (FLOW_RIGHT - 10, FLOW_RIGHT + 10, "start")
    )
    last = 0.0
    for level, count in pupils.items():
        tall = max(1.0, count * unit)
        yield rect(x, places[level], 10, tall, "node", f"{labels[level]}: {count:,} pupils")
        last = max(places[level] + tall / 2 + 4, last + 15)
        yield text(f"{labels[level]}  {count:,}", words, last, anchor=anchor)
