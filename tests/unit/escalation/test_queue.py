"""Only what still waits is in the queue."""

from datetime import UTC, datetime
from typing import Any

import pytest

from services.escalation import queue

BECAUSE = {"rule": "a.rule", "policy": "us-ca", "policy_version": 3, "days": [], "marks": [], "values": {}}


def row(type: str, state: dict[str, Any], **body: Any) -> dict[str, Any]:
    return {
        "student": "ana",
        "school": "north",
        "school_year": "2025-2026",
        "level": "level_2",
        "version": 4,
        "state": state,
        "type": type,
        "as_of": datetime(2025, 9, 8, tzinfo=UTC),
        "body": {"because": BECAUSE, **body},
    }


QUEUED = {"step": "level_1", "cause": "policy_delay", "until": "2025-09-12"}


@pytest.mark.parametrize(
    ("waits", "sort", "step"),
    [
        (row("level.proposed", {"proposed": "level_3"}, level="level_3", previous="level_2"), "proposal", "level_3"),
        (row("enforcement.proposed", {"proposed": "enforcement"}), "proposal", "enforcement"),
        (row("review.required", {"review": True}, reason="a correction"), "review", "level_2"),
        (row("step.queued", {"waiting": [QUEUED]}, **QUEUED), "step", "level_1"),
    ],
)
def test_what_waits_is_named_with_its_step(waits: dict[str, Any], sort: str, step: str) -> None:
    [item] = queue.items([waits])
    assert (item["sort"], item["step"], item["since"]) == (sort, step, waits["as_of"])
    assert item["why"]


@pytest.mark.parametrize(
    "gone",
    [
        row("level.proposed", {"review": True}, level="level_3", previous="level_2"),
        row("enforcement.proposed", {"proposed": "level_3"}),
        row("review.required", {"proposed": "level_3"}, reason="a correction"),
        row("step.queued", {"waiting": [QUEUED]}, step="level_2", cause="policy_person", until=None),
    ],
)
def test_what_no_longer_waits_is_left_out(gone: dict[str, Any]) -> None:
    assert queue.items([gone]) == []


def test_a_delay_says_until_when_and_a_held_proposal_that_it_is_held() -> None:
    held = row("level.proposed", {"proposed": "level_3", "on_hold": True}, level="level_3", previous="level_2")
    delayed, proposal = queue.items([row("step.queued", {"waiting": [QUEUED]}, **QUEUED), held])
    assert (delayed["cause"], delayed["until"], delayed["on_hold"]) == ("policy_delay", "2025-09-12", False)
    assert proposal["on_hold"]
