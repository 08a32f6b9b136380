"""The order of messages between two closes means nothing; across a close it means what the oracle says.

Same-day alerts are left out: they go by what was said first. A mark and its corrections carry revisions here, for without
one the later word holds. What people do keeps its order, but for contacts.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from random import Random
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from deploy.scenario.model import ActEntry, CloseEntry, MarkEntry, RetractEntry, Scenario, Step
from deploy.scenario.parse import parse
from deploy.scenario.plan import steps
from deploy.scenario.pure import PureRunner
from deploy.scenario.run import take
from tests.oracle.compare import alone, first_difference, story
from tests.oracle.judge import Judge
from tests.oracle.random_scenarios import random_text

SEEDS = st.integers(min_value=0, max_value=2**32)


def one_pupil(seed: int) -> Scenario:
    """A random scenario of one pupil, in which every statement about a day and period has a revision of its own."""
    scenario = alone(parse(random_text(seed, pupils=1, looks=0), f"seed {seed}"), "p0")
    revisions: dict[Any, int] = {}
    return replace(scenario, timeline=tuple(revised(step, revisions) for step in scenario.timeline))


def revised(step: Step, revisions: dict[Any, int]) -> Step:
    if not isinstance(step.entry, MarkEntry | RetractEntry):
        return step
    key = (step.entry.day, step.entry.period)
    revisions[key] = revisions.get(key, 0) + 1
    return replace(step, entry=replace(step.entry, rev=revisions[key]))


def may_move(step: Step) -> bool:
    if isinstance(step.entry, ActEntry):
        return step.entry.act.kind == "contact"
    return isinstance(step.entry, MarkEntry | RetractEntry)


def shuffled(random: Random, plan: list[Step]) -> Iterator[Step]:
    """Between two closes: what may move anywhere among what may not, statements about attendance once or more often."""
    for is_close, those in groupby(plan, lambda step: isinstance(step.entry, CloseEntry)):
        window = list(those)
        if not is_close:
            free = [step for step in window if may_move(step)]
            free += [step for step in free if not isinstance(step.entry, ActEntry) and random.random() < 0.3]
            window = [step for step in window if not may_move(step)]
            for step in random.sample(free, len(free)):
                window.insert(random.randrange(len(window) + 1), step)
        yield from window


def outcome(scenario: Scenario, plan: list[Step] | Iterator[Step]) -> list[dict[str, Any]]:
    """Where the engine says that the pupil stands after each close."""
    runner, found = PureRunner(scenario), []
    for step in plan:
        take(step, runner)
        if isinstance(step.entry, CloseEntry):
            values = dict(runner.state_of("p0").values)
            found.append({**values, "sent": [kind for kind in values["sent"] if kind != "same_day_alert"]})
    return found


@settings(max_examples=40, deadline=None)
@given(SEEDS)
@example(210)  # a pupil of whom nothing is ever said
def test_order_and_repeats_between_two_closes_mean_nothing(seed: int) -> None:
    scenario = one_pupil(seed)
    plan = steps(scenario)
    assert outcome(scenario, shuffled(Random(seed), plan)) == outcome(scenario, plan)


@settings(max_examples=40, deadline=None)
@given(SEEDS)
def test_a_message_that_comes_after_a_close_counts_from_the_next_one(seed: int) -> None:
    """A statement is moved to the evening of a later day: engine and oracle say the same of that too."""
    scenario, random = one_pupil(seed), Random(seed)
    movable = [place for place, step in enumerate(scenario.timeline) if isinstance(step.entry, MarkEntry)]
    if not movable:
        return
    timeline = list(scenario.timeline)
    moved = timeline.pop(random.choice(movable))
    later = [step.at for step in timeline if step.at > moved.at] or [moved.at]
    evening = max(moved.at, random.choice(later)).replace(hour=20)
    timeline.append(replace(moved, at=evening))
    late = replace(scenario, timeline=tuple(sorted(timeline, key=lambda step: step.at)))
    assert not first_difference(late), story(late)


def test_across_a_close_order_matters() -> None:
    """The oracle, too, sees nothing before it is said: one absence known after the close is a report a day later."""
    text = """scenario: late
policy: us-ca
school_year: {starts: 2025-08-18, ends: 2026-06-05}
students: [{id: p0, born: 2010-03-02}]
until: 2025-09-11
timeline:
  - {at: 2025-09-08, mark: {student: p0, day: 2025-09-08, status: absent, excuse: unexcused}}
  - {at: 2025-09-09, mark: {student: p0, day: 2025-09-09, status: absent, excuse: unexcused}}
  - {at: 2025-09-10T17:00:00, mark: {student: p0, day: 2025-09-10, status: absent, excuse: unexcused}}
"""
    dates = {}
    for hour in ("17", "19"):
        scenario = parse(text.replace("T17", f"T{hour}"), "late.yaml")
        judge = Judge(scenario, "p0")
        for step in steps(scenario):
            judge.take(step)
        assert outcome(scenario, steps(scenario))[-1]["report_dates"] == [judge.reports[0].at.date()]
        dates[hour] = judge.standing()["report_dates"]
    assert dates == {"17": ["2025-09-10"], "19": ["2025-09-11"]}
