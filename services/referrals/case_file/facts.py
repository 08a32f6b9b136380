"""The facts that a case file is made of: what the store holds about one pupil, in one order, each once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from shared.contracts.envelope import Event, EventData
from shared.contracts.ladder import ActRecorded, EnforcementProposed
from shared.contracts.roster import CalendarChanged, StudentChanged
from shared.contracts.terms import Excuse, Status, Suspension

DataT = TypeVar("DataT", bound=EventData)


class Case(NamedTuple):
    id: UUID
    district: str
    student: str
    school_year: str


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing that a school said about one day (`period` None) or one period of a pupil. `status` None: it took its mark
    back. Of one day and period the statement with the highest (rev, sequence) holds."""

    id: UUID
    school: str
    day: date
    period: int | None
    rev: int
    sequence: int
    known_at: datetime
    status: Status | None
    excuse: Excuse | None
    minutes: int | None
    suspension: Suspension | None
    code: str | None
    recorded_by: str | None
    source: str

    @property
    def slot(self) -> tuple[date, int]:
        """Day and period; the whole day comes before its periods."""
        return self.day, -1 if self.period is None else self.period

    @property
    def rank(self) -> tuple[int, int, str]:
        return self.rev, self.sequence, str(self.id)


@dataclass(frozen=True, slots=True)
class PupilFacts:
    """Build it with `gather`, which makes the order of arrival and repeats invisible."""

    student: Event[StudentChanged]
    calendars: tuple[Event[CalendarChanged], ...]
    statements: tuple[Statement, ...]
    events: tuple[Event[EventData], ...]

    def all(self, kind: type[DataT]) -> tuple[Event[DataT], ...]:
        """The events of this kind (and of its subclasses), in the order in which they became known."""
        return tuple(event for event in self.events if isinstance(event.data, kind))  # type: ignore[misc]


def gather(
    student: Event[StudentChanged],
    calendars: Iterable[Event[CalendarChanged]],
    statements: Iterable[Statement],
    events: Iterable[Event[Any]],
) -> PupilFacts:
    return PupilFacts(
        student,
        tuple(sorted(calendars, key=lambda event: (event.data.school_year, event.data.school))),
        tuple(sorted({one.id: one for one in statements}.values(), key=lambda one: (one.slot, one.rank))),
        tuple(sorted({event.id: event for event in events}.values(), key=_order)),
    )


def _order(event: Event[EventData]) -> tuple[datetime, str, str]:
    return event.time, event.data.type, str(event.id)


class Close(NamedTuple):
    """A school's day that is complete."""

    school: str
    day: date
    closed_at: datetime


def latest_proposal(case: Case, events: Iterable[Event[Any]]) -> Event[EnforcementProposed] | None:
    proposals = [
        event
        for event in events
        if isinstance(event.data, EnforcementProposed) and event.data.school_year == case.school_year
    ]
    return max(proposals, key=_order, default=None)


def declined(proposal: Event[EnforcementProposed], events: Iterable[Event[Any]]) -> ActRecorded | None:
    """The District Attorney's latest refusal since enforcement was proposed."""
    answers = [
        event.data
        for event in events
        if isinstance(event.data, ActRecorded)
        and event.data.do == "da.declined"
        and event.data.as_of >= proposal.data.as_of
    ]
    return max(answers, key=lambda answer: (answer.as_of, str(answer.act)), default=None)


def closed_by_person(proposal: Event[EnforcementProposed], events: Iterable[Event[Any]]) -> bool:
    """True if a named person rejected enforcement or closed the case after it was proposed."""
    return any(
        isinstance(event.data, ActRecorded)
        and event.data.do in ("reject_enforcement", "close_case")
        and event.data.as_of >= proposal.data.as_of
        for event in events
    )
