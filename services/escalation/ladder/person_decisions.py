"""Decisions of named persons: each either changes the state or is refused with the reason in plain words."""

from collections.abc import Callable
from dataclasses import replace

from services.escalation.ladder.acts import Do, PersonDecision
from services.escalation.ladder.leaving import is_adult
from services.escalation.ladder.levels import climb, due_step, enter, rescind, supported_level
from services.escalation.ladder.meetings import MEETING_OF
from services.escalation.ladder.moment import Moment, Values
from services.escalation.ladder.monitoring import watch
from services.escalation.ladder.notices import put_right, require_notice
from services.escalation.ladder.policy import Policy
from services.escalation.ladder.proposals import may_be_enforced
from services.escalation.ladder.refusal import Refused
from services.escalation.ladder.release import drop, with_waiting
from services.escalation.ladder.school_days import birthday
from services.escalation.ladder.state import Dismissal, PupilState, Referral, Waiting, Waiver
from shared.contracts.ladder import ActRecorded, EnforcementApproved, LevelSteppedDown
from shared.contracts.terms import Level

ABOVE_AUTOMATIC: tuple[Level, ...] = ("level_3", "enforcement")


def carry_out(moment: Moment, state: PupilState, act: PersonDecision) -> PupilState:
    return _DO[act.do](moment, state, act)


def _recorded(moment: Moment, act: PersonDecision) -> None:
    moment.emit(
        ActRecorded, "act.act", act=act.id, by=act.by, do=act.do, step=act.step, basis=act.basis, reason=act.reason
    )


def _release(moment: Moment, state: PupilState, act: PersonDecision) -> PupilState:
    """The case goes on after a review, or a held or waiting step is free."""
    waiting = _waiting(state, act.step)
    if waiting and (act.step or not (state.review or state.on_hold)):
        return _release_waiting(moment, state, act, waiting)
    if not (state.review or state.on_hold):
        raise Refused("nothing is held, nothing waits, and no review is pending")
    _recorded(moment, act)
    return replace(state, review=False) if state.review else replace(state, on_hold=False)


def _waiting(state: PupilState, step: Level | None) -> Waiting | None:
    """The waiting step that an act names; without a name the one that waits."""
    return next((waiting for waiting in state.waiting if step in (None, waiting.step)), None)


def _release_waiting(moment: Moment, state: PupilState, act: PersonDecision, waiting: Waiting) -> PupilState:
    """The step happens now if its rule is met, and no kill switch stops it."""
    _recorded(moment, act)
    state = with_waiting(state, replace(waiting, gate="released"))
    due = due_step(moment, state, None)
    return climb(moment, state, None) if due and due.level == waiting.step else state


def _hold(moment: Moment, state: PupilState, act: PersonDecision) -> PupilState:
    """Only a person frees the step again."""
    if moment.policy.rules and act.basis is not None:
        _require_fact(act.basis, moment.policy.deferrals, "defers")
    if waiting := _waiting(state, act.step):
        _recorded(moment, act)
        return with_waiting(state, replace(waiting, cause="policy_person", until=None, gate="person"))
    _require_proposed(state, act.step)
    _recorded(moment, act)
    return replace(state, on_hold=True)


def _dismiss(moment: Moment, state: PupilState, act: PersonDecision) -> PupilState:
    """No to a proposed step; or, after a correction, no to the case itself."""
    if state.review and act.step in (None, state.level):
        _recorded(moment, act)
        return _leave_case(moment, state)
    if waiting := _waiting(state, act.step):
        _recorded(moment, act)
        return _remember(drop(moment, state, waiting.step, "step.dismissed"), waiting.step, moment)
    if moment.policy.rules and act.basis is not None:
        return _bar(moment, state, act)
    proposed = _require_proposed(state, act.step)
    _recorded(moment, act)
    return _without(moment, state, proposed)


def _bar(moment: Moment, state: PupilState, act: PersonDecision) -> PupilState:
    """A fact about the pupil bars a referral for the school year (Texas: TEC 25.0915(a-3)); it may be known before."""
    if act.step not in (None, "enforcement"):
        raise Refused(f"a basis bars enforcement, not {act.step}")
    if state.level == "enforcement":
        raise Refused("the referral was approved already")
    _require_fact(act.basis, moment.policy.bars, "bars")
    _recorded(moment, act)
    others = tuple(dismissal for dismissal in state.dismissals if dismissal.step != "enforcement")
    barred = Dismissal("enforcement", moment.day, act.basis)
    return replace(state, proposed="none", on_hold=False, dismissals=(*others, barred))


def _require_fact(basis: str | None, allowed: tuple[str, ...], does: str) -> None:
    if basis not in allowed:
        raise Refused(f"{basis} {does} no referral under this policy; allowed: {', '.join(allowed) or 'none'}")


def _leave_case(moment: Moment, state: PupilState) -> PupilState:
    """Back to the level that the facts support; the SARB notice no longer stands."""
    for notice in state.notices_that_count:
        if notice.kind == "sarb_notice":
            days = tuple(day for day in notice.days if day in state.days)
            state = put_right(moment, state, notice, "corrected", days)
    state = rescind(moment, state, supported_level(moment, state))
    state = replace(state, review=False, referral=None, proposed="none", on_hold=False, enforcement_basis=None)
    return replace(state, directive=None, monitoring=None)


def _waive_disposition(moment: Moment, state: PupilState, act: PersonDecision) -> PupilState:
    level = act.step or state.level
    if level not in MEETING_OF:
        raise Refused(f"{level} asks for no meeting that could be waived; level_1 and level_2 do")
    _recorded(moment, act)
    return replace(state, waivers=(*state.waivers, Waiver(level, moment.at)))


def _refer_to_sarb(moment: Moment, state: PupilState, act: PersonDecision) -> PupilState:
    """EC 48263: a proposed level 3, or a chronic absentee whom the basis names as such."""
    if state.level in ABOVE_AUTOMATIC:
        raise Refused("the pupil is referred to the SARB already")
    if state.agency:
        raise Refused("a charter school refers through the district of residence, not by this ladder")
    if act.basis == "chronic_absent":
        if not state.chronic_absent:
            raise Refused("the pupil is not a chronic absentee")
    else:
        _require_proposed(state, "level_3")
        _require_free(state)
    _recorded(moment, act)
    values: Values = {"act": str(act.id), "occasions": len(state.occasions), "habitual": state.habitual}
    state = require_notice(moment, state, "sarb_notice", "level_3.referred", state.days, values)
    state = enter(moment, state, "level_3", "level_3.referred", state.days, values)
    state = watch(moment, state)
    return replace(state, proposed="none", on_hold=False, referral=Referral(moment.at, moment.day, act.basis))


def _approve_enforcement(moment: Moment, state: PupilState, act: PersonDecision) -> PupilState:
    _require_proposed(state, "enforcement")
    _require_free(state)
    if not may_be_enforced(state):
        raise Refused("the referral rests on absence for any reason; the pupil is no habitual truant")
    basis = _valid_basis(moment, act.basis)
    values: Values = {"act": str(act.id), "basis": basis}
    moment.emit(
        EnforcementApproved, "enforcement.approved", state.days, values=values, act=act.id, by=act.by, basis=basis
    )
    state = enter(moment, state, "enforcement", "enforcement.approved", state.days, values)
    return replace(state, proposed="none", on_hold=False, enforcement_basis=basis)


def _valid_basis(moment: Moment, basis: str | None) -> str:
    """The charge basis, if it is in force on the day of the act."""
    known = {entry.id: entry for entry in moment.policy.charge_basis}
    if basis is None or basis not in known:
        raise Refused(f"a basis is needed, one of {', '.join(known)}; given: {basis}")
    entry = known[basis]
    if entry.valid_to and moment.day > entry.valid_to:
        raise Refused(f"{basis} is not valid after {entry.valid_to}")
    if entry.valid_from and moment.day < entry.valid_from:
        raise Refused(f"{basis} is not valid before {entry.valid_from}")
    if basis == "EC48293" and is_adult(moment.pupil, moment.day):
        raise Refused(f"{basis} is about parents of a pupil of compulsory age; the pupil is an adult")
    if basis == "WIC601b" and not _of_petition_age(moment, moment.policy):
        raise Refused(f"{basis} needs an age of {' to '.join(map(str, moment.policy.petition_601b.ages))}")
    return basis


def _of_petition_age(moment: Moment, policy: Policy) -> bool:
    youngest, oldest = policy.petition_601b.ages
    born = moment.pupil.birth_date
    return birthday(born, youngest) <= moment.day < birthday(born, oldest + 1)


def _reject_enforcement(moment: Moment, state: PupilState, act: PersonDecision) -> PupilState:
    _require_proposed(state, "enforcement")
    _recorded(moment, act)
    return _without(moment, state, "enforcement")


def _close_case(moment: Moment, state: PupilState, act: PersonDecision) -> PupilState:
    """Nothing is proposed or under review any more, until a new occasion."""
    _recorded(moment, act)
    state = _without(moment, _without(moment, state, "level_3"), "enforcement")
    return replace(state, review=False)


def return_to_sarb(moment: Moment, state: PupilState) -> PupilState:
    """The District Attorney declined: the SARB goes on monitoring, and enforcement needs something new."""
    if state.level != "enforcement":
        return state
    if moment.policy.rules:
        moment.emit(LevelSteppedDown, "da.declined", level="level_1", previous="enforcement")
        return replace(_without(moment, state, "enforcement"), level="level_1", enforcement_basis=None)
    moment.emit(LevelSteppedDown, "da.declined", level="level_3", previous="enforcement")
    state = watch(moment, _without(moment, state, "enforcement"))
    return replace(state, level="level_3", enforcement_basis=None)


def _without(moment: Moment, state: PupilState, step: Level) -> PupilState:
    return replace(_remember(state, step, moment), proposed="none", on_hold=False)


def _remember(state: PupilState, step: Level, moment: Moment) -> PupilState:
    others = tuple(dismissal for dismissal in state.dismissals if dismissal.step != step)
    return replace(state, dismissals=(*others, Dismissal(step, moment.day)))


def _require_proposed(state: PupilState, step: Level | None) -> Level:
    if state.proposed == "none" or step not in (None, state.proposed):
        raise Refused(f"{step or 'a step'} is not proposed; proposed is: {state.proposed}")
    return state.proposed


def _require_free(state: PupilState) -> None:
    if state.review:
        raise Refused("a correction changed the case; a person must release it first")
    if state.on_hold:
        raise Refused("the step is on hold; a person must release it first")


_DO: dict[Do, Callable[[Moment, PupilState, PersonDecision], PupilState]] = {
    "release": _release,
    "hold": _hold,
    "dismiss": _dismiss,
    "waive_disposition": _waive_disposition,
    "refer_to_sarb": _refer_to_sarb,
    "approve_enforcement": _approve_enforcement,
    "reject_enforcement": _reject_enforcement,
    "close_case": _close_case,
}
