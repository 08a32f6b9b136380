"""Messages with revisions, shuffled and repeated between two closes, come to the same."""

from dataclasses import replace
from datetime import date, datetime, time
from random import Random
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from deploy.scenario.model import TIMEZONE, CloseEntry, MarkEntry, RetractEntry, Scenario, Step
from deploy.scenario.parse import parse
from deploy.scenario.plan import steps
from deploy.scenario.pure import PureRunner
from deploy.scenario.run import take

EMPTY = parse(
    """scenario: shuffled
policy: us-ca
school_year: {starts: 2025-08-18, ends: 2026-06-05}
students: [{id: ana, born: 2010-03-02}]
""",
    "shuffled.yaml",
)


def statements(random: Random) -> list[Step]:
    """Marks and retractions of some weeks; each revision of a day and period is said once."""
    said: list[Step] = []
    revisions: dict[tuple[date, int | None], int] = {}
    for place in range(3, 60):
        at = datetime.combine(EMPTY.days[place], time(9), ZoneInfo(TIMEZONE))
        for _ in range(random.randrange(4)):
            day, period = EMPTY.days[place - random.randrange(4)], random.choice([None, None, 1])
            rev = revisions[day, period] = revisions.get((day, period), 0) + 1
            said.append(Step(at, entry(random, day, period, rev)))
    return said


def entry(random: Random, day: date, period: int | None, rev: int) -> MarkEntry | RetractEntry:
    if random.random() < 0.1:
        return RetractEntry("ana", day, period, rev)
    status = random.choice(["absent", "absent", "tardy", "present"])
    excuse = random.choice(["unexcused", "unexcused", "excused", "unverified"])
    return MarkEntry("ana", day, period, status, excuse, 40, None, None, rev, None)  # type: ignore[arg-type]


def shuffled(random: Random, timeline: list[Step]) -> list[Step]:
    """The same messages, each once or more often, in another order between the closes."""
    days: dict[date, list[Step]] = {}
    for step in timeline:
        days.setdefault(step.at.date(), []).extend([step] * random.choice([1, 1, 2]))
    for those in days.values():
        random.shuffle(those)
    return [step for those in days.values() for step in those]


def outcome(timeline: list[Step]) -> list[dict[str, object]]:
    """Where the pupil stands after each close. Same-day alerts go by what was said first, so they may differ."""
    scenario: Scenario = replace(EMPTY, timeline=tuple(timeline))
    runner = PureRunner(scenario)
    states = []
    for step in steps(scenario):
        take(step, runner)
        if isinstance(step.entry, CloseEntry):
            values = dict(runner.state_of("ana").values)
            values["sent"] = [kind for kind in values["sent"] if kind != "same_day_alert"]
            states.append(values)
    return states


@settings(max_examples=30, deadline=None)
@given(st.integers(min_value=0, max_value=2**32))
def test_order_and_repeats_do_not_matter(seed: int) -> None:
    random = Random(seed)
    timeline = statements(random)
    assert outcome(shuffled(random, timeline)) == outcome(timeline)
