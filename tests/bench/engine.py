"""The pure engine alone: pupil-closes a second on one core."""

import random
import time
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from uuid import UUID

from services.escalation.ladder import Close, Enrolment, Mark, Pupil, SchoolCalendar, decide, initial_state
from services.escalation.policies import policy_of

PUPILS = 300
SEED = 7


def run() -> None:
    policy = policy_of("us-ca", {})
    first = date(2025, 8, 18)
    days = tuple(day for n in range(290) if (day := first + timedelta(n)).weekday() < 5)[:180]
    calendar = SchoolCalendar("north", "2025-2026", "America/Los_Angeles", days)
    closes = [Close("north", day, datetime.combine(day, clock_time(1), UTC) + timedelta(days=1)) for day in days]
    pupils = [_pupil(number, days) for number in range(PUPILS)]
    started, judged, said = time.perf_counter(), 0, 0
    for pupil, marks in pupils:
        state = initial_state("2025-2026")
        for close in closes:
            decision = decide(pupil, calendar, marks, (), state, policy, close)
            state, judged, said = decision.state, judged + 1, said + len(decision.events)
    seconds = time.perf_counter() - started
    print(
        f"engine: {judged:,} pupil-closes in {seconds:.2f} s = {judged / seconds:,.0f} a second on one core ({said:,} events)"
    )


def _pupil(number: int, days: tuple[date, ...]) -> tuple[Pupil, tuple[Mark, ...]]:
    """A year of marks at a rate of absence that differs from pupil to pupil (interfaces: Beta(1.0, 16.2))."""
    chance = random.Random(SEED * 1_000_003 + number)
    rate = chance.betavariate(1.0, 16.2)
    marks = tuple(
        Mark(
            id=UUID(int=number * 1000 + place),
            day=day,
            period=None,
            status="absent",
            excuse="unexcused" if chance.random() < 0.38 else "excused",
            minutes=None,
            reason=None,
            suspension=None,
            known_at=datetime.combine(day, clock_time(17), UTC),
        )
        for place, day in enumerate(days)
        if chance.random() < rate
    )
    return Pupil("bench", f"s{number}", date(2011, 3, 2), (Enrolment("north", days[0]),)), marks
