"""What the school said about one pupil, day by day, and what of it stood at which time. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from services.escalation.reasons import word

Row = Any

_FIELDS = (
    "period", "retracted", "status", "excuse", "minutes", "reason", "suspension", "code", "rev", "source", "recorded_by",
)  # fmt: skip


class Said:
    """The statements about one pupil. Of those about one day and period (at one school) the highest revision stands."""

    def __init__(self, statements: Iterable[Row]) -> None:
        self.rows = list(statements)
        self._of_day: defaultdict[str, list[Row]] = defaultdict(list)
        for row in self.rows:
            self._of_day[row["day"].isoformat()].append(row)

    def before(self, row: Row) -> Row | None:
        """What stood for the same day and period when `row` was said."""
        others = [other for other in self._of_day[row["day"].isoformat()] if _slot(other) == _slot(row)]
        earlier = [other for other in others if other["sequence"] < row["sequence"]]
        return max(earlier, key=_rank, default=None)

    def standing(self, days: Iterable[str], ids: Sequence[str], at: datetime) -> list[Row]:
        """The statements that stood for `days` at a time, and those of `ids`."""
        named, wanted = set(ids), {str(day) for day in days}
        found = [row for day in sorted(wanted) for row in self._held(day, at)]
        there = {str(row["event_id"]) for row in found}
        return found + [row for row in self.rows if str(row["event_id"]) in named - there] if named - there else found

    def _held(self, day: str, at: datetime) -> list[Row]:
        held: dict[Any, Row] = {}
        for row in self._of_day.get(day, ()):
            slot = _slot(row)
            if row["known_at"] <= at and (slot not in held or _rank(held[slot]) < _rank(row)):
                held[slot] = row
        return list(held.values())


def _slot(row: Row) -> tuple[Any, ...]:
    return row["school"], row["day"], row["period"]


def _rank(row: Row) -> tuple[int, int]:
    return row["rev"], row["sequence"]


def told(row: Row, before: Row | None) -> str:
    """A statement as a sentence: said first, changed, taken back, or come too late to count."""
    what, by = f"{word(row['day'])}, {_where(row)}", f", by {row['recorded_by']}" if row["recorded_by"] else ""
    source = f"({word(row['known_at'].date())}, from {row['source']}{by})"
    if before and before["rev"] > row["rev"]:
        return f"{what}: {_marked(row)} {source} came late, and a later revision stands: {_marked(before)}"
    if before and row["retracted"]:
        return f"{what}: the school took back that it was {_marked(before)} {source}"
    if before and not before["retracted"] and _marked(before) != _marked(row):
        return f"{what}: the school changed it from {_marked(before)} to {_marked(row)} {source}"
    return f"{what}: {_marked(row)} {source}"


def _where(row: Row) -> str:
    return "the whole day" if row["period"] is None else f"period {row['period']}"


def _marked(row: Row) -> str:
    if row["retracted"]:
        return "nothing (taken back)"
    minutes = f"{row['minutes']} minutes" if row["minutes"] is not None else None
    suspension = f"suspension {row['suspension']}" if row["suspension"] else None
    return " ".join(part for part in (row["excuse"], _STATUS[row["status"]], minutes, suspension) if part)


_STATUS = {"absent": "absence", "present": "present", "tardy": "tardy", "left_early": "early leave"}


def fact(row: Row) -> dict[str, Any]:
    """The mark with its values, for programs."""
    return {
        "id": str(row["event_id"]),
        "day": row["day"],
        "known_at": row["known_at"],
        **{name: row[name] for name in _FIELDS},
    }
