"""The blast radius: how many pupils of a school may take a step at one close before a person must look."""

from collections.abc import Iterable

from services.escalation.ladder.policy import BlastRadius
from shared.contracts.envelope import EventData
from shared.contracts.ladder import LevelEntered, NoticeRequired
from shared.contracts.terms import Level, NoticeKind

STEPS: tuple[Level, ...] = ("level_1", "level_2")
"""The steps that the rules take by themselves."""
_STEP_OF: dict[NoticeKind, Level] = {"truancy_notice_1": "level_1", "truancy_notice_2": "level_2"}


def steps_taken(events: Iterable[EventData]) -> set[Level]:
    """The automatic steps that reach the family: the level is entered, or its notice goes out."""
    taken: set[Level] = set()
    for event in events:
        if isinstance(event, LevelEntered) and event.level in STEPS:
            taken.add(event.level)
        elif isinstance(event, NoticeRequired) and event.kind in _STEP_OF:
            taken.add(_STEP_OF[event.kind])
    return taken


def too_many(rule: BlastRadius, pupils: int, enrolled: int) -> bool:
    """Is `pupils`, of so many enrolled at the school, more than the policy lets through at one close?"""
    over_number = rule.pupils is not None and pupils > rule.pupils
    over_share = rule.share_pct is not None and pupils * 100 > rule.share_pct * enrolled
    return over_number or over_share
