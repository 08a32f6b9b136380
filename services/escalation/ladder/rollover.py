"""From one school year to the next: what begins anew, and what goes on (EC 37200: a school year begins on 1 July)."""

from dataclasses import replace
from datetime import date

from services.escalation.ladder.moment import Moment, Values
from services.escalation.ladder.release import drop
from services.escalation.ladder.state import Notice, PupilState, initial_state
from shared.contracts.case_life import CaseCarriedOver, ProposalWithdrawn
from shared.contracts.terms import Level

OF_PEOPLE: tuple[Level, ...] = ("level_3", "enforcement")


def begin_year(moment: Moment, state: PupilState) -> PupilState:
    """The state in the school year of the moment's calendar; says what was carried over.

    ValueError if the state is of a later school year than the calendar.
    """
    year = moment.calendar.school_year
    if state.school_year == year:
        return state
    if state.school_year > year:
        raise ValueError(f"a state of {state.school_year} cannot be judged with a calendar of {year}")
    for waiting in state.waiting:
        drop(moment, state, waiting.step, "step.school_year_ended")
    if state.proposed == "level_3":
        moment.emit(ProposalWithdrawn, "proposal.school_year_ended", state.days, step="level_3")
    after = next_year_state(state, year)
    if after.level != "prevention" or after.review or after.agreements:
        values: Values = {
            "occasions_carried": len(after.carried_days),
            "review": after.review,
            "agreements": len(after.agreements),
        }
        moment.emit(
            CaseCarriedOver, "case.carried_over", values=values, level=after.level, previous_year=state.school_year
        )
    return after


def next_year_state(before: PupilState, school_year: str) -> PupilState:
    """The state at the beginning of a later school year.

    Occasions, reports, statuses, notices and levels 1 and 2 begin anew. What a person decided goes on: the SARB's case with
    its directive and the occasions since, enforcement, a pending review.
    """
    after = replace(
        initial_state(school_year),
        notices=_past(before),
        review=before.review,
        agreements=tuple(each for each in before.agreements if each.state in ("open", "breached")),
        adult=before.adult,
        closed=before.closed,
        agency=before.agency,
        elsewhere=tuple(next_year_state(record, school_year) for record in before.elsewhere),
    )
    if before.level not in OF_PEOPLE:
        return after
    return replace(
        after,
        level=before.level,
        entries=tuple(entry for entry in before.entries if entry.level in OF_PEOPLE),
        proposed=before.proposed,
        on_hold=before.on_hold,
        dismissals=tuple(dismissal for dismissal in before.dismissals if dismissal.step == "enforcement"),
        referral=before.referral,
        enforcement_basis=before.enforcement_basis,
        directive=before.directive,
        carried_days=_since_referral(before),
    )


def carry_again(before: PupilState, after: PupilState) -> PupilState:
    """`after`, once a correction changed the closed year `before`: its days, its notices and its review are carried anew."""
    carried = next_year_state(before, after.school_year)
    own = tuple(notice for notice in after.notices if notice.id not in {earlier.id for earlier in carried.notices})
    goes_on = after.level in OF_PEOPLE
    return replace(
        after,
        notices=(*carried.notices, *own),
        carried_days=carried.carried_days if goes_on else (),
        review=after.review or (goes_on and carried.review and carried.carried_days != after.carried_days),
    )


def _past(before: PupilState) -> tuple[Notice, ...]:
    """The sequence begins anew; only the notice of a referral that goes on still stands."""
    stands = before.level in OF_PEOPLE
    return tuple(replace(notice, past=not (stands and notice.kind == "sarb_notice")) for notice in before.notices)


def _since_referral(before: PupilState) -> tuple[date, ...]:
    entry = before.entry("level_3")
    return tuple(day for day in (*before.carried_days, *before.days) if entry is None or day > entry.monitored_from)
