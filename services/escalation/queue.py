"""What waits for a person: proposals, steps that are not released, reviews. Pure."""

from collections.abc import Iterable
from typing import Any

from services.escalation import explain

Row = Any
Item = dict[str, Any]

SORTS = {
    "level.proposed": "proposal",
    "enforcement.proposed": "proposal",
    "step.queued": "step",
    "review.required": "review",
}


def items(rows: Iterable[Row]) -> list[Item]:
    """One item for each thing that still waits, the oldest first. `rows` hold a pupil's state and the latest event of one
    sort: what is proposed, waiting or under review no longer is left out."""
    return [_item(row) for row in rows if _still_waits(row)]


def _still_waits(row: Row) -> bool:
    state, body = row["state"], row["body"]
    match row["type"]:
        case "level.proposed":
            return bool(state.get("proposed") == body["level"])
        case "enforcement.proposed":
            return bool(state.get("proposed") == "enforcement")
        case "review.required":
            return bool(state.get("review", False))
        case _:
            return _waiting(row) is not None


def _waiting(row: Row) -> dict[str, Any] | None:
    return next((each for each in row["state"].get("waiting", ()) if each["step"] == row["body"].get("step")), None)


def _item(row: Row) -> Item:
    [step] = explain.story((), (), [row])
    waiting = _waiting(row) or {}
    sort = SORTS[row["type"]]
    return {
        "student": row["student"],
        "school": row["school"],
        "school_year": row["school_year"],
        "level": row["level"],
        "version": row["version"],
        "sort": sort,
        "step": _step(row),
        "since": row["as_of"],
        "why": step["text"],
        "because": step["because"],
        "cause": waiting.get("cause"),
        "until": waiting.get("until"),
        "on_hold": sort == "proposal" and row["state"].get("on_hold", False),
    }


def _step(row: Row) -> str:
    body = row["body"]
    named = {
        "level.proposed": body.get("level"),
        "enforcement.proposed": "enforcement",
        "step.queued": body.get("step"),
    }
    return str(named.get(row["type"]) or row["level"])
