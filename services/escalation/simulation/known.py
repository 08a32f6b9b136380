"""What is known about one pupil at one point of the history: roster, calendars, marks, acts, and what is new in them."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from services.escalation.judging import Year
from services.escalation.ladder import Act, SchoolCalendar
from services.escalation.pupils import covers
from services.escalation.simulation.history import Closed, DistrictHistory, Order, Snapshot, Statement
from services.escalation.simulation.known_marks import KnownMarks


@dataclass(slots=True)
class Known:
    roster: Snapshot | None = None
    schools: tuple[str, ...] = ()
    marks: KnownMarks = field(default_factory=KnownMarks)
    acts: list[Act] = field(default_factory=list)
    calendars: dict[tuple[str, str], SchoolCalendar] = field(default_factory=dict)
    """By school and school year."""
    new: bool = True
    new_from: date | None = None
    """The earliest day about which something is new."""

    def take_statement(self, said: Statement) -> None:
        self.marks.take(said)
        self.is_new(said.day)

    def take_snapshot(self, snapshot: Snapshot) -> None:
        self.roster = snapshot
        self.schools = tuple(sorted({enrolment.school for enrolment in snapshot.pupil.enrolments}))
        self.is_new(date.min)

    def take_calendar(self, calendar: SchoolCalendar) -> None:
        self.calendars[calendar.school, calendar.school_year] = calendar
        if calendar.school in self.schools and calendar.days:
            self.is_new(calendar.days[0])

    def is_new(self, about: date) -> None:
        self.new, self.new_from = True, min(about, self.new_from or about)

    def nothing_new(self) -> None:
        self.new, self.new_from = False, None

    def school_on(self, day: date) -> str | None:
        """The school at which the pupil is enrolled on `day`, else the one entered last."""
        if self.roster is None or len(self.schools) < 2:
            return self.roster.school if self.roster else None
        there = [each for each in self.roster.pupil.enrolments if covers(each, day)]
        return max(there, key=lambda each: each.entered).school if there else self.roster.school

    def calendar_on(self, school: str, day: date) -> SchoolCalendar | None:
        found = None
        for (name, _), calendar in self.calendars.items():
            begun = name == school and calendar.days and calendar.days[0] <= day
            if begun and (found is None or found.days[0] < calendar.days[0]):
                found = calendar
        return found

    def year(self, calendar: SchoolCalendar) -> Year:
        """The school year as the school of `calendar` has it, with the pupil's other schools and the marks of then."""
        assert self.roster
        others = self.others(calendar)
        first = min(each.days[0] for each in (calendar, *others))
        last = max(each.days[-1] for each in (calendar, *others))
        return Year(calendar, others, tuple(self.marks.between(self.roster.pupil, first, last)))

    def others(self, calendar: SchoolCalendar) -> tuple[SchoolCalendar, ...]:
        if len(self.schools) < 2:
            return ()
        names = [(school, calendar.school_year) for school in self.schools if school != calendar.school]
        return tuple(self.calendars[name] for name in names if name in self.calendars)

    def closed_years(self, present: SchoolCalendar, years: Sequence[str], day: date) -> list[Year]:
        """Those of `years` that are over and about which something is new."""
        if self.new_from is None or self.new_from >= present.days[0]:
            return []
        found = [self.calendars.get((present.school, year)) for year in years if year < present.school_year]
        return [self.year(each) for each in found if each and self.new_from <= each.days[-1] < day]


def closes_between(
    district: DistrictHistory, schools: Sequence[str], after: Order | None, before: Order | None
) -> list[Closed]:
    """The closes of the schools after one place in the order and up to another; None: from the first, to the last."""
    found: list[Closed] = []
    for school in schools:
        closes = district.closes.get(school, ())
        first = 0 if after is None else bisect_right(closes, after, key=_order)
        last = len(closes) if before is None else bisect_right(closes, before, key=_order)
        found += closes[first:last]
    return found if len(schools) < 2 else sorted(found, key=_order)


def _order(closed: Closed) -> Order:
    return closed.order
