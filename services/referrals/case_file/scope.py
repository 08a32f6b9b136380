"""What the proposal fixes about a case file, and what must have arrived before the file can be made."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from services.referrals.case_file.facts import Close, PupilFacts
from services.referrals.case_file.words import count
from shared.contracts.envelope import Event
from shared.contracts.ladder import EnforcementProposed
from shared.contracts.roster import CalendarChanged


@dataclass(frozen=True, slots=True)
class Scope:
    """Attendance through this day, in this school year, at this school and in its time."""

    proposal: Event[EnforcementProposed]
    calendar: CalendarChanged
    zone: ZoneInfo
    through: date

    @property
    def school_year(self) -> str:
        return self.proposal.data.school_year

    @property
    def proposed_at(self) -> datetime:
        return self.proposal.data.as_of

    def covers(self, day: date) -> bool:
        """A school year runs from July 1 to June 30 (EC 37200)."""
        return date(int(self.school_year[:4]), 7, 1) <= day <= self.through

    def local(self, at: datetime) -> datetime:
        return at.astimezone(self.zone)


def scope_of(
    proposal: Event[EnforcementProposed], calendars: Iterable[Event[CalendarChanged]], closes: Sequence[Close]
) -> Scope | tuple[str, ...]:
    """The scope, or what must arrive first. The days that were closed when enforcement was proposed are the ones that it
    was judged by. A later close (or the end of the year) proves that all of them have come in."""
    data = proposal.data
    calendar = next(
        (one.data for one in calendars if (one.data.school, one.data.school_year) == (data.school, data.school_year)),
        None,
    )
    if calendar is None:
        return ("the calendar of the pupil's school",)
    closed = [close for close in closes if close.school == data.school]
    judged = max((close.day for close in closed if close.closed_at <= data.as_of), default=None)
    complete = any(close.closed_at >= data.as_of or close.day >= calendar.instructional_days[-1] for close in closed)
    if judged is None or not complete:
        return ("the close of the school day on which the proposal rests",)
    return Scope(proposal, calendar, ZoneInfo(calendar.timezone), judged)


def missing_facts(scope: Scope, facts: PupilFacts) -> tuple[str, ...]:
    """What the proposal names and has not arrived, in words without personal data."""
    because = scope.proposal.data.because
    marks = set(because.marks) - {one.id for one in facts.statements}
    days = set(because.days) - {one.day for one in facts.statements}
    return tuple(
        words
        for number, words in (
            (len(marks), f"{count(len(marks), 'attendance mark')} that the proposal names"),
            (len(days), f"marks of {count(len(days), 'day')} that the proposal names"),
        )
        if number
    )
