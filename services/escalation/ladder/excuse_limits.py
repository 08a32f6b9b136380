"""How far an excuse reaches: caps on some reasons (EC 48205), and illness without a note after many absences.

What is beyond becomes unexcused before the days are judged. Both rules look only at what the school said about the days, and
at days up to the one in question, so that they never feed themselves.
"""

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import groupby

from services.escalation.ladder.days import judge_day
from services.escalation.ladder.facts import Mark, SchoolCalendar
from services.escalation.ladder.policy import Policy
from services.escalation.ladder.policy_counting import Counting, ExcuseCap, ExcusedExcessive
from services.escalation.ladder.school_days import Span, enrolled_days
from shared.contracts.terms import Reason

Days = dict[date, list[Mark]]
Beyond = set[tuple[date, Reason]]


def within_limits(days: Days, calendar: SchoolCalendar, spans: tuple[Span, ...], policy: Policy) -> Days:
    """`days` (the marks of each), with unexcused what no excuse reaches."""
    caps, excessive = policy.excuse_caps, policy.excused_excessive
    if not excessive.enabled and (not caps or not _names_one_of(days, caps)):
        return days
    beyond: Beyond = set()
    for reason, cap in caps.items():
        beyond.update((day, reason) for day in _beyond_cap(_excused_days(days, reason, calendar), cap, calendar))
    if excessive.enabled:
        beyond.update(_without_note(days, calendar, spans, policy.counting, excessive))
    return {day: [_limited(mark, beyond) for mark in marks] for day, marks in days.items()} if beyond else days


def _names_one_of(days: Days, reasons: Container[Reason]) -> bool:
    """Plain loops: this runs for every mark of every close."""
    for marks in days.values():
        for mark in marks:
            if mark.reason is not None and mark.reason in reasons:
                return True
    return False


def _limited(mark: Mark, beyond: Beyond) -> Mark:
    if not _is_excused(mark) or (mark.day, mark.reason) not in beyond:
        return mark
    return replace(mark, excuse="unexcused")


def _is_excused(mark: Mark) -> bool:
    return mark.excuse == "excused" and mark.suspension is None


def _excused_days(days: Days, reason: Reason, calendar: SchoolCalendar) -> list[date]:
    return sorted(
        day
        for day, marks in days.items()
        if any(mark.reason == reason and _is_excused(mark) for mark in marks) and day in calendar.positions
    )


def _beyond_cap(excused: Sequence[date], cap: ExcuseCap, calendar: SchoolCalendar) -> Iterator[date]:
    for days in _together(excused, cap, calendar):
        yield from days[cap.days :]


def _together(excused: Sequence[date], cap: ExcuseCap, calendar: SchoolCalendar) -> Iterable[list[date]]:
    """The days that share one allowance."""
    places = calendar.positions
    numbered = list(enumerate(excused))
    match cap.per:
        case "incident":
            groups = groupby(numbered, key=lambda each: places[each[1]] - each[0])
        case "school_year":
            groups = groupby(numbered, key=lambda each: 0)
        case "calendar_month":
            groups = groupby(numbered, key=lambda each: each[1].year * 12 + each[1].month)
        case "semester":
            groups = groupby(numbered, key=lambda each: places[each[1]] * 2 // len(calendar.days))
    for _, group in groups:
        yield [day for _, day in group]


def _without_note(
    days: Days, calendar: SchoolCalendar, spans: tuple[Span, ...], counting: Counting, rule: ExcusedExcessive
) -> Iterator[tuple[date, Reason]]:
    """Days of illness that need a note and have none."""
    absent = excused = 0
    for day in sorted(day for day in days if day in calendar.positions):
        ill = {mark.reason for mark in days[day] if _is_excused(mark) and mark.reason in rule.reasons}
        if ill and _needs_note(rule, absent, excused, enrolled_days(spans, calendar.positions[day])):
            yield from ((day, reason) for reason in ill if reason)
        if judge_day(days[day], calendar.periods_on.get(day, calendar.periods), counting, matured=True).absent:
            absent += 1
            excused += all(_is_excused(mark) for mark in days[day])


def _needs_note(rule: ExcusedExcessive, absent: int, excused: int, enrolled: int) -> bool:
    """`absent`, `excused`, `enrolled`: of the days before."""
    if rule.trigger_pct_enrolled_gt is None:
        return excused >= rule.doctor_note_after
    return enrolled >= rule.min_school_days and absent * 100 > rule.trigger_pct_enrolled_gt * enrolled
