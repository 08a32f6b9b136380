"""What people are supposed to do where the history cannot say: under another policy they would have been asked to."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from services.escalation.ladder import Act, Close, Meeting, PersonDecision, Pupil, PupilState, SchoolCalendar
from shared.contracts.case_life import StepQueued
from shared.contracts.envelope import EventData, derived_id
from shared.contracts.ladder import MeetingRequired
from shared.contracts.terms import Level, MeetingKind

BY = "supposed by the simulation"
LEVEL_OF: dict[MeetingKind, Level] = {"sart": "level_1", "mediation": "level_2"}


@dataclass(frozen=True, slots=True)
class Assumptions:
    """School days after which people are supposed to have done what they are asked; None: they did only what is recorded."""

    meetings_after: int | None = None
    """A meeting that is due is held."""
    releases_after: int | None = None
    """A step that waits for a person is released."""


NOTHING_ASSUMED = Assumptions()


@dataclass(frozen=True, slots=True)
class Planned:
    """To be done at the close of `day`, if it is still needed then."""

    day: date
    meeting: MeetingKind | None = None
    step: Level | None = None


def plans(events: Iterable[EventData], calendar: SchoolCalendar, day: date, assumed: Assumptions) -> Iterator[Planned]:
    if assumed == NOTHING_ASSUMED:
        return
    for event in events:
        if isinstance(event, MeetingRequired) and assumed.meetings_after is not None and event.kind in LEVEL_OF:
            yield Planned(_later(calendar, day, assumed.meetings_after), meeting=event.kind)
        if isinstance(event, StepQueued) and assumed.releases_after is not None and event.cause == "policy_person":
            yield Planned(_later(calendar, day, assumed.releases_after), step=event.step)


def _later(calendar: SchoolCalendar, day: date, school_days: int) -> date:
    """At the next close at the earliest; the close of `day` is being judged."""
    place = calendar.positions[day] + max(1, school_days) if day in calendar.positions else len(calendar.days)
    return calendar.days[place] if place < len(calendar.days) else date.max


def assumed_act(plan: Planned, pupil: Pupil, state: PupilState, close: Close) -> Act | None:
    """The act, or None if nobody needs it any more."""
    if plan.meeting and _open(state, LEVEL_OF[plan.meeting]):
        id = derived_id("supposed", pupil.district, pupil.student, plan.meeting, plan.day)
        return Meeting(id, close.at, BY, plan.meeting, "held")
    if plan.step and state.waits_for(plan.step):
        id = derived_id("supposed", pupil.district, pupil.student, plan.step, plan.day)
        return PersonDecision(id, close.at, BY, "release", plan.step)
    return None


def _open(state: PupilState, level: Level) -> bool:
    disposition = state.level_1_disposition if level == "level_1" else state.level_2_disposition
    return disposition == "open"
