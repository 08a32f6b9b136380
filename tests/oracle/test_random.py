"""Engine and oracle agree about random pupils; and would not, if one of them counted otherwise."""

from dataclasses import replace
from functools import cache

import pytest

from deploy.scenario.model import Scenario
from deploy.scenario.parse import parse
from deploy.scenario.pure import PureRunner
from deploy.scenario.run import drive
from tests.oracle import compare
from tests.oracle.compare import alone, disagreements, first_difference, shrunk, story
from tests.oracle.judge import judge
from tests.oracle.random_scenarios import random_text


@pytest.mark.parametrize("seed", range(100, 103))
def test_they_agree_at_every_close(seed: int) -> None:
    assert "\n\n".join(disagreements(seed, pupils=30)) == ""


@cache
def written() -> Scenario:
    return parse(random_text(9, pupils=25), "random.yaml")


def test_a_written_file_holds() -> None:
    scenario = written()
    report = drive(scenario, PureRunner(scenario))
    assert [str(difference) for difference in report.differences] == []
    assert report.expectations == 125
    assert {expectation.values["level"] for expectation in scenario.expectations} >= {
        "prevention",
        "level_1",
        "level_2",
    }


def test_a_seed_gives_the_same_file() -> None:
    assert random_text(3, pupils=5) == random_text(3, pupils=5)


def test_a_difference_is_told_shortly(monkeypatch: pytest.MonkeyPatch) -> None:
    """An oracle with another minimum of occasions disagrees, and three absences are enough to say so."""
    monkeypatch.setattr(
        compare,
        "judge",
        lambda scenario, student: judge(replace(scenario, overrides={"reports": {"first_at_occasions": 4}}), student),
    )
    scenario = parse(random_text(100, pupils=30), "random.yaml")
    differing = [one for one in (alone(scenario, pupil.id) for pupil in scenario.students) if first_difference(one)]
    assert differing
    shortest = shrunk(differing[0])
    assert len(shortest.timeline) <= 4
    assert "reports is 1, expected 0" in story(shortest)
