"""One pupil's school year: what truly happened, and what the school says about it, when. Pure, from a random stream."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from random import Random
from typing import Any
from uuid import UUID

from deploy.demo.district import Pupil
from shared.contracts.envelope import derived_id
from shared.contracts.terms import Excuse, Reason, Status

MORNING, AFTERNOON = time(9, 30), time(15, 30)
"""When a school's office sends what it knows: the day's absences, and later the periods and the corrections."""

RECODED = 0.1875
"""Of the absences that are excused in the end: first said to be unexcused. That is a quarter of all first said so."""
UNVERIFIED = 0.5
"""Of the absences first not excused: nobody has reached the family yet."""
CONFIRMED = 0.5
"""Of the unverified absences that stay unexcused: somebody says so; the others mature by themselves."""
LATE = 0.02
PRESENT_MINUTES = 50
REASONS: dict[Reason, float] = {
    "ILL": 0.7,
    "MED": 0.14,
    "CUL": 0.04,
    "GRV": 0.03,
    "RLG": 0.03,
    "ADM": 0.04,
    "CMS": 0.02,
}


@dataclass(frozen=True, slots=True)
class Statement:
    """The school's information system says this about one pupil, day and period, at the moment `at` of `known_on`."""

    id: UUID
    known_on: date
    at: time
    student: str
    school: str
    day: date
    status: Status
    excuse: Excuse
    period: int | None = None
    minutes: int | None = None
    reason: Reason | None = None

    def record(self) -> dict[str, Any]:
        """As `POST /v1/marks` wants it."""
        fields = {
            "id": str(self.id),
            "student": self.student,
            "school": self.school,
            "day": self.day.isoformat(),
            "status": self.status,
            "excuse": self.excuse,
            "period": self.period,
            "minutes": self.minutes,
            "reason": self.reason,
            "recorded_by": "attendance office",
        }
        return {key: value for key, value in fields.items() if value is not None}


def pupil_year(
    pupil: Pupil, days: Sequence[date], factors: dict[date, float], namespace: str, random: Random
) -> Iterator[Statement]:
    """Everything said about `pupil`, day by day. `days` are the school days; `namespace` keeps ids of districts apart."""
    for index, day in enumerate(days):
        if day < pupil.enrolment.entered:
            continue
        for statement in _day(pupil, days, index, factors[day] * pupil.school.effect, random):
            yield replace(statement, id=_statement_id(namespace, statement))


def _statement_id(namespace: str, said: Statement) -> UUID:
    return derived_id("demo", namespace, said.student, said.day, said.period, said.known_on, said.status, said.excuse)


def _day(pupil: Pupil, days: Sequence[date], index: int, factor: float, random: Random) -> list[Statement]:
    habit = pupil.habit
    if random.random() < min(0.95, habit.absence * factor):
        return _absence(pupil, days, index, random)
    if random.random() < min(0.3, 0.012 + 0.25 * habit.absence):
        return [_tardy(pupil, days[index], random)]
    if pupil.school.periods and random.random() < 0.3 * habit.absence * habit.unexcused:
        return _cuts(pupil, days[index], random)
    return []


def _absence(pupil: Pupil, days: Sequence[date], index: int, random: Random) -> list[Statement]:
    """What is said about a whole day of absence, first and later."""
    known = _later(days, index, random.randrange(6, 16) if random.random() < LATE else 0)
    base = Statement(UUID(int=0), days[known], MORNING, pupil.id, pupil.school.id, days[index], "absent", "unexcused")
    excused = random.random() >= pupil.habit.unexcused
    if excused and random.random() >= RECODED:
        return [_excuse(base, random)]
    first = replace(base, excuse="unverified") if random.random() < UNVERIFIED else base
    then = replace(base, known_on=days[_later(days, known, random.randrange(1, 8))], at=AFTERNOON)
    if excused:
        return [first, _excuse(then, random)]
    if first.excuse == "unverified" and random.random() < CONFIRMED:
        return [first, then]
    return [first]


def _later(days: Sequence[date], index: int, by: int) -> int:
    """The index of the day `by` school days after `index`, but never after the year."""
    return min(index + by, len(days) - 1)


def _excuse(statement: Statement, random: Random) -> Statement:
    reason = random.choices(list(REASONS), list(REASONS.values()))[0]
    return replace(statement, excuse="excused", reason=reason)


def _tardy(pupil: Pupil, day: date, random: Random) -> Statement:
    minutes = 3 + round(random.expovariate(1 / 14))
    excuse: Excuse = "unexcused" if random.random() < 0.7 else "excused"
    period = pupil.school.periods[0] if pupil.school.periods else None
    return Statement(
        UUID(int=0), day, MORNING, pupil.id, pupil.school.id, day, "tardy", excuse, period, min(minutes, 240)
    )


def _cuts(pupil: Pupil, day: date, random: Random) -> list[Statement]:
    """One or two periods missed by a pupil who was there for the others."""
    cut = random.sample(pupil.school.periods[1:], random.choice((1, 1, 2)))
    return [
        Statement(
            UUID(int=0), day, AFTERNOON, pupil.id, pupil.school.id, day, "absent", "unexcused", period, PRESENT_MINUTES
        )
        for period in sorted(cut)
    ]
