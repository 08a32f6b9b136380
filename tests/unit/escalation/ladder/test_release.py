"""The release queue: a step whose rule is met waits until it is released; nothing goes to the family before."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.escalation.ladder import Close, decide, merge, record_act
from services.escalation.ladder.moment import HeldSteps
from shared.contracts.case_life import ProposalWithdrawn, StepQueued
from shared.contracts.ladder import LevelEntered, NoticeRequired
from tests.unit.escalation.ladder.builders import DAYS, POLICY, Year, at, at_level_1, level_3_proposed, meeting, person

D = DAYS
STOPPED: HeldSteps = {"level_1": "kill_switch"}
MANY: HeldSteps = {"level_1": "blast_radius"}


def year_with(**rules: Any) -> Year:
    return Year(policy=merge(POLICY, {"release": rules}))


def close_held(year: Year, place: int, held: HeldSteps) -> None:
    marks = list(year.marks.values())
    close = Close("north", D[place], at(D[place], 18))
    decision = decide(year.pupil, year.calendar, marks, year.acts, year.state, year.policy, close, held_steps=held)
    year.state, year.wake_on = decision.state, decision.wake_on
    year.events += decision.events


def test_a_step_that_a_person_releases_waits_and_the_report_does_not() -> None:
    year = year_with(level_1="person").miss(*D[:3])
    assert (year.now("reports"), year.now("level"), year.now("sent")) == (1, "prevention", [])
    assert year.now("waiting") == ["level_1"]
    [queued] = [event for event in year.events if isinstance(event, StepQueued)]
    assert (queued.step, queued.cause, queued.until, queued.because.days) == ("level_1", "policy_person", None, D[:3])
    year.miss(D[3])
    assert len([event for event in year.events if isinstance(event, StepQueued)]) == 1
    assert year.act(person(at(D[4]), "release", step="level_1")) == [
        "act.recorded",
        "notice.required",
        "level.entered",
        "meeting.required",
    ]
    assert (year.now("level"), year.now("waiting"), year.now("notices")) == ("level_1", [], ["truancy_notice_1"])
    notice = next(event for event in year.events if isinstance(event, NoticeRequired))
    assert (notice.days, notice.report) == (D[:3], year.state.reports[0].id)


def test_a_delay_passes() -> None:
    year = year_with(level_1={"after_school_days": 2}).miss(*D[:3])
    assert (year.now("level"), year.wake_on) == ("prevention", D[4])
    year.close(D[3])
    assert year.now("waiting") == ["level_1"]
    year.close(D[4])
    assert (year.now("level"), year.now("waiting"), year.now("sent")) == ("level_1", [], ["truancy_notice_1"])


def test_a_correction_takes_a_waiting_step_out() -> None:
    year = year_with(level_1="person").miss(*D[:3])
    year.excuse(D[1]).close(D[3])
    assert (year.now("waiting"), year.now("sent")) == ([], [])
    assert year.types[-1] == "step.dropped"
    assert year.act(person(at(D[4]), "release", step="level_1")) == ["act.refused"]


def test_no_second_notice_before_the_first() -> None:
    """The meeting was held early, and six occasions are there; but the family has no first notice yet."""
    year = year_with(level_1="person").miss(*D[:3])
    year.act(meeting(at(D[3])))
    year.miss(*D[8:12])
    assert (year.now("level"), year.now("waiting"), year.now("sent")) == ("prevention", ["level_1"], [])


def test_level_2_waits_too() -> None:
    year = at_level_1()
    year.policy = merge(POLICY, {"release": {"level_2": "person"}})
    year.act(meeting(at(D[3])))
    year.miss(*D[8:11])
    assert (year.now("level"), year.now("waiting")) == ("level_1", ["level_2"])
    year.close(D[20])
    year.act(person(at(D[21]), "release"))
    assert (year.now("level"), year.now("notices")) == ("level_2", ["truancy_notice_1", "truancy_notice_2"])


def test_hold_stops_a_delay_until_a_person_releases() -> None:
    year = year_with(level_1={"after_school_days": 2}).miss(*D[:3])
    assert year.act(person(at(D[3]), "hold", step="level_1")) == ["act.recorded"]
    year.close(D[4])
    assert (year.now("level"), year.now("waiting")) == ("prevention", ["level_1"])
    year.act(person(at(D[5]), "release", step="level_1"))
    assert year.now("level") == "level_1"


def test_dismissed_until_a_new_occasion() -> None:
    year = year_with(level_1="person").miss(*D[:3])
    assert year.act(person(at(D[3]), "dismiss", step="level_1")) == ["act.recorded", "step.dropped"]
    year.close(D[4])
    assert year.now("waiting") == []
    year.miss(D[5])
    assert (year.now("waiting"), year.now("reports")) == (["level_1"], 2)


def test_a_dismissed_second_step_stays_away_until_a_new_occasion() -> None:
    year = at_level_1()
    year.policy = merge(POLICY, {"release": {"level_2": "person"}})
    year.act(meeting(at(D[3])))
    year.miss(*D[8:11])
    year.act(person(at(D[11]), "dismiss", step="level_2"))
    year.close(D[12])
    assert year.now("waiting") == []
    year.miss(D[13])
    assert year.now("waiting") == ["level_2"]


def test_a_kill_switch_stops_even_a_released_step_and_lets_go_by_itself() -> None:
    year = Year().miss(*D[:2]).absent(D[2])
    close_held(year, 2, STOPPED)
    assert (year.now("waiting"), year.now("sent"), year.wake_on) == (["level_1"], [], D[3])
    act = person(at(D[3]), "release", step="level_1")
    stopped = record_act(year.pupil, year.calendar, year.acts, year.state, year.policy, act, held_steps=STOPPED)
    assert stopped.state.level == "prevention"
    year.state = stopped.state
    close_held(year, 3, STOPPED)
    assert year.now("level") == "prevention"
    year.close(D[4])
    assert year.now("level") == "level_1"


def test_what_the_blast_radius_stopped_waits_for_a_person() -> None:
    year = Year().miss(*D[:2]).absent(D[2])
    close_held(year, 2, MANY)
    assert [event.cause for event in year.events if isinstance(event, StepQueued)] == ["blast_radius"]
    year.close(D[3])
    assert year.now("waiting") == ["level_1"]
    year.act(person(at(D[4]), "release"))
    assert year.now("level") == "level_1"


def test_released_steps_are_not_stopped_by_the_blast_radius_again() -> None:
    year = Year().miss(*D[:2]).absent(D[2])
    close_held(year, 2, STOPPED)
    act = person(at(D[3]), "release", step="level_1")
    year.state = record_act(
        year.pupil, year.calendar, year.acts, year.state, year.policy, act, held_steps=STOPPED
    ).state
    close_held(year, 3, MANY)
    assert year.now("level") == "level_1"


@pytest.mark.parametrize("do", ["release", "hold", "dismiss"])
def test_nothing_waits(do: str) -> None:
    assert Year().miss(*D[:2]).act(person(at(D[2]), do, step="level_1")) == ["act.refused"]


def test_a_proposal_that_falls_away_by_itself_is_withdrawn() -> None:
    year = level_3_proposed()
    year.excuse(D[18]).close(D[22])
    assert year.now("proposed") == "none"
    assert "proposal.withdrawn" in year.types


@pytest.mark.parametrize("do", ["release", "hold", "dismiss"])
def test_an_act_about_another_step_leaves_the_waiting_one_alone(do: str) -> None:
    year = year_with(level_1="person").miss(*D[:3])
    before = year.state
    assert year.act(person(at(D[3]), do, step="level_2")) == ["act.refused"]
    assert year.state == before


def test_whoever_holds_a_delayed_step_takes_it_over() -> None:
    year = year_with(level_1={"after_school_days": 2}).miss(*D[:3])
    year.act(person(at(D[3]), "hold", step="level_1"))
    [waiting] = year.state.waiting
    assert (waiting.cause, waiting.until, waiting.gate) == ("policy_person", None, "person")
    assert year.close_through(D[3], D[9]).now("waiting") == ["level_1"]


def test_a_dismissed_step_says_that_a_person_dropped_it() -> None:
    year = year_with(level_1="person").miss(*D[:3])
    year.act(person(at(D[3]), "dismiss", step="level_1"))
    assert (year.types[-1], year.events[-1].because.rule) == ("step.dropped", "step.dismissed")  # type: ignore[attr-defined]


def test_a_release_without_a_step_first_ends_the_review() -> None:
    year = year_with(level_1="person").miss(*D[:3])
    year.state = replace(year.state, review=True)
    assert year.act(person(at(D[3]), "release")) == ["act.recorded"]
    assert (year.now("review"), year.now("waiting")) == (False, ["level_1"])


@pytest.mark.parametrize(
    ("rule", "closes", "waits"),
    [
        ({"after_school_days": 5}, ({}, STOPPED), ("kill_switch", None, "policy")),
        ({"after_school_days": 5}, ({}, MANY), ("blast_radius", None, "person")),
        ({"after_school_days": 5}, (STOPPED, {}), ("policy_delay", D[7], "policy")),
        ("automatic", (MANY, {}), ("blast_radius", None, "person")),
        ("person", (STOPPED, {}), ("policy_person", None, "policy")),
    ],
)
def test_a_waiting_step_says_what_it_waits_for_now(
    rule: Any, closes: tuple[HeldSteps, ...], waits: tuple[str, date | None, str]
) -> None:
    year = year_with(level_1=rule).miss(*D[:2]).absent(D[2])
    for place, held in enumerate(closes, start=2):
        close_held(year, place, held)
    [waiting] = year.state.waiting
    assert (waiting.cause, waiting.until, waiting.gate) == waits


def test_a_held_step_is_the_persons_again_after_a_kill_switch() -> None:
    year = year_with(level_1={"after_school_days": 2}).miss(*D[:3])
    year.act(person(at(D[3]), "hold", step="level_1"))
    causes = []
    for place, held in ((3, STOPPED), (4, {}), (5, {})):
        close_held(year, place, held)
        causes.append(year.state.waiting[0].cause)
    assert causes == ["kill_switch", "policy_person", "policy_person"]


def test_a_delay_ends_where_the_policy_asks_for_a_person_instead() -> None:
    year = year_with(level_1={"after_school_days": 5}).miss(*D[:3])
    year.policy = year_with(level_1="person").policy
    year.close(D[3])
    assert (year.state.waiting[0].cause, year.state.waiting[0].until) == ("policy_person", None)


def test_what_a_person_releases_rests_on_the_latest_report() -> None:
    """Level 1 again after improvement, with the fourth report on day 60."""
    year = at_level_1().miss(D[3], D[4]).close_through(D[5], D[34])
    year.policy = year_with(level_1="person").policy
    year.miss(D[60])
    assert (year.now("level"), year.now("waiting"), year.now("reports")) == ("prevention", ["level_1"], 4)
    year.act(person(at(D[61]), "release"))
    assert [event.because.days for event in year.events if isinstance(event, LevelEntered)] == [D[:3], (D[60],)]


def test_a_held_proposal_that_falls_away_is_withdrawn_and_the_hold_with_it() -> None:
    year = level_3_proposed()
    year.act(person(at(D[21]), "hold"))
    year.excuse(D[18]).close(D[22])
    [event] = [event for event in year.events if isinstance(event, ProposalWithdrawn)]
    assert (event.step, event.because.rule, event.because.days) == ("level_3", "proposal.withdrawn", year.state.days)
    assert event.because.values["occasions"] == 8
    assert (year.now("proposed"), year.state.on_hold) == ("none", False)
