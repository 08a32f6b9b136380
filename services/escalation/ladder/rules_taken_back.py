"""A rule that was met and, after a correction, no longer is: what followed from it is taken back."""

from dataclasses import replace
from datetime import date

from services.escalation.ladder.levels import rescind_unsupported
from services.escalation.ladder.moment import Moment
from services.escalation.ladder.notices import put_right, set_notice_state
from services.escalation.ladder.policy_rules import Rule
from services.escalation.ladder.reports import take_off
from services.escalation.ladder.state import MetRule, PupilState
from services.escalation.ladder.thresholds import met_by
from shared.contracts.ladder import ReportVoided, RuleNoLongerMet
from shared.contracts.statuses import HabitualCleared


def last_recognition(state: PupilState) -> date | None:
    return max(
        (notice.day for notice in state.notices if notice.kind == "recognition" and not notice.past), default=None
    )


def take_back(moment: Moment, state: PupilState) -> PupilState:
    """After a correction: rules, reports, notices, and the level that nothing supports any more."""
    rules = {rule.name: rule for rule in moment.policy.rules}
    kept: list[MetRule] = []
    for met in state.rules_met:
        rule = rules.get(met.rule)
        if rule and rule.threshold and (days := met_by(moment, rule.threshold, state.occasions)):
            kept.append(replace(met, days=days))
        else:
            moment.emit(RuleNoLongerMet, f"rule.{met.rule}", met.days, rule=met.rule)
    state = replace(state, rules_met=tuple(kept), reports=take_off(state.reports, set(state.days)))
    state = _void_reports(moment, state)
    state = _notices(moment, state)
    state = _habitual(moment, state, rules)
    return rescind_unsupported(moment, state)


def _void_reports(moment: Moment, state: PupilState) -> PupilState:
    """A report stands with the rule that asked for it, as long as it lists a day."""
    supported = {met.report for met in state.rules_met}
    revised = []
    for report in state.reports:
        voided = report.voided or report.id not in supported or not report.days
        if voided and not report.voided:
            moment.emit(
                ReportVoided,
                "report.voided",
                report.days,
                values={"days_still_listed": len(report.days)},
                report=report.id,
            )
        revised.append(replace(report, voided=voided))
    return replace(state, reports=tuple(revised))


def _notices(moment: Moment, state: PupilState) -> PupilState:
    """A warning is corrected like any notice. A question about an absence just falls away once the answer is known."""
    supported = {met.notice for met in state.rules_met}
    for notice in state.notices:
        if notice.state not in ("required", "basis_changed") or notice.past:
            continue
        days = tuple(day for day in notice.days if day in state.days)
        if notice.kind == "parent_warning" and notice.id not in supported:
            state = put_right(moment, state, notice, "corrected", days)
        elif notice.kind == "parent_warning" and days != notice.days:
            state = put_right(moment, state, notice, "basis_changed", days)
        elif notice.kind == "absence_notice" and not days:
            state = set_notice_state(moment, state, notice, "withdrawn", (), {"days_listed": len(notice.days)})
        elif notice.kind == "absence_notice" and days != notice.days:
            state = set_notice_state(moment, state, notice, "basis_changed", days, {"days_listed": len(notice.days)})
    return state


def _habitual(moment: Moment, state: PupilState, rules: dict[str, Rule]) -> PupilState:
    if not state.habitual or any("habitual_truant" in rules[met.rule].do for met in state.rules_met):
        return state
    moment.emit(HabitualCleared, "habitual", state.days)
    return replace(state, habitual=False)
