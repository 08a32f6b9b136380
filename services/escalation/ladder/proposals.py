"""Steps that only a person takes: level 3 (SARB) and enforcement are proposed, never entered, by the rules."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import NamedTuple

from services.escalation.ladder.acts import Act, Directive
from services.escalation.ladder.directives import has_failed, latest_directive
from services.escalation.ladder.moment import Moment, Values
from services.escalation.ladder.notices import spacing
from services.escalation.ladder.school_days import local_day
from services.escalation.ladder.state import Occasion, Proposed, PupilState
from services.escalation.ladder.thresholds import reached
from shared.contracts.case_life import ProposalWithdrawn
from shared.contracts.ladder import EnforcementProposed, LevelProposed
from shared.contracts.terms import Level


class Breach(NamedTuple):
    """What speaks for a breach of the directive."""

    days: tuple[date, ...]
    failed: tuple[str, ...]
    directive: date


def settle_proposal(moment: Moment, state: PupilState) -> PupilState:
    """What is proposed now. A proposal goes away by itself where its rule is no longer met."""
    proposed, values = _due(moment, state)
    if proposed == state.proposed:
        return state
    if state.proposed != "none":
        moment.emit(ProposalWithdrawn, "proposal.withdrawn", state.days, values=values, step=state.proposed)
    if proposed == "level_3":
        moment.emit(LevelProposed, "level_3.proposed", state.days, values=values, level="level_3", previous=state.level)
    elif proposed == "enforcement":
        moment.emit(EnforcementProposed, "enforcement.proposed", state.days, values=values)
    return replace(state, proposed=proposed, on_hold=False)


def _due(moment: Moment, state: PupilState) -> tuple[Proposed, Values]:
    """A charter school refers to a SARB by agreement only: its ladder proposes neither."""
    if state.agency:
        return "none", {}
    if moment.policy.rules:
        return _referral(moment, state)
    below = "level_2" if moment.policy.levels.L2.on == "L2_letter" else "level_1"
    if state.level == below:
        return _level_3(moment, state)
    return _enforcement(moment, state) if state.level == "level_3" else ("none", {})


def _referral(moment: Moment, state: PupilState) -> tuple[Proposed, Values]:
    """A rule that asks for a petition or a referral to court is met, and nobody said no."""
    refers = {rule.name for rule in moment.policy.rules if rule.refers}
    met = next((met for met in state.rules_met if met.rule in refers), None)
    if met is None or state.level == "enforcement" or dismissed(state, "enforcement"):
        return "none", {}
    return "enforcement", {
        "rule": met.rule,
        "due_by": met.due_by.isoformat() if met.due_by else None,
        "occasions": len(state.occasions),
    }


def _level_3(moment: Moment, state: PupilState) -> tuple[Proposed, Values]:
    met, values = spacing(moment, state)
    due = (
        met
        and reached(moment, state, moment.policy.letters.L3, for_the_sarb(moment, state))
        and all(steps_before(state)[step] for step in moment.policy.levels.L3.after)
        and not dismissed(state, "level_3")
    )
    return "level_3" if due else "none", {
        **values,
        "occasions": len(state.occasions),
        "level_3_at": moment.policy.letters.L3.said,
        "habitual": state.habitual,
        "level_2_disposition": state.level_2_disposition,
    }


def for_the_sarb(moment: Moment, state: PupilState) -> tuple[Occasion, ...]:
    """The occasions that count towards a referral; some boards count neither unverified days nor parts of days."""
    counts = moment.policy.sarb_counts
    if counts.unverified and counts.period:
        return state.occasions
    return tuple(
        occasion
        for occasion in state.occasions
        if (counts.unverified or occasion.verified) and (counts.period or occasion.full_day)
    )


def steps_before(state: PupilState) -> dict[str, bool]:
    """What a policy may ask for before a referral, and whether it was done."""
    return {
        "habitual": state.habitual,
        "L1_disposition": state.level_1_disposition != "open",
        "L2_disposition_or_waiver": state.level_2_disposition != "open",
        "SART_held": state.level_1_disposition == "held",
    }


def _enforcement(moment: Moment, state: PupilState) -> tuple[Proposed, Values]:
    rule = moment.policy.levels.ENF
    found = breach(moment, state)
    if found is None or dismissed(state, "enforcement") or not may_be_enforced(state):
        return "none", {}
    failed = found.failed if rule.breach.or_directive_item_failed else ()
    due = len(found.days) >= rule.breach.new_occasions or bool(failed)
    return "enforcement" if due else "none", {
        "directive": found.directive.isoformat(),
        "directive_days_old": (moment.day - found.directive).days,
        "occasions_since_directive": len(found.days),
        "failed_items": ", ".join(failed),
    }


def breach(moment: Moment, state: PupilState) -> Breach | None:
    """What happened since the latest directive, once that is old enough; None without one."""
    directive = latest_directive(moment.acts)
    if directive is None:
        return None
    given = local_day(directive.at, moment.calendar)
    if given + timedelta(days=moment.policy.levels.ENF.directive_days) > moment.day:
        return None
    since = tuple(day for day in (*state.carried_days, *state.days) if day > given)
    return Breach(since, failed_items(directive, moment.acts), given)


def failed_items(directive: Directive, acts: Sequence[Act]) -> tuple[str, ...]:
    """Attendance items whose latest evidence says that they failed."""
    attendance = [item for item in directive.items if item.kind == "attendance"]
    return tuple(item.id for item in attendance if has_failed(acts, directive, item))


def dismissed(state: PupilState, step: Level) -> bool:
    """A named person said no, and nothing new happened since."""
    if any(dismissal.step == step and dismissal.basis for dismissal in state.dismissals):
        return True
    days = [dismissal.day for dismissal in state.dismissals if dismissal.step == step]
    return bool(days) and not any(day > max(days) for day in state.days)


def may_be_enforced(state: PupilState) -> bool:
    """A pupil referred to the SARB only for absence of any reason is no truant."""
    return state.habitual or state.referral is None or state.referral.basis != "chronic_absent"
