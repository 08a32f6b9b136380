"""The demo district's school year as a stream of days: what each school says, correction by correction, and the closes.

Pure and seeded. The statistics are a recipe that meets Californian figures (chronic absence one in five, 38% of pupils with
three unexcused days); on top of it come weekdays, months, storms, schools, corrections, late entries and one silent school.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from deploy.demo.calendar import absence_factors, school_days
from deploy.demo.chance import stream
from deploy.demo.district import District
from deploy.demo.year import Statement, pupil_year

SILENT_DAYS = 3


@dataclass(frozen=True, slots=True)
class Close:
    school: str
    day: date


@dataclass(frozen=True, slots=True)
class Day:
    """One school day: the statements of that day in order, then the days that schools close that evening."""

    date: date
    statements: tuple[Statement, ...]
    closes: tuple[Close, ...]


@dataclass(frozen=True, slots=True)
class Silence:
    """A school whose system sends nothing on `days`, and everything on the day after them."""

    school: str
    days: tuple[date, ...]
    over_on: date


def simulate(district: District) -> Iterator[Day]:
    """Day after day of the school year; the same district always gives the same days."""
    days = school_days()
    silence = choose_silence(district, days)
    said = _statements_by_day(district, days, silence)
    for day in days:
        yield Day(day, tuple(said[day]), tuple(_closes(district, day, silence)))


def choose_silence(district: District, days: tuple[date, ...]) -> Silence:
    """Which school falls silent, and when: in the first weeks, so that a short demo shows it too."""
    random = stream(district.seed, "silence")
    start = random.randrange(6, 10)
    school = random.choice(district.schools)
    return Silence(school.id, days[start : start + SILENT_DAYS], days[start + SILENT_DAYS])


def _statements_by_day(district: District, days: tuple[date, ...], silence: Silence) -> dict[date, list[Statement]]:
    factors = absence_factors(days)
    namespace = f"{district.id}/{district.seed}"
    by_day: dict[date, list[Statement]] = defaultdict(list)
    for pupil in district.pupils:
        random = stream(district.seed, "year", pupil.id)
        for statement in pupil_year(pupil, days, factors, namespace, random):
            delivered = _delivered(statement, silence)
            by_day[delivered.known_on].append(delivered)
    for statements in by_day.values():
        statements.sort(key=lambda statement: (statement.at, statement.day))
    return by_day


def _delivered(statement: Statement, silence: Silence) -> Statement:
    if statement.school == silence.school and statement.known_on in silence.days:
        return replace(statement, known_on=silence.over_on)
    return statement


def _closes(district: District, day: date, silence: Silence) -> Iterator[Close]:
    for school in district.schools:
        if school.id != silence.school or day not in (*silence.days, silence.over_on):
            yield Close(school.id, day)
        elif day == silence.over_on:
            yield from (Close(school.id, missed) for missed in (*silence.days, day))
