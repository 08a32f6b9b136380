"""Notices to the family: required, spaced, and put right after a correction."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from services.escalation.ladder.contacts import interventions_after
from services.escalation.ladder.leaving import is_adult
from services.escalation.ladder.moment import Moment, Values
from services.escalation.ladder.school_days import days_since
from services.escalation.ladder.state import Notice, NoticeState, PupilState
from services.escalation.ladder.thresholds import reached
from shared.contracts.ladder import NoticeRequired, NoticeWithdrawn
from shared.contracts.terms import MeetingKind, NoticeKind


def require_notice(
    moment: Moment,
    state: PupilState,
    kind: NoticeKind,
    rule: str,
    days: Sequence[date] = (),
    values: Values | None = None,
    *,
    report: UUID | None = None,
    meeting: MeetingKind | None = None,
    corrects: UUID | None = None,
    act: UUID | None = None,
) -> PupilState:
    """The family must be told: an event, and an entry in the state."""
    identity = moment.artefact_id("notice", len(state.notices) + 1)
    moment.emit(
        NoticeRequired,
        rule,
        days,
        _marks_of(state, days),
        values,
        notice=identity,
        kind=kind,
        days=tuple(days),
        report=report,
        meeting=meeting,
        corrects=corrects,
        to_student=is_adult(moment.pupil, moment.day),
    )
    notice = Notice(identity, kind, moment.day, moment.at, tuple(days), act=act)
    return replace(state, notices=(*state.notices, notice))


def _marks_of(state: PupilState, days: Sequence[date]) -> list[UUID]:
    return [mark for occasion in state.occasions if occasion.day in days for mark in occasion.marks]


def last_legal_notice(state: PupilState) -> Notice | None:
    return next((notice for notice in reversed(state.notices) if notice.counts), None)


def spacing(moment: Moment, state: PupilState) -> tuple[bool, Values]:
    """May the next legal notice go out? And the values that say so. School days, a new occasion and an intervention must
    lie between it and the last one."""
    letters = moment.policy.letters
    last = last_legal_notice(state)
    if last is None:
        return True, {}
    waited = days_since(moment.calendar, last.day, moment.day)
    new = sum(day > last.day for day in state.days)
    interventions = interventions_after(moment.acts, last.day, last.at)
    met = (
        waited >= letters.min_school_days_between
        and last.day < moment.day
        and (new > 0 or not letters.need_new_occasion_since_last)
        and (interventions > 0 or not letters.need_intervention_between)
    )
    return met, {
        "school_days_since_last_notice": waited,
        "occasions_since_last_notice": new,
        "interventions_since_last_notice": interventions,
    }


def correct_notices(moment: Moment, state: PupilState) -> PupilState:
    """Legal notices after a correction: one whose rule is no longer met stops counting, one that rests on fewer days than it
    lists keeps counting; the family is told either way. A SARB notice is for people to judge."""
    for notice in state.notices_that_count:
        days = tuple(day for day in notice.days if day in state.days)
        if not _supported(moment, state, notice):
            state = put_right(moment, state, notice, "corrected", days)
        elif days != notice.days and notice.kind != "sarb_notice":
            state = put_right(moment, state, notice, "basis_changed", days)
    return state


def _supported(moment: Moment, state: PupilState, notice: Notice) -> bool:
    if notice.kind == "truancy_notice_1":
        return bool(state.valid_reports) and reached(moment, state, moment.policy.letters.L1)
    if notice.kind == "truancy_notice_2":
        return bool(state.valid_reports) and reached(moment, state, moment.policy.letters.L2)
    return True


def put_right(
    moment: Moment, state: PupilState, notice: Notice, new_state: NoticeState, days: tuple[date, ...]
) -> PupilState:
    """Change what became of a notice that the family has, and require the correction."""
    values: Values = {"occasions": len(state.occasions), "days_listed": len(notice.days), "days_left": len(days)}
    state = set_notice_state(moment, state, notice, new_state, days, values)
    return require_notice(moment, state, "correction", f"notice.{new_state}", days, values, corrects=notice.id)


def set_notice_state(
    moment: Moment, state: PupilState, notice: Notice, new_state: NoticeState, days: tuple[date, ...], values: Values
) -> PupilState:
    moment.emit(
        NoticeWithdrawn,
        f"notice.{new_state}",
        notice.days,
        values=values,
        notice=notice.id,
        kind=notice.kind,
        state=new_state,
        days=days,
    )
    changed = replace(notice, state=new_state, days=days)
    return replace(state, notices=tuple(changed if other.id == notice.id else other for other in state.notices))
