"""What must hold in every school year, however it goes."""

from collections import Counter
from dataclasses import replace
from datetime import date
from itertools import takewhile
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from services.escalation.ladder import PupilState, state_from_json, state_to_json
from services.escalation.ladder.contacts import efforts_after
from shared.contracts.ladder import LevelChange, LevelEntered, LevelSteppedDown
from tests.unit.escalation.ladder.builders import DAYS, POLICY, Year, at
from tests.unit.escalation.ladder.random_years import RandomYear

SEEDS = st.integers(min_value=0, max_value=2**32)
LADDER = ["truancy_notice_1", "truancy_notice_2", "sarb_notice"]


def decided(state: PupilState) -> PupilState:
    """All but the day through which it was looked at."""
    return replace(state, through=None)


@settings(max_examples=60, deadline=None)
@given(SEEDS)
def test_looking_only_when_due_decides_the_same_as_looking_every_day(seed: int) -> None:
    daily = RandomYear(Random(seed))
    sparse = Year()
    due: date | None = DAYS[0]  # new in the roster
    looks = 0
    for day in daily.days():
        daily.write(day)
        daily.year.close(day)
        marks, acts = daily.script.marks[day], daily.script.acts[day]
        sparse.say(*marks)
        for act in acts:
            sparse.act(act)
        if marks or acts or (due and day >= due):
            sparse.close(day)
            due = sparse.wake_on
            looks += 1
        assert decided(sparse.state) == decided(daily.year.state), day
    assert [event for event in sparse.events if event.type != "act.refused"] == [
        event for event in daily.year.events if event.type != "act.refused"
    ]
    assert looks <= daily.number


@settings(max_examples=60, deadline=None)
@given(SEEDS)
def test_invariants(seed: int) -> None:
    random_year = RandomYear(Random(seed))
    year = random_year.year
    for day in random_year.days():
        level_before = year.state.level
        random_year.write(day)
        seen = len(year.events)
        decision = year.close(day)
        check_state(year)
        assert all(event.as_of == at(day, 18) for event in decision.events)  # type: ignore[attr-defined]  # I8
        assert not any(report.at != at(report.day, 18) for report in year.state.reports)
        automatic = [event for event in decision.events if isinstance(event, LevelChange)]
        for event in automatic:  # I9
            assert event.type == "level.proposed" or {event.level, event.previous} <= {
                "prevention",
                "level_1",
                "level_2",
            }
        if not any(event.type.startswith("level.") for event in [*decision.events, *year.events[:seen]]):
            assert year.state.level == level_before
        assert state_from_json(state_to_json(year.state)) == year.state
        again = year.close(day)
        assert again.events == ()
        assert again.state == decision.state
        assert again.wake_on is None or again.wake_on > day


def check_state(year: Year) -> None:
    state = year.state
    valid = state.valid_reports
    counting = set(state.days)
    assert len(valid) <= max(0, len(counting) - 2)  # I2
    assert all(set(report.days) <= counting for report in state.reports)
    assert all(report.days for report in valid)
    if state.habitual:  # I3
        assert len(valid) >= 3
        assert efforts_after(year.acts, valid[0].day, valid[0].at, POLICY.habitual.effort) >= 1
    letters = [notice for notice in state.notices if notice.kind in LADDER[:2]]  # the third is sent by a person
    assert max(Counter(notice.day for notice in letters).values(), default=0) <= 1  # I4
    kinds = [notice.kind for notice in state.notices_that_count]
    assert len(kinds) == len(set(kinds))
    if not state.referral:
        assert kinds == LADDER[: len(kinds)]
    assert bool(valid) == ("truancy_notice_1" in kinds)
    assert len({notice.id for notice in state.notices}) == len(state.notices)
    listed = [day for report in valid for day in report.days]
    assert len(listed) == len(set(listed))  # I7
    if valid:
        assert counting == {day for report in state.reports for day in report.days}
    assert state.proposed != "level_3" or state.level == "level_2"
    assert state.proposed != "enforcement" or state.level == "level_3"


@settings(max_examples=40, deadline=None)
@given(SEEDS)
def test_the_order_of_facts_between_two_closes_does_not_matter(seed: int) -> None:
    random_year = RandomYear(Random(seed))
    shuffled = Year()
    order = Random(seed + 1)
    for day in random_year.days():
        random_year.write(day)
        random_year.year.close(day)
        for act in random_year.script.acts[day]:
            shuffled.act(act)
        order.shuffle(shuffled.acts)
        shuffled.say(*random_year.script.marks[day])
        marks = list(shuffled.marks.items())
        order.shuffle(marks)
        shuffled.marks = dict(marks)
        shuffled.close(day)
    assert shuffled.state == random_year.year.state
    assert shuffled.events == [event for event in random_year.year.events if event.type != "act.refused"]


def test_random_years_reach_everything() -> None:
    """Otherwise the properties above would prove little."""
    seen: Counter[str] = Counter()
    for seed in range(70):
        random_year = RandomYear(Random(seed))
        for day in random_year.days():
            random_year.write(day)
            random_year.year.close(day)
        seen.update({event.type for event in random_year.year.events})
        seen.update(
            {f"{event.type} {event.level}" for event in random_year.year.events
             if isinstance(event, LevelEntered | LevelSteppedDown)}
        )  # fmt: skip
        seen.update({f"{notice.kind}:{notice.state}" for notice in random_year.year.state.notices})
    wanted = [
        "level.entered level_1", "level.entered level_2", "level.entered level_3", "level.entered enforcement",
        "level.stepped_down prevention", "level.stepped_down level_1", "level.rescinded", "review.required",
        "truancy.report.voided", "status.habitual.set", "status.habitual.cleared", "status.chronic_truant.set",
        "status.chronic_truant.cleared", "truancy_notice_2:corrected", "truancy_notice_1:basis_changed",
        "meeting.cancel_offered", "enforcement.proposed", "act.refused", "meeting_invitation:withdrawn",
    ]  # fmt: skip
    assert [name for name in wanted if not seen[name]] == []


def test_a_pupil_who_is_always_there_is_never_due() -> None:
    year = Year()
    quiet = list(takewhile(lambda day: year.close(day).wake_on is None, DAYS))
    assert len(quiet) == len(DAYS)
    assert year.events == []
