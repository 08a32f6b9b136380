"""Turns rows of the store into the values that the ladder judges. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.escalation.ladder import Act, Enrolment, Mark, Pupil, SchoolCalendar, parse_act

Row = Any
"""A record of the database: values by column name."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known about one pupil: whom the roster describes, which marks hold, what people did."""

    pupil: Pupil
    marks: tuple[Mark, ...]
    acts: tuple[Act, ...]


class Calendars:
    """The calendars of some schools, found by school and day."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._of_school: defaultdict[tuple[str, str], list[SchoolCalendar]] = defaultdict(list)
        self.add(rows)

    def add(self, rows: Iterable[Row]) -> None:
        """Calendars of further schools."""
        for row in rows:
            self._of_school[row["district"], row["school"]].append(calendar_of(row))

    @property
    def schools(self) -> set[tuple[str, str]]:
        return set(self._of_school)

    def of_year(self, district: str, school: str, school_year: str) -> SchoolCalendar | None:
        """The calendar of that school year; None where there is none, or no day in it."""
        found = self._of_school.get((district, school), ())
        return next((each for each in found if each.school_year == school_year and each.days), None)

    def on(self, district: str, school: str, day: date) -> SchoolCalendar | None:
        """The calendar of the school year that has `day` between its first and last instructional day, or the latest
        year that began before; None where the school has none."""
        started = [
            calendar for calendar in self._of_school[district, school] if calendar.days and calendar.days[0] <= day
        ]
        return max(started, key=lambda calendar: calendar.days[0], default=None)


def calendar_of(row: Row) -> SchoolCalendar:
    return SchoolCalendar(
        school=row["school"],
        school_year=row["school_year"],
        timezone=row["timezone"],
        days=tuple(row["instructional_days"]),
        periods=tuple(row["periods"]),
        revision=row["revision"],
        lea_type=row["lea_type"],
    )


def pupil_of(row: Row) -> Pupil:
    return Pupil(
        district=row["district"],
        student=row["student"],
        birth_date=row["birth_date"],
        enrolments=tuple(_enrolment(enrolment) for enrolment in row["enrolments"]),
    )


def _enrolment(body: dict[str, Any]) -> Enrolment:
    exited = body.get("exited")
    return Enrolment(
        school=body["school"],
        entered=date.fromisoformat(body["entered"]),
        exited=date.fromisoformat(exited) if exited else None,
        grade=body.get("grade"),
    )


def school_on(row: Row, day: date) -> str | None:
    """The school at which the pupil is enrolled on `day`, else the one entered last: corrections may still come."""
    there = [enrolment for enrolment in map(_enrolment, row["enrolments"]) if covers(enrolment, day)]
    return max(there, key=lambda enrolment: enrolment.entered).school if there else row["school"]


def mark_of(row: Row) -> Mark:
    return Mark(
        id=row["event_id"],
        day=row["day"],
        period=row["period"],
        status=row["status"],
        excuse=row["excuse"],
        minutes=row["minutes"],
        reason=row["reason"],
        suspension=row["suspension"],
        known_at=row["known_at"],
    )


def facts_of(pupils: Sequence[Row], marks: Iterable[Row], acts: Iterable[Row]) -> dict[tuple[str, str], Facts]:
    """Facts by (district, student)."""
    marks_of, acts_of = _by_pupil(marks), _by_pupil(acts)
    return {
        key: Facts(
            pupil=(pupil := pupil_of(row)),
            marks=one_school_a_day(pupil, marks_of[key]),
            acts=tuple(parse_act(act["body"]) for act in acts_of[key]),
        )
        for row in pupils
        for key in [(row["district"], row["student"])]
    }


def _by_pupil(rows: Iterable[Row]) -> defaultdict[tuple[str, str], list[Row]]:
    grouped: defaultdict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        grouped[row["district"], row["student"]].append(row)
    return grouped


def one_school_a_day(pupil: Pupil, rows: Sequence[Row]) -> tuple[Mark, ...]:
    """Where two schools speak about the same day and period, the school in which the pupil is enrolled on that day is
    believed; else the one that spoke last. `rows` come in the order in which they were accepted."""
    holding: dict[tuple[date, int | None], Row] = {}
    for row in rows:
        slot = (row["day"], row["period"])
        if slot not in holding or not _enrolled(pupil, holding[slot]) or _enrolled(pupil, row):
            holding[slot] = row
    return tuple(mark_of(row) for row in holding.values())


def _enrolled(pupil: Pupil, row: Row) -> bool:
    return enrolled_at(pupil, row["school"], row["day"])


def enrolled_at(pupil: Pupil, school: str, day: date) -> bool:
    return any(enrolment.school == school and covers(enrolment, day) for enrolment in pupil.enrolments)


def covers(enrolment: Enrolment, day: date) -> bool:
    return enrolment.entered <= day and (enrolment.exited is None or day < enrolment.exited)
