"""Agreements that families sign at meetings: kept, breached, or at an end. They are no proof of anything by themselves."""

from dataclasses import replace
from datetime import date, timedelta

from services.escalation.ladder.acts import Meeting
from services.escalation.ladder.moment import Moment
from services.escalation.ladder.school_days import months_after, year_began, year_ends
from services.escalation.ladder.state import Agreement, AgreementState, PupilState
from shared.contracts.case_life import (
    AgreementBreached,
    AgreementBreachWithdrawn,
    AgreementChange,
    AgreementCompleted,
    AgreementExpired,
)
from shared.contracts.terms import LEVELS, Level, MeetingKind

LEVEL_OF: dict[MeetingKind, Level] = {"sart": "level_1", "mediation": "level_2", "sarb": "level_3"}


def sign(moment: Moment, state: PupilState, act: Meeting) -> PupilState:
    agreement = Agreement(act.id, act.meeting, moment.day, _last_day(moment))
    return replace(state, agreements=(*state.agreements, agreement))


def _last_day(moment: Moment) -> date:
    """By the district's rule: the school year, a year from now, or some months."""
    validity = moment.policy.agreement_validity
    if validity == "school_year":
        return year_ends(moment.calendar, moment.policy.counting.year_start)
    if validity.startswith("months:"):
        return months_after(moment.day, int(validity.removeprefix("months:")))
    return moment.day + timedelta(days=int(validity.removesuffix("d")))


def settle_agreements(moment: Moment, state: PupilState) -> PupilState:
    for agreement in state.agreements:
        if agreement.state in ("open", "breached"):
            state = _end(moment, *_breach(moment, state, agreement))
    return state


def _breach(moment: Moment, state: PupilState, agreement: Agreement) -> tuple[PupilState, Agreement]:
    """The first occasion within the term; withdrawn where a correction took it away and there is no other."""
    days = [day for day in state.days if agreement.signed < day <= agreement.until]
    if agreement.breached_on is None and days:
        return _change(moment, state, agreement, AgreementBreached, "breached", days[0])
    began = year_began(moment.calendar, moment.policy.counting.year_start)
    if agreement.breached_on is None or agreement.breached_on < began or days:
        return state, agreement
    return _change(moment, state, agreement, AgreementBreachWithdrawn, "open", None)


def _end(moment: Moment, state: PupilState, agreement: Agreement) -> PupilState:
    if moment.day <= agreement.until:
        return state
    if agreement.state == "breached":
        return _change(moment, state, agreement, AgreementExpired, "expired", agreement.breached_on)[0]
    return _change(moment, state, agreement, AgreementCompleted, "completed", None)[0]


def complete(moment: Moment, state: PupilState, level: Level) -> PupilState:
    """The pupil stepped down from `level`: an agreement of its meeting that was not breached is kept."""
    for agreement in state.agreements:
        if agreement.state == "open" and LEVEL_OF.get(agreement.kind) == level:
            state, _ = _change(moment, state, agreement, AgreementCompleted, "completed", None)
    return state


def set_aside(state: PupilState, level: Level) -> PupilState:
    """The steps above `level` were taken back: their agreements stay as history, not as evidence of a breach."""
    if not state.agreements:
        return state
    above = LEVELS[LEVELS.index(level) + 1 :]
    agreements = tuple(
        replace(each, state="set_aside") if LEVEL_OF.get(each.kind) in above else each for each in state.agreements
    )
    return replace(state, agreements=agreements)


def _change(
    moment: Moment,
    state: PupilState,
    agreement: Agreement,
    sort: type[AgreementChange],
    to: AgreementState,
    day: date | None,
) -> tuple[PupilState, Agreement]:
    values = {"signed": agreement.signed.isoformat(), "until": agreement.until.isoformat()}
    days = [day] if day else []
    moment.emit(sort, f"agreement.{to}", days, values=values, agreement=agreement.act, kind=agreement.kind)
    changed = replace(agreement, state=to, breached_on=day)
    others = tuple(changed if other.act == agreement.act else other for other in state.agreements)
    return replace(state, agreements=others), changed
