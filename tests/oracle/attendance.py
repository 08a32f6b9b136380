"""What a pupil's marks come to, day by day: worked out anew from everything said, each time it is asked."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from deploy.scenario.model import MarkEntry, RetractEntry, RosterEntry, Student

Said = MarkEntry | RetractEntry


@dataclass(frozen=True)
class Stay:
    """At a school from `entered` until the day before `exited`."""

    school: str
    entered: date
    exited: date | None


@dataclass(frozen=True)
class Days:
    """What the marks come to by the close of a day."""

    occasions: frozenset[date]
    unexcused_full: int
    absent: int
    enrolled: int


def stays(student: Student, moves: Iterable[tuple[date, RosterEntry]]) -> tuple[date, list[Stay]]:
    """The birth date and the stays at schools, after all `moves` (date known, what changed)."""
    born, all_stays = student.born, [Stay(student.school, student.enrolled, student.exited)]
    for on, move in moves:
        change = move.change
        born = change.get("born", born)
        last = all_stays.pop()
        other = change.get("school", last.school)
        back = "enrolled" in change and last.exited is not None and change["enrolled"] >= last.exited
        if other != last.school or back:
            entered = change.get("enrolled", on)
            all_stays.append(last if last.exited else Stay(last.school, last.entered, entered))
            last = Stay(other, entered, None)
        all_stays.append(
            Stay(last.school, change.get("enrolled", last.entered), change.get("exited", last.exited)),
        )
    return born, all_stays


def school_on(all_stays: list[Stay], day: date) -> str | None:
    for stay in reversed(all_stays):
        if stay.entered <= day and (stay.exited is None or day < stay.exited):
            return stay.school
    return None


def winners(said: Iterable[Said]) -> list[MarkEntry]:
    """What holds for each day and period: the highest revision; of the same or without one, the later word."""
    best: dict[tuple[date, int | None], tuple[int, Said]] = {}
    for each in said:
        key = (each.day, each.period)
        rev = each.rev if each.rev is not None else best[key][0] if key in best else 0
        if key not in best or rev >= best[key][0]:
            best[key] = (rev, each)
    return [each for _, each in best.values() if isinstance(each, MarkEntry)]


def age(born: date, day: date) -> int:
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def tally(
    marks: list[MarkEntry],
    born: date,
    all_stays: list[Stay],
    school_days: tuple[date, ...],
    periods: dict[str, tuple[int, ...]],
    rules: dict[str, Any],
    close: date,
) -> Days:
    """Everything that counts at the close of `close`."""
    enrolled = [day for day in school_days if day <= close and school_on(all_stays, day)]
    occasions: set[date] = set()
    full = absent = 0
    for day in enrolled:
        those = [mark for mark in marks if mark.day == day]
        if not those:
            continue
        school = school_on(all_stays, day)
        assert school
        later = sum(day < other <= close for other in school_days)
        ripe = later >= rules["counting"]["unverified"]["matures_after_school_days"]
        was_occasion, was_full, was_absent = one_day(those, periods[school], ripe, rules["counting"])
        ages = rules["counting"]["age"]
        if not ages["min"] <= age(born, day) < ages["max_exclusive"]:
            was_occasion = was_full = False
        if was_occasion:
            occasions.add(day)
        full += was_full
        absent += was_absent
    return Days(frozenset(occasions), full, absent, len(enrolled))


def one_day(
    marks: list[MarkEntry], periods: tuple[int, ...], ripe: bool, counting: dict[str, Any]
) -> tuple[bool, bool, bool]:
    """(an occasion, an unexcused full day, a day of absence for any reason)."""
    whole = next((mark for mark in marks if mark.period is None and mark.status == "absent"), None)
    missed = {mark.period: mark for mark in marks if mark.period is not None and mark.status == "absent"}
    if whole:
        full_day = [whole]
    elif periods and all(period in missed for period in periods):
        full_day = [missed[period] for period in periods]
    else:
        full_day = []
    unexcused_full = bool(full_day) and all(unexcused(mark, ripe) for mark in full_day)
    absent = bool(full_day) and not any(mark.suspension == "iss" for mark in full_day)
    if whole and (whole.suspension or whole.excuse == "excused"):
        return False, False, absent
    long_stretch = any(unexcused(mark, ripe) and stretch(mark, counting) > counting["minutes_gt"] for mark in marks)
    return unexcused_full or long_stretch, unexcused_full, absent


def unexcused(mark: MarkEntry, ripe: bool) -> bool:
    return not mark.suspension and (mark.excuse == "unexcused" or (mark.excuse == "unverified" and ripe))


def stretch(mark: MarkEntry, counting: dict[str, Any]) -> int:
    """Missed minutes in one piece, of a pupil who was there for a part of the day."""
    if mark.status == "present" or (mark.status == "absent" and mark.period is None):
        return 0
    if mark.status == "absent" and mark.minutes is None:
        return int(counting["period_minutes"])
    return mark.minutes or 0
