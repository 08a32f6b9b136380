"""The invariants on some pupil-years; `python -m tests.oracle.invariants` runs as many as wanted."""

from collections import Counter
from dataclasses import replace

import pytest

from tests.oracle.invariants import check_state, run
from tests.unit.escalation.ladder.builders import DAYS, at_level_1

RUN = 250


@pytest.mark.parametrize("first", range(1, 8 * RUN, RUN))
def test_they_hold(first: int) -> None:
    seen: Counter[str] = Counter()
    for seed in range(first, first + RUN):
        run(seed, seen)
    for reached in (
        "entered level_3",
        "level.rescinded",
        "truancy.report.voided",
        "review.required",
        "recognition.due",
    ):
        assert seen[reached] > 5, reached
    assert seen["replays"] == RUN / 10


def test_a_void_report_that_counts_again_is_noticed() -> None:
    year = at_level_1()
    (report,) = year.state.reports
    with pytest.raises(AssertionError, match="I7"):
        check_state(year, {report.id})


def test_one_report_too_many_is_noticed() -> None:
    year = at_level_1()
    (report,) = year.state.reports
    twice = (report, replace(report, day=DAYS[9]))
    year.state = replace(year.state, reports=twice)
    with pytest.raises(AssertionError, match="I2"):
        check_state(year, set())


def test_looking_every_day_in_another_order_comes_to_the_same() -> None:
    """A short run of I1; the mutants are tried with it."""
    seen: Counter[str] = Counter()
    for seed in range(10, 210, 10):
        run(seed, seen)
    assert seen["replays"] == 20
