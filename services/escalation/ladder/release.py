"""The release queue: steps whose rule is met, and that wait for a day, for a person, or because somebody stopped them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from services.escalation.ladder.moment import Moment, Values
from services.escalation.ladder.policy import Delay, ReleaseRule
from services.escalation.ladder.school_days import day_after, days_since
from services.escalation.ladder.state import PupilState, Waiting
from shared.contracts.case_life import StepDropped, StepQueued
from shared.contracts.terms import LEVELS, Level, WaitCause


def release(
    moment: Moment, state: PupilState, step: Level, days: Sequence[date], values: Values
) -> tuple[PupilState, bool]:
    """Whether the step, whose rule is met, may be taken now; if not, the state in which it waits."""
    before = state.waits_for(step)
    now = _kept_back(moment, before or Waiting(step, moment.day, "policy_person"))
    if now is None:
        return without(state, step) if before else state, True
    if before is None or before.cause != now.cause:
        moment.emit(StepQueued, "step.queued", days, values=values, step=step, cause=now.cause, until=now.until)
    return with_waiting(state, now), False


def _kept_back(moment: Moment, waiting: Waiting) -> Waiting | None:
    """How the step waits from now on; None if it is free. A kill switch stops even what a person released."""
    stopped = moment.held_steps.get(waiting.step)
    if stopped == "kill_switch":
        return replace(waiting, cause="kill_switch", until=None)
    if waiting.gate == "released":
        return None
    if stopped == "blast_radius":
        return replace(waiting, cause="blast_radius", until=None, gate="person")
    if waiting.gate == "person":
        cause: WaitCause = "policy_person" if waiting.cause == "kill_switch" else waiting.cause
        return replace(waiting, cause=cause, until=None)
    return _kept_back_by_policy(moment, waiting)


def _kept_back_by_policy(moment: Moment, waiting: Waiting) -> Waiting | None:
    rule = release_rule(moment, waiting.step)
    if rule == "person":
        return replace(waiting, cause="policy_person", until=None)
    if isinstance(rule, Delay) and days_since(moment.calendar, waiting.since, moment.day) < rule.after_school_days:
        until = day_after(moment.calendar, waiting.since, rule.after_school_days)
        return replace(waiting, cause="policy_delay", until=until)
    return None


def release_rule(moment: Moment, step: Level) -> ReleaseRule:
    rules = moment.policy.release
    return rules.level_1 if step == "level_1" else rules.level_2


def drop_others(moment: Moment, state: PupilState, due: Level | None) -> PupilState:
    """A step whose rule is no longer met leaves the queue; so does one that a higher one replaces."""
    for waiting in state.waiting:
        if waiting.step != due:
            state = drop(moment, state, waiting.step, "step.no_longer_due")
    return state


def drop(moment: Moment, state: PupilState, step: Level, rule: str) -> PupilState:
    values: Values = {"occasions": len(state.occasions), "valid_reports": len(state.valid_reports)}
    moment.emit(StepDropped, rule, state.days, values=values, step=step)
    return without(state, step)


def with_waiting(state: PupilState, waiting: Waiting) -> PupilState:
    steps = (*without(state, waiting.step).waiting, waiting)
    return replace(state, waiting=tuple(sorted(steps, key=lambda each: LEVELS.index(each.step))))


def without(state: PupilState, step: Level) -> PupilState:
    return replace(state, waiting=tuple(waiting for waiting in state.waiting if waiting.step != step))
