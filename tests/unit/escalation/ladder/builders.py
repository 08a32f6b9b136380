"""Short words for the facts of a pupil's school year."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import count
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from services.escalation.ladder import (
    Act,
    Close,
    Contact,
    Decision,
    Directive,
    Enrolment,
    Mark,
    Meeting,
    PersonDecision,
    Policy,
    Progress,
    Pupil,
    PupilState,
    SchoolCalendar,
    decide,
    initial_state,
    record_act,
    summary,
)
from services.escalation.policies import pack
from shared.contracts.envelope import EventData
from shared.contracts.ladder import ActRefused, DirectiveItem

ZONE = ZoneInfo("America/Los_Angeles")
POLICY = pack("us-ca")
YEAR = "2025-2026"
_numbers = count(1)


def school_days(first: date, number: int) -> tuple[date, ...]:
    weekdays = (first + timedelta(days=ahead) for ahead in count())
    return tuple(day for day, _ in zip((day for day in weekdays if day.weekday() < 5), range(number), strict=False))


DAYS = school_days(date(2025, 8, 18), 180)
"""180 school days without holidays."""
CALENDAR = SchoolCalendar("north", YEAR, "America/Los_Angeles", DAYS)


def at(day: date, hour: int = 9, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), ZONE)


def pupil(born: date = date(2010, 3, 2), *enrolments: Enrolment) -> Pupil:
    return Pupil("district", "ana", born, enrolments or (Enrolment("north", DAYS[0], None, 10),))


def mark(day: date, status: Any = "absent", excuse: Any = "unexcused", **fields: Any) -> Mark:
    given = {"period": None, "minutes": None, "reason": None, "suspension": None, "known_at": at(day), **fields}
    return Mark(id=UUID(int=next(_numbers)), day=day, status=status, excuse=excuse, **given)


def calendar(days: Sequence[date] = DAYS, periods: tuple[int, ...] = ()) -> SchoolCalendar:
    return SchoolCalendar("north", YEAR, "America/Los_Angeles", tuple(days), periods)


def contact(when: datetime, channel: Any = "phone", outcome: Any = "reached") -> Contact:
    return Contact(UUID(int=next(_numbers)), when, "clerk", channel, outcome)


def meeting(when: datetime, kind: Any = "sart", status: Any = "held", **fields: Any) -> Meeting:
    return Meeting(UUID(int=next(_numbers)), when, "clerk", kind, status, **fields)


def directive(when: datetime, *kinds: Any, due: date = DAYS[-1]) -> Directive:
    items = tuple(DirectiveItem(id=kind, kind=kind, due=due) for kind in kinds)
    return Directive(UUID(int=next(_numbers)), when, "chair", items)


def progress(when: datetime, item: str, state: Any = None) -> Progress:
    return Progress(UUID(int=next(_numbers)), when, "chair", item, None, state)


def person(when: datetime, do: Any, **fields: Any) -> PersonDecision:
    return PersonDecision(UUID(int=next(_numbers)), when, "supervisor", do, **fields)


@dataclass
class Year:
    """One pupil's school year, driven day by day through the engine."""

    pupil: Pupil = field(default_factory=pupil)
    calendar: SchoolCalendar = CALENDAR
    policy: Policy = POLICY
    state: PupilState = field(default_factory=lambda: initial_state(YEAR))
    marks: dict[tuple[date, int | None], Mark] = field(default_factory=dict)
    acts: list[Act] = field(default_factory=list)
    events: list[EventData] = field(default_factory=list)
    wake_on: date | None = None

    def absent(self, *days: date, **fields: Any) -> "Year":
        for day in days:
            self.say(mark(day, **fields))
        return self

    def excuse(self, *days: date) -> "Year":
        return self.absent(*days, excuse="excused", reason="ILL")

    def say(self, *marks: Mark) -> "Year":
        for each in marks:
            self.marks[each.day, each.period] = each
        return self

    def close(self, day: date) -> Decision:
        close = Close("north", day, at(day, 18))
        decision = decide(
            self.pupil, self.calendar, list(self.marks.values()), self.acts, self.state, self.policy, close
        )
        self.wake_on = decision.wake_on
        return self._take(decision)

    def close_through(self, first: date, last: date) -> "Year":
        for day in self.calendar.days:
            if first <= day <= last:
                self.close(day)
        return self

    def miss(self, *days: date) -> "Year":
        """Absent without excuse on each of `days`, and each closed."""
        for day in days:
            self.absent(day).close(day)
        return self

    def act(self, act: Act) -> list[str]:
        decision = record_act(self.pupil, self.calendar, self.acts, self.state, self.policy, act)
        self._take(decision)
        if not any(isinstance(event, ActRefused) for event in decision.events):
            self.acts.append(act)
        return [event.type for event in decision.events]

    def _take(self, decision: Decision) -> Decision:
        self.state = decision.state
        self.events += decision.events
        return decision

    @property
    def types(self) -> list[str]:
        return [event.type for event in self.events]

    def now(self, name: str) -> Any:
        return summary(self.state)[name]


def at_level_1() -> Year:
    """Three occasions, on the first three days."""
    return Year().miss(*DAYS[:3])


def at_level_2() -> Year:
    """Six occasions, the last on day 10; the SART meeting was held."""
    year = at_level_1()
    year.act(meeting(at(DAYS[3])))
    return year.miss(*DAYS[8:11])


def level_3_proposed() -> Year:
    """Nine occasions, the last on day 20; the mediation was held."""
    year = at_level_2()
    year.act(meeting(at(DAYS[11]), "mediation"))
    return year.miss(*DAYS[18:21])


def at_level_3() -> Year:
    """Referred on day 21."""
    year = level_3_proposed()
    year.act(person(at(DAYS[21]), "refer_to_sarb"))
    return year


def enforcement_proposed() -> Year:
    """The SARB's directive of day 30 is 30 days old, and three more occasions followed: the last close is of day 52."""
    year = at_level_3()
    year.act(meeting(at(DAYS[30]), "sarb"))
    year.act(directive(at(DAYS[30], 10), "attendance", "counselling"))
    return year.miss(*DAYS[50:53])
