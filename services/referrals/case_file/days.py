"""The pupil's days: which statement holds, what a day is called, whether it is an occasion of truancy now."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby, pairwise

from services.referrals.case_file.facts import Statement

LESSON_MINUTES = 50
"""A missed period counts with these minutes where the school does not say."""
STRETCH_MINUTES = 30
"""More than this (EC 48260)."""

LEGEND = (
    ("P", "present"),
    ("U", "absent all day, unexcused"),
    ("V", "absent all day, not verified (treated as unexcused after three school days)"),
    ("E", "absent all day, excused"),
    ("p", "part of the day missed without excuse (see the list)"),
    ("e", "part of the day missed with excuse, or 30 minutes or less"),
    ("S", "suspended"),
    ("-", "no mark sent; a school that reports absences only sends none for a day attended"),
)


@dataclass(frozen=True, slots=True)
class Day:
    """One day with every statement ever made about it, and the ones that hold."""

    date: date
    history: tuple[Statement, ...]
    holding: tuple[Statement, ...]

    @property
    def whole(self) -> Statement | None:
        return next((one for one in self.holding if one.period is None), None)

    @property
    def code(self) -> str:
        if not self.holding:
            return "-"
        if self.whole and self.whole.status == "absent":
            return _absent_code(self.whole)
        if any(is_occasion(one) for one in self.holding):
            return "p"
        return "e" if any(one.status != "present" for one in self.holding) else "P"

    @property
    def is_occasion(self) -> bool:
        return any(is_occasion(one) for one in self.holding)

    @property
    def is_absent(self) -> bool:
        """All day, for whatever reason, in-school suspension aside."""
        return self.whole is not None and self.whole.status == "absent" and self.whole.suspension != "iss"

    @property
    def is_unexcused_full_day(self) -> bool:
        whole = self.whole
        return whole is not None and (whole.status, whole.excuse, whole.suspension) == ("absent", "unexcused", None)

    @property
    def is_unverified_full_day(self) -> bool:
        return self.code == "V"

    @property
    def corrections(self) -> tuple[tuple[Statement, Statement], ...]:
        """Pairs of an earlier statement and the one that replaced it."""
        return tuple(
            pair
            for _, statements in groupby(self.history, key=lambda one: one.slot)
            for pair in _pairs(tuple(statements))
        )


def _pairs(statements: tuple[Statement, ...]) -> Iterable[tuple[Statement, Statement]]:
    return ((before, after) for before, after in pairwise(statements) if said(before) != said(after))


def said(one: Statement) -> tuple[object, ...]:
    return one.status, one.excuse, one.minutes, one.suspension


def _absent_code(whole: Statement) -> str:
    if whole.suspension:
        return "S"
    return {"excused": "E", "unverified": "V"}.get(whole.excuse or "", "U")


def missed_minutes(one: Statement) -> int | None:
    """None for a whole day, or where the school does not say."""
    if one.period is not None and one.status == "absent":
        return one.minutes or LESSON_MINUTES
    return one.minutes


def is_occasion(one: Statement) -> bool:
    """An unexcused whole-day absence or one missed stretch of more than 30 minutes (EC 48260)."""
    if one.status in (None, "present") or one.suspension or one.excuse not in ("unexcused", "unverified"):
        return False
    if one.status == "absent" and one.period is None:
        return True
    return (missed_minutes(one) or 0) > STRETCH_MINUTES


def days_of(statements: Iterable[Statement]) -> dict[date, Day]:
    """By date; `statements` are sorted by slot and rank, as `gather` leaves them."""
    by_date: defaultdict[date, list[Statement]] = defaultdict(list)
    for one in statements:
        by_date[one.day].append(one)
    return {day: _day(day, tuple(history)) for day, history in by_date.items()}


def _day(day: date, history: tuple[Statement, ...]) -> Day:
    latest = {one.slot: one for one in history}
    return Day(day, history, tuple(one for one in latest.values() if one.status is not None))
