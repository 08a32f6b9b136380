"""The invariants of the ladder (I1 to I10) on random school years, straight through the engine.

`python -m tests.oracle.invariants --pupil-years 100000 --seed 1` says how many years, closes and events it has seen, and
what they reached. A violation names the seed of its year: `--seed THAT --pupil-years 1` shows it again.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any, get_args

from services.escalation.ladder import Act, Contact, Decision, Mark, Meeting, PersonDecision, PupilState
from shared.contracts.ladder import EnforcementApproved, LevelChange, LevelEntered, NoticeRequired
from shared.contracts.terms import Reason
from tests.unit.escalation.ladder.builders import DAYS, Year, at, pupil
from tests.unit.escalation.ladder.random_years import RandomYear

LADDER = ["truancy_notice_1", "truancy_notice_2", "sarb_notice"]
AUTOMATIC = {"prevention", "level_1", "level_2"}
REASONS = sorted(get_args(Reason))


class RealisticYear(RandomYear):
    """A random year of a pupil who may turn 6 or 18 in it, with reasons on the excused marks."""

    def __post_init__(self) -> None:
        super().__post_init__()
        turning = self.random.choice([6, 10, 14, 14, 18])
        born = DAYS[self.random.randrange(len(DAYS))]
        self.year.pupil = pupil(born.replace(year=born.year - turning))
        self.absence = self.random.choice([0.02, 0.05, 0.05, 0.1, 0.2, 0.4])

    def _acts(self, place: int, state: PupilState) -> list[Act]:
        """On half of the days nobody does anything."""
        return super()._acts(place, state) if self.random.random() < 0.5 else []

    def _mark(self, day: date) -> Mark:
        mark = super()._mark(day)
        return replace(mark, reason=self.random.choice(REASONS)) if mark.excuse == "excused" else mark


def run(seed: int, seen: Counter[str]) -> None:
    """One pupil-year, looked at where there is something new or due. Raises AssertionError where an invariant fails."""
    random_year = RealisticYear(Random(seed), number=len(DAYS) - 5)
    year = random_year.year
    voided: set[Any] = set()
    year.wake_on = DAYS[0]
    for day in random_year.days():
        before = len(year.events)
        random_year.write(day)
        check_acts(year.events[before:], year.acts)
        if random_year.script.marks[day] or random_year.script.acts[day] or (year.wake_on and day >= year.wake_on):
            level = year.state.level
            check_close(day, level, year.close(day))
            voided = check_state(year, voided)
            seen["closes"] += 1
    check_events(year)
    if seed % 10 == 0:
        check_replay(random_year, seed)
        seen["replays"] += 1
    seen.update(what_was_reached(year))
    seen["events"] += len(year.events)


def check_acts(events: Sequence[Any], acts: Sequence[Act]) -> None:
    """I5 and I9: enforcement and level 3 come from a named person's act, and enforcement with a basis."""
    people = {act.id: act for act in acts if isinstance(act, PersonDecision)}
    for event in events:
        if isinstance(event, EnforcementApproved):
            assert people[event.act].do == "approve_enforcement", "I5"
            assert event.basis, "I5"
            assert event.by, "I5"
        elif isinstance(event, LevelEntered) and event.level not in AUTOMATIC:
            assert any(act.at == event.as_of for act in people.values()), "I9"


def check_close(day: date, level_before: str, decision: Decision) -> None:
    for event in decision.events:
        assert event.as_of == at(day, 18), "I8"  # type: ignore[attr-defined]
        if isinstance(event, LevelChange) and event.type != "level.proposed":
            assert {event.level, event.previous} <= AUTOMATIC, "I9"
    if level_before not in AUTOMATIC or decision.state.level not in AUTOMATIC:
        assert decision.state.level == level_before, "I9"
    assert all(report.at == at(report.day, 18) for report in decision.state.reports), "I8"


def check_state(year: Year, voided: set[Any]) -> set[Any]:
    """What must hold after every close; the reports that are void now."""
    state, valid, counting = year.state, year.state.valid_reports, set(year.state.days)
    assert len(valid) <= max(0, len(counting) - 2), "I2"
    assert not state.habitual or (len(valid) >= 3 and effort_after(year.acts, valid[0].at, valid[0].day)), "I3"
    check_notices(state)
    listed = [day for report in valid for day in report.days]
    assert len(listed) == len(set(listed)), "I7"
    assert set(listed) <= counting, "I7"
    assert not any(report.id in voided for report in valid), "I7"
    assert state.proposed != "level_3" or state.level == "level_2"
    assert state.proposed != "enforcement" or state.level == "level_3"
    return {report.id for report in state.reports if report.voided}


def check_notices(state: PupilState) -> None:
    letters = [notice for notice in state.notices if notice.kind in LADDER[:2]]  # the third is sent by a person
    assert max(Counter(notice.day for notice in letters).values(), default=0) <= 1, "I4"
    kinds = [notice.kind for notice in state.notices_that_count]
    assert len(kinds) == len(set(kinds)), "I4"
    assert state.referral or kinds == LADDER[: len(kinds)], "I4"
    assert bool(state.valid_reports) == ("truancy_notice_1" in kinds), "I7"


def effort_after(acts: Sequence[Act], moment: Any, day: date) -> bool:
    """I3, in the oracle's words: an attempt that did not bounce, or a held meeting, later than the first valid report."""
    return any(
        (isinstance(act, Contact) and act.outcome != "bounced" and act.channel != "sms" and act.at > moment)
        or (
            isinstance(act, Meeting)
            and act.status == "held"
            and act.at > moment
            and (act.date is None or act.date > day)
        )
        for act in acts
    )


def check_events(year: Year) -> None:
    """I6: what a legal notice rests on is in its event. I10: no other child, and no reason of an absence."""
    for event in year.events:
        told: Any = event
        if isinstance(event, NoticeRequired) and event.kind in LADDER[:2]:
            because = event.because
            assert all((event.days, because.marks, because.policy, because.policy_version)), "I6"
        assert told.student == "ana", "I10"
        if isinstance(event, NoticeRequired):
            assert not any(f'"{reason}"' in event.model_dump_json() for reason in REASONS), "I10"


def check_replay(random_year: RandomYear, seed: int) -> None:
    """I1: the same facts in another order, looked at after every school day, come to the same state and events."""
    order, again = Random(seed), Year(pupil=random_year.year.pupil)
    for day in random_year.days():
        marks = {(mark.day, mark.period): mark for mark in random_year.script.marks[day]}  # the last word of the day
        again.say(*order.sample(list(marks.values()), len(marks)))
        for act in random_year.script.acts[day]:
            again.act(act)
        again.marks = dict(order.sample(list(again.marks.items()), len(again.marks)))
        again.close(day)
    once = random_year.year
    assert replace(again.state, through=None) == replace(once.state, through=None), "I1"
    assert again.events == [event for event in once.events if event.type != "act.refused"], "I1"


def what_was_reached(year: Year) -> set[str]:
    """The kinds of events, and the levels entered: one of each, for this year."""
    levels = {f"entered {event.level}" for event in year.events if isinstance(event, LevelEntered)}
    return {event.type for event in year.events} | levels


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.oracle.invariants", description=__doc__)
    parser.add_argument("--pupil-years", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    seen: Counter[str] = Counter()
    started = time.monotonic()
    violations = 0
    for number, seed in enumerate(range(args.seed, args.seed + args.pupil_years), 1):
        try:
            run(seed, seen)
        except AssertionError as error:
            violations += 1
            print(f"seed {seed}: {error!r}", flush=True)
        if number % 1000 == 0:
            print(f"{number:,} pupil-years, {timedelta(seconds=int(time.monotonic() - started))}", flush=True)
    counts = ", ".join(f"{seen.pop(name):,} {name}" for name in ("closes", "events", "replays"))
    seeds, took = f"seeds {args.seed} to {args.seed + args.pupil_years - 1}", time.monotonic() - started
    print(f"{args.pupil_years:,} pupil-years, {seeds}: {counts}, {violations} violations, in {took:,.0f} s")
    print("pupil-years with: " + ", ".join(f"{name} {count:,}" for name, count in sorted(seen.items())))
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
