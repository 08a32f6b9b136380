"""What came of one pupil within a span of days: where the pupil stood, and what was due, required, or taken back."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from services.escalation.ladder import steps_taken
from services.escalation.simulation.replay import Happened, Replayed
from shared.contracts.case_life import CaseCarriedOver, StepQueued
from shared.contracts.envelope import EventData
from shared.contracts.ladder import (
    ActRefused,
    EnforcementProposed,
    LevelEntered,
    LevelProposed,
    LevelRescinded,
    LevelSteppedDown,
    MeetingRequired,
    NoticeRequired,
    NoticeWithdrawn,
    ReportIssued,
    ReportVoided,
    ReviewRequired,
)
from shared.contracts.statuses import ChronicAbsentSet, ChronicTruantSet, HabitualSet
from shared.contracts.terms import LEVELS, Level, NoticeKind

FIRST_NOTICES: frozenset[NoticeKind] = frozenset({"truancy_notice_1", "parent_warning"})
LEVEL_CHANGES = (LevelEntered, LevelRescinded, LevelSteppedDown, CaseCarriedOver)
NEEDS_A_PERSON = ("policy_person", "blast_radius")


class Span(NamedTuple):
    """Both days included."""

    first: date
    last: date

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.first <= day <= self.last


class Fact(NamedTuple):
    """`what` happened, and which sort of it. A notice is taken back where the family must hear that it was wrong."""

    what: str
    detail: str
    day: date


@dataclass(frozen=True, slots=True)
class Outcome:
    level: Level
    """At the end of the span."""
    highest: Level
    """The highest one of the span, also if it was taken back or left."""
    facts: tuple[Fact, ...]
    steps: tuple[tuple[str, date, Level], ...]
    """School, day and level of each automatic step that was taken at a close."""

    @property
    def first_notice(self) -> date | None:
        return min(
            (fact.day for fact in self.facts if fact.what == "notice" and fact.detail in FIRST_NOTICES), default=None
        )

    def had(self, what: str, detail: str | None = None) -> bool:
        return any(fact.what == what and detail in (None, fact.detail) for fact in self.facts)


def outcome_of(replayed: Replayed, span: Span) -> Outcome:
    """What the replay (which ended with the span) brought within the span."""
    inside = [it for it in replayed.happened if it.day in span]
    states = sorted(replayed.states.items())
    level: Level = states[-1][1].level if states else "prevention"
    return Outcome(
        level,
        max([level, _level_before(replayed, span), *_levels(inside)], key=LEVELS.index),
        tuple(fact for it in inside for fact in _facts(it)),
        tuple(sorted({(it.school, it.day, step) for it in inside if it.school for step in steps_taken([it.event])})),
    )


def _level_before(replayed: Replayed, span: Span) -> Level:
    """Where the pupil stood when the span began, in its school year."""
    year = max(replayed.states, default="")
    earlier = (it.event for it in replayed.happened if it.day < span.first)
    changes = [event for event in earlier if isinstance(event, LEVEL_CHANGES) and event.school_year == year]
    return changes[-1].level if changes else "prevention"


def _levels(inside: list[Happened]) -> Iterator[Level]:
    for it in inside:
        if isinstance(it.event, LevelEntered | CaseCarriedOver):
            yield it.event.level


def _facts(it: Happened) -> Iterator[Fact]:
    said = _SAID.get(type(it.event))
    if said and (words := said(it.event)):
        yield Fact(*words, it.day)


_SAID: dict[type[EventData], Callable[[Any], tuple[str, str] | None]] = {
    NoticeRequired: lambda event: ("notice", event.kind),
    NoticeWithdrawn: lambda event: None if event.state == "basis_changed" else ("taken_back", event.kind),
    ReportIssued: lambda event: ("report", "initial" if event.initial else "further"),
    ReportVoided: lambda event: ("report", "voided"),
    HabitualSet: lambda event: ("status", "habitual"),
    ChronicTruantSet: lambda event: ("status", "chronic_truant"),
    ChronicAbsentSet: lambda event: ("status", "chronic_absent"),
    MeetingRequired: lambda event: ("meeting", event.kind),
    LevelProposed: lambda event: ("proposal", event.level),
    EnforcementProposed: lambda event: ("proposal", "enforcement"),
    StepQueued: lambda event: ("waiting", event.step) if event.cause in NEEDS_A_PERSON else None,
    LevelRescinded: lambda event: ("rescinded", event.previous),
    ReviewRequired: lambda event: ("review", "case"),
    ActRefused: lambda event: ("refused", event.do),
}
