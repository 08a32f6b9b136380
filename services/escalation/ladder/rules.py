"""The ladder of packs with rules of their own: each rule, when it is met, asks for what it names."""

from dataclasses import replace
from datetime import date
from uuid import UUID

from services.escalation.ladder.levels import AUTOMATIC, ask_for_meeting, enter
from services.escalation.ladder.moment import Moment, Values
from services.escalation.ladder.notices import require_notice
from services.escalation.ladder.policy_rules import Rule
from services.escalation.ladder.proposals import dismissed
from services.escalation.ladder.release import drop_others, release
from services.escalation.ladder.reports import issue
from services.escalation.ladder.rules_taken_back import last_recognition
from services.escalation.ladder.school_days import day_after
from services.escalation.ladder.state import MetRule, PupilState
from services.escalation.ladder.thresholds import met_by
from shared.contracts.ladder import RuleMet, RuleNoLongerMet
from shared.contracts.statuses import HabitualSet

Met = tuple[Rule, tuple[date, ...]]


def apply_rules(moment: Moment, state: PupilState) -> PupilState:
    """Everything that a rule asks for now. What touches the family goes through the release queue as level 1."""
    if not (state.occasions or state.waiting):
        return state
    state = _contact_home(moment, state)
    due = [(rule, days) for rule in moment.policy.rules if (days := _newly_met(moment, state, rule))]
    return _take(moment, state, due)


def _contact_home(moment: Moment, state: PupilState) -> PupilState:
    """The home hears of every occasion (FS 1003.26(1))."""
    rule = next((rule for rule in moment.policy.rules if "contact_home" in rule.do), None)
    if rule is None:
        return state
    told = {day for notice in state.notices if notice.kind == "absence_notice" for day in notice.days}
    days = tuple(day for day in state.days if day not in told)
    if not days:
        return state
    values = _values(moment, state, rule, days)
    _say_met(moment, rule, days, values, None)
    return require_notice(moment, state, "absence_notice", f"rule.{rule.name}", days, values)


def _newly_met(moment: Moment, state: PupilState, rule: Rule) -> tuple[date, ...]:
    """The days that meet it for the first time; after improvement, once more with an occasion since."""
    if rule.threshold is None or rule.do == ("contact_home",):
        return ()
    if state.met_rule(rule.name) is None:
        return met_by(moment, rule.threshold, state.occasions)
    if not rule.meetings or state.level != "prevention":
        return ()
    improved = last_recognition(state)
    return met_by(moment, rule.threshold, state.occasions, improved) if improved else ()


def _take(moment: Moment, state: PupilState, due: list[Met]) -> PupilState:
    family = [rule.name for rule, _ in due if _touches_family(rule)]
    if state.waiting and not family:
        state = drop_others(moment, state, None)
    if family and (state.level == "prevention" or state.waiting):
        if dismissed(state, "level_1"):
            return _apply(moment, state, [met for met in due if met[0].name not in family])
        first = next(met for met in due if met[0].name in family)
        state, released = release(moment, state, "level_1", first[1], _values(moment, state, *first))
        if not released:
            return _apply(moment, state, [met for met in due if met[0].name not in family])
    return _apply(moment, state, due)


def _touches_family(rule: Rule) -> bool:
    return "parent_warning" in rule.do or bool(rule.meetings)


def _apply(moment: Moment, state: PupilState, due: list[Met]) -> PupilState:
    for rule, days in due:
        state = _carry_out(moment, state, rule, days)
    return state


def _carry_out(moment: Moment, state: PupilState, rule: Rule, days: tuple[date, ...]) -> PupilState:
    values = _values(moment, state, rule, days)
    due_by = day_after(moment.calendar, moment.day, rule.within_school_days) if rule.within_school_days else None
    _say_met(moment, rule, days, values, due_by)
    notice: UUID | None = None
    report: UUID | None = None
    name = f"rule.{rule.name}"
    for action in rule.do:
        if action == "parent_warning":
            state = require_notice(moment, state, "parent_warning", name, days, values)
            notice = state.notices[-1].id
        elif action == "principal_report":
            state, issued = issue(moment, state, name, _unlisted(state, days), values)
            report = issued.id if issued else None
        elif action == "habitual_truant" and not state.habitual:
            moment.emit(HabitualSet, name, days, values=values)
            state = replace(state, habitual=True)
    for kind in rule.meetings:
        if state.level == "prevention":
            state = enter(moment, state, "level_1", name, days, values, kind)
        elif state.level in AUTOMATIC and kind not in state.meetings_required:
            state = ask_for_meeting(moment, state, kind, name, days, values)
    met = MetRule(rule.name, moment.day, days, due_by, notice, report)
    others = tuple(other for other in state.rules_met if other.rule != rule.name)
    return replace(state, rules_met=(*others, met))


def _unlisted(state: PupilState, days: tuple[date, ...]) -> tuple[date, ...]:
    listed = {day for report in state.valid_reports for day in report.days}
    return tuple(day for day in days if day not in listed)


def _say_met(moment: Moment, rule: Rule, days: tuple[date, ...], values: Values, due_by: date | None) -> None:
    moment.emit(RuleMet, f"rule.{rule.name}", days, values=values, rule=rule.name, do=rule.do, due_by=due_by)


def _values(moment: Moment, state: PupilState, rule: Rule, days: tuple[date, ...]) -> Values:
    needed = rule.threshold.said if rule.threshold else rule.any_pct
    return {"occasions": len(state.occasions), "days_in_window": len(days), "needed": needed, "window": rule.window}


def note_chronic(moment: Moment, before: PupilState, after: PupilState) -> PupilState:
    """The status of a chronic absentee changed: say that the rule which asks for it is met, or no longer is."""
    rule = next((rule for rule in moment.policy.rules if rule.any_pct is not None), None)
    if rule and after.chronic_absent and not before.chronic_absent:
        _say_met(moment, rule, (), {"days_absent": after.days_absent, "percent": rule.any_pct}, None)
    elif rule and before.chronic_absent and not after.chronic_absent:
        moment.emit(RuleNoLongerMet, f"rule.{rule.name}", rule=rule.name)
    return after
