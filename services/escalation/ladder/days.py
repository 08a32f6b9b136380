"""One school day of one pupil: is it an occasion of truancy, and was the pupil absent?"""

from collections.abc import Sequence
from dataclasses import dataclass

from services.escalation.ladder.facts import Mark
from services.escalation.ladder.policy_counting import Counting


@dataclass(frozen=True, slots=True)
class Day:
    occasion: bool
    full_day: bool
    absent: bool
    periods: int = 0
    """Whole periods missed without excuse."""


def judge_day(marks: Sequence[Mark], periods: tuple[int, ...], counting: Counting, matured: bool) -> Day:
    """One school day. A whole-day mark of absence that is excused, or a suspension, speaks for the whole day."""
    whole = _whole_day_absence(marks)
    if whole is not None:
        absent = whole.suspension != "iss"
        if _unexcused(whole, matured):
            return Day(counting.full_day, True, absent, len(periods) or 1)
        if whole.excuse != "unverified" or whole.suspension is not None:
            return Day(False, False, absent)
        return Day(_part_counts(marks, counting, matured), False, absent, _missed_periods(marks, matured))
    missed = [mark for mark in marks if mark.status == "absent"]
    all_missed = bool(periods) and {mark.period for mark in missed}.issuperset(periods)
    full_day = all_missed and all(_unexcused(mark, matured) for mark in missed if mark.period in periods)
    absent = all_missed and not any(mark.suspension == "iss" for mark in missed)
    occasion = (full_day and counting.full_day) or _part_counts(marks, counting, matured)
    return Day(occasion, full_day, absent, _missed_periods(missed, matured))


def _part_counts(marks: Sequence[Mark], counting: Counting, matured: bool) -> bool:
    """Is the day an occasion for what was missed of it, in the unit of the policy?"""
    match counting.unit:
        case "occasion_day":
            return _long_stretch(marks, counting, matured)
        case "full_day":
            return False
        case "period":
            return _missed_periods(marks, matured) > 0
        case "day_or_part":
            early = counting.early_out_counts
            return any(_unexcused(mark, matured) and (early or mark.status != "left_early") for mark in marks)


def _missed_periods(marks: Sequence[Mark], matured: bool) -> int:
    return sum(mark.period is not None and mark.status == "absent" and _unexcused(mark, matured) for mark in marks)


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
