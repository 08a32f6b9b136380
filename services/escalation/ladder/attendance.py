"""From marks to days: which school days are occasions of truancy, and on which the pupil was absent for any reason."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

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


@dataclass(frozen=True, slots=True)
class Day:
    occasion: bool
    full_day: bool
    absent: bool


def read_attendance(
    pupil: Pupil, calendar: SchoolCalendar, marks: Sequence[Mark], policy: Policy, through: date
) -> Attendance:
    """`marks` in any order; those of days without school, or without enrolment, count for nothing."""
    counting = policy.counting
    periods_on = calendar.periods_on
    spans = enrolled_spans(calendar, pupil.enrolments)
    places = bisect_right(calendar.days, through)
    matured_before = places - counting.unverified.matures_after_school_days
    of_age = (birthday(pupil.birth_date, counting.age.min), birthday(pupil.birth_date, counting.age.max_exclusive))
    occasions: list[Occasion] = []
    unsettled: list[date] = []
    days_absent = 0
    for day, those in _by_day(marks).items():
        place = calendar.positions.get(day)
        if place is None or not _enrolled(place, spans):
            continue
        if place >= places:
            unsettled.append(day)
            continue
        matured = place < matured_before
        judged = judge_day(those, periods_on.get(day, calendar.periods), counting, matured)
        days_absent += judged.absent
        if judged.occasion and of_age[0] <= day < of_age[1]:
            occasions.append(Occasion(day, judged.full_day, tuple(sorted(mark.id for mark in those))))
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


def judge_day(marks: Sequence[Mark], periods: tuple[int, ...], counting: Counting, matured: bool) -> Day:
    """One school day. A whole-day mark of absence that is excused, or a suspension, speaks for the whole day."""
    whole = _whole_day_absence(marks)
    if whole is not None:
        absent = whole.suspension != "iss"
        if _unexcused(whole, matured):
            return Day(counting.full_day, True, absent)
        if whole.excuse != "unverified" or whole.suspension is not None:
            return Day(False, False, absent)
        return Day(_long_stretch(marks, counting, matured), False, absent)
    missed = [mark for mark in marks if mark.status == "absent"]
    all_missed = bool(periods) and {mark.period for mark in missed}.issuperset(periods)
    full_day = all_missed and all(_unexcused(mark, matured) for mark in missed if mark.period in periods)
    absent = all_missed and not any(mark.suspension == "iss" for mark in missed)
    return Day((full_day and counting.full_day) or _long_stretch(marks, counting, matured), full_day, absent)


def _whole_day_absence(marks: Sequence[Mark]) -> Mark | None:
    for mark in marks:
        if mark.period is None and mark.status == "absent":
            return mark
    return None


def _unexcused(mark: Mark, matured: bool) -> bool:
    if mark.suspension is not None:
        return False
    return mark.excuse == "unexcused" or (mark.excuse == "unverified" and matured)


def _long_stretch(marks: Sequence[Mark], counting: Counting, matured: bool) -> bool:
    """Stretches of several marks are never added: the marks do not say whether one went straight into the other."""
    return any(_unexcused(mark, matured) and _missed_minutes(mark, counting) > counting.minutes_gt for mark in marks)


def _missed_minutes(mark: Mark, counting: Counting) -> int:
    if mark.status == "left_early" and not counting.early_out_counts:
        return 0
    if mark.minutes is not None:
        return mark.minutes
    return counting.period_minutes if mark.status == "absent" and mark.period is not None else 0
