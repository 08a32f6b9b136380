"""What the SARB directed (EC 48263): services and attendance, each with a day by which it is due."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from services.escalation.ladder.acts import Act, Directive, Progress
from services.escalation.ladder.moment import Moment, Values
from services.escalation.ladder.refusal import Refused
from services.escalation.ladder.school_days import birthday, local_day
from services.escalation.ladder.state import DirectiveState, PupilState
from shared.contracts.case_life import DirectiveCompleted, DirectiveItemBreached, DirectiveItemSetAside, SarbReviewDue
from shared.contracts.ladder import DirectiveItem


def check_directive(moment: Moment, act: Directive) -> None:
    names = [item.id for item in act.items]
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise Refused(f"the directive names the item {repeated[0]} twice")
    for item in act.items:
        if item.due < moment.day:
            raise Refused(f"the item {item.id} is due on {item.due}, before the directive")


def say_what_does_not_bind(moment: Moment, act: Directive) -> None:
    for item in act.items:
        if not binds(moment, act, item):
            reason = f"community service is for pupils of {moment.policy.levels.L3.csp_min_age} years and more"
            moment.emit(
                DirectiveItemSetAside, "directive.item_set_aside", directive=act.id, item=item.id, reason=reason
            )


def binds(moment: Moment, directive: Directive, item: DirectiveItem) -> bool:
    """Community service is offered to older pupils only; a younger one owes no hours."""
    old_enough = birthday(moment.pupil.birth_date, moment.policy.levels.L3.csp_min_age)
    return item.kind != "csp_hours" or local_day(directive.at, moment.calendar) >= old_enough


def latest_directive(acts: Sequence[Act]) -> Directive | None:
    return max((act for act in acts if isinstance(act, Directive)), key=lambda act: act.at, default=None)


def settle_directive(moment: Moment, state: PupilState) -> PupilState:
    """Items that are past due and not done, and the end of a directive. Hours alone propose nothing: the SARB looks."""
    directive = latest_directive(moment.acts)
    if directive is None or state.level not in ("level_3", "enforcement"):
        return state
    known = state.directive
    if known is None or known.act != directive.id:
        known = DirectiveState(directive.id)
    if known.completed:
        return state
    binding = [item for item in directive.items if binds(moment, directive, item)]
    for item in binding:
        if item.id not in known.breached and _is_breached(moment, directive, item):
            _say_breached(moment, directive, item)
            known = replace(known, breached=(*known.breached, item.id))
    if binding and all(is_done(moment.acts, directive, item) for item in binding):
        moment.emit(DirectiveCompleted, "directive.completed", directive=directive.id)
        known = replace(known, completed=True)
    return state if known == state.directive else replace(state, directive=known)


def evidence(acts: Sequence[Act], directive: Directive, item: DirectiveItem) -> list[Progress]:
    given = [act for act in acts if isinstance(act, Progress) and act.item == item.id and act.at >= directive.at]
    return sorted(given, key=lambda act: act.at)


def hours_done(acts: Sequence[Act], directive: Directive, item: DirectiveItem) -> float:
    return sum(act.hours or 0 for act in evidence(acts, directive, item))


def is_done(acts: Sequence[Act], directive: Directive, item: DirectiveItem) -> bool:
    """The latest word on it says so, or its hours are reached."""
    said = [act.state for act in evidence(acts, directive, item) if act.state]
    if said:
        return said[-1] == "done"
    return item.kind == "csp_hours" and bool(item.target) and hours_done(acts, directive, item) >= (item.target or 0)


def has_failed(acts: Sequence[Act], directive: Directive, item: DirectiveItem) -> bool:
    said = [act.state for act in evidence(acts, directive, item) if act.state]
    return bool(said) and said[-1] == "failed"


def _is_breached(moment: Moment, directive: Directive, item: DirectiveItem) -> bool:
    if has_failed(moment.acts, directive, item):
        return True
    return item.due < moment.day and not is_done(moment.acts, directive, item)


def _say_breached(moment: Moment, directive: Directive, item: DirectiveItem) -> None:
    sort = "attendance" if item.kind == "attendance" else "service"
    values: Values = {
        "directive": local_day(directive.at, moment.calendar).isoformat(),
        "due": item.due.isoformat(),
        "target": item.target,
        "hours": hours_done(moment.acts, directive, item),
    }
    moment.emit(
        DirectiveItemBreached,
        f"directive.{sort}_breached",
        values=values,
        directive=directive.id,
        item=item.id,
        breach=sort,
    )
    if sort == "service":
        moment.emit(SarbReviewDue, "sarb.review_due", values=values, directive=directive.id, item=item.id)


def days_due(acts: Sequence[Act]) -> list[date]:
    """The days after which an item of the latest directive is past due."""
    directive = latest_directive(acts)
    return [item.due for item in directive.items] if directive else []
