"""From marks to days: which school days are occasions of truancy, and on which the pupil was absent for any reason."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from services.escalation.ladder.days import Day, judge_day
from services.escalation.ladder.excuse_limits import within_limits
from services.escalation.ladder.facts import Mark, Pupil, SchoolCalendar
from services.escalation.ladder.policy import Counting, Policy
from services.escalation.ladder.school_days import Span, birthday, enrolled_spans
from services.escalation.ladder.state import Occasion


@dataclass(frozen=True, slots=True)
class Attendance:
    """The pupil's year up to a day."""

    occasions: tuple[Occasion, ...]
    """In the order of the days."""
    days_absent: int
    """Whole days, for any reason but suspension in school, whatever the age."""
    spans: tuple[Span, ...]
    places: int
    """School days so far, whether enrolled or not."""
    unsettled: tuple[date, ...]
    """Days of marks that do not count yet: unverified ones that are too young, and those of later days."""


def read_attendance(
    pupil: Pupil, calendar: SchoolCalendar, marks: Sequence[Mark], policy: Policy, through: date
) -> Attendance:
    """`marks` in any order; those of days without school, or without enrolment, count for nothing."""
    counting = policy.counting
    periods_on = calendar.periods_on
    spans = enrolled_spans(calendar, pupil.enrolments)
    places = bisect_right(calendar.days, through)
    matured_before = places - (0 if counting.unverified.counts else counting.unverified.matures_after_school_days)
    of_age = (birthday(pupil.birth_date, counting.age.min), birthday(pupil.birth_date, counting.age.max_exclusive))
    occasions: list[Occasion] = []
    unsettled: list[date] = []
    days_absent = 0
    for day, those in within_limits(_by_day(marks), calendar, spans, policy).items():
        place = calendar.positions.get(day)
        if place is None or not _enrolled(place, spans):
            continue
        if place >= places:
            unsettled.append(day)
            continue
        matured = place < matured_before
        periods = periods_on.get(day, calendar.periods)
        judged = judge_day(those, periods, counting, matured)
        days_absent += judged.absent
        if judged.occasion and of_age[0] <= day < of_age[1]:
            occasions.append(_occasion(day, those, judged, periods, counting))
        if not matured and any(mark.excuse == "unverified" for mark in those):
            unsettled.append(day)
    occasions.sort(key=lambda occasion: occasion.day)
    return Attendance(tuple(occasions), days_absent, spans, places, tuple(unsettled))


def _enrolled(place: int, spans: tuple[Span, ...]) -> bool:
    for start, end in spans:  # noqa: SIM110  (this runs for every mark of every close, and any() takes twice the time)
        if start <= place < end:
            return True
    return False


def _by_day(marks: Sequence[Mark]) -> dict[date, list[Mark]]:
    """A pupil who is present misses nothing, so those marks do not matter."""
    days: dict[date, list[Mark]] = {}
    for mark in marks:
        if mark.status != "present":
            days.setdefault(mark.day, []).append(mark)
    return days


def _occasion(day: date, marks: Sequence[Mark], judged: Day, periods: tuple[int, ...], counting: Counting) -> Occasion:
    if len(marks) == 1 and marks[0].excuse != "unverified":
        return Occasion(day, judged.full_day, (marks[0].id,), judged.periods)
    verified = True
    if any(mark.excuse == "unverified" for mark in marks):
        strict = judge_day(marks, periods, counting, matured=False)
        verified = strict.occasion and strict.full_day == judged.full_day
    return Occasion(day, judged.full_day, tuple(sorted(mark.id for mark in marks)), judged.periods, verified)
