"""What a human act changes at once. Statuses, letters and levels 1 and 2 wait for the close of the day."""

from collections.abc import Sequence
from typing import Any, assert_never

from services.escalation.ladder.acts import Act, Contact, DaAnswer, Directive, Import, Meeting, PersonDecision, Progress
from services.escalation.ladder.agreements import sign
from services.escalation.ladder.decide import Decision
from services.escalation.ladder.directives import check_directive, say_what_does_not_bind
from services.escalation.ladder.facts import Pupil, SchoolCalendar
from services.escalation.ladder.imports import take_record
from services.escalation.ladder.meetings import defect, settle_dispositions
from services.escalation.ladder.moment import NOT_HELD, HeldSteps, Moment, Values
from services.escalation.ladder.notices import require_notice, set_notice_state
from services.escalation.ladder.person_decisions import carry_out, return_to_sarb
from services.escalation.ladder.policy import Policy
from services.escalation.ladder.refusal import Refused
from services.escalation.ladder.rollover import begin_year
from services.escalation.ladder.school_days import local_day, school_day_from
from services.escalation.ladder.state import PupilState
from services.escalation.ladder.transfers import change_agency, of_one_agency
from shared.contracts.ladder import (
    ActData,
    ActRecorded,
    ActRefused,
    AgreementRefused,
    AgreementSigned,
    ContactLogged,
    DirectiveIssued,
    DirectiveItemReported,
    LadderEventData,
    MeetingCancelled,
    MeetingHeld,
    MeetingNoShow,
    MeetingNoticeDefective,
    MeetingScheduled,
)

MEETING_EVENTS: dict[str, type[ActData]] = {
    "scheduled": MeetingScheduled,
    "held": MeetingHeld,
    "no_show": MeetingNoShow,
    "cancelled": MeetingCancelled,
}
AGREEMENT_EVENTS: dict[str, type[ActData]] = {"signed": AgreementSigned, "refused": AgreementRefused}


def record_act(
    pupil: Pupil,
    calendar: SchoolCalendar,
    acts_so_far: Sequence[Act],
    state: PupilState,
    policy: Policy,
    act: Act,
    held_steps: HeldSteps = NOT_HELD,
    other_calendars: Sequence[SchoolCalendar] = (),
) -> Decision:
    """The events of an act, and the state after it.

    An act that the rules do not allow gives one `act.refused` with the reason in plain words and leaves the state as it is.
    `acts_so_far`: the acts before this one that were allowed. `held_steps`: a step that is stopped now waits, released or not.
    """
    pupil, calendar = of_one_agency(pupil, calendar, other_calendars)
    day = local_day(act.at, calendar)
    moment = Moment(pupil, calendar, policy, (*acts_so_far, act), day, act.at, held_steps=held_steps)
    try:
        changed = settle_dispositions(moment, _record(moment, change_agency(moment, begin_year(moment, state)), act))
        events = moment.events
    except Refused as refused:
        changed, events = state, [_refusal(Moment(pupil, calendar, policy, (), day, act.at), act, str(refused))]
    return Decision(changed, tuple(events), school_day_from(calendar, day))


def _refusal(moment: Moment, act: Act, reason: str) -> LadderEventData:
    do = act.do if isinstance(act, PersonDecision) else act.kind
    emit_act(moment, ActRefused, act, do=do, reason=reason)
    return moment.events[0]


def emit_act(moment: Moment, sort: type[ActData], act: Act, **fields: Any) -> None:
    moment.emit(sort, f"act.{act.kind}", act=act.id, by=act.by, **fields)


def _record(moment: Moment, state: PupilState, act: Act) -> PupilState:
    match act:
        case Contact():
            emit_act(moment, ContactLogged, act, channel=act.channel, outcome=act.outcome)
            return state
        case Meeting():
            return _record_meeting(moment, state, act)
        case Directive():
            return _record_directive(moment, state, act)
        case Progress():
            return _record_progress(moment, state, act)
        case PersonDecision():
            return carry_out(moment, state, act)
        case Import():
            return take_record(moment, state, act)
        case DaAnswer():
            do = f"da.{act.decision}"
            emit_act(moment, ActRecorded, act, do=do, basis=act.basis, reason=act.reason)
            return return_to_sarb(moment, state) if act.decision == "declined" else state
    assert_never(act)


def _record_meeting(moment: Moment, state: PupilState, act: Meeting) -> PupilState:
    if act.agreement != "none" and act.status != "held":
        raise Refused("an agreement is signed or refused at a meeting that is held")
    if act.status in ("held", "no_show") and act.date is not None and act.date > moment.day:
        raise Refused(f"the meeting's date {act.date} is still to come")
    served: dict[str, Any] = {"served": act.served} if act.status == "scheduled" else {}
    emit_act(
        moment,
        MEETING_EVENTS[act.status],
        act,
        kind=act.meeting,
        form=act.form_held,
        date=act.date,
        statutory=act.statutory,
        participants=act.participants,
        reason=act.reason,
        **served,
    )
    if act.agreement in AGREEMENT_EVENTS:
        emit_act(moment, AGREEMENT_EVENTS[act.agreement], act, kind=act.meeting)
    if act.agreement == "signed":
        return sign(moment, state, act)
    if act.status == "scheduled":
        return _invite(moment, state, act)
    return _withdraw_invitations(moment, state, act) if act.status == "cancelled" else state


def _invite(moment: Moment, state: PupilState, act: Meeting) -> PupilState:
    notified = next((notice.day for notice in reversed(state.notices) if notice.kind == "sarb_notice"), None)
    wrong = defect(act, moment.policy.levels, notified, moment.day)
    if wrong:
        values: Values = {"date": act.date.isoformat() if act.date else None, "scheduled_by_act": str(act.id)}
        moment.emit(MeetingNoticeDefective, "meeting.notice_defective", values=values, kind=act.meeting, reason=wrong)
    return require_notice(moment, state, "meeting_invitation", "meeting.scheduled", meeting=act.meeting, act=act.id)


def _withdraw_invitations(moment: Moment, state: PupilState, act: Meeting) -> PupilState:
    """Nobody is to come to a cancelled meeting: the invitations to it no longer stand."""
    scheduled = {
        other.id
        for other in moment.acts
        if isinstance(other, Meeting)
        and other.status == "scheduled"
        and (other.meeting, other.form_held) == (act.meeting, act.form_held)
    }
    for notice in state.notices:
        if notice.act in scheduled and notice.state == "required":
            state = set_notice_state(moment, state, notice, "withdrawn", (), {"cancelled_by_act": str(act.id)})
    return state


def _record_directive(moment: Moment, state: PupilState, act: Directive) -> PupilState:
    check_directive(moment, act)
    emit_act(moment, DirectiveIssued, act, items=act.items)
    say_what_does_not_bind(moment, act)
    return state


def _record_progress(moment: Moment, state: PupilState, act: Progress) -> PupilState:
    known = sorted({item.id for other in moment.acts if isinstance(other, Directive) for item in other.items})
    if act.item not in known:
        raise Refused(f"no directive has the item {act.item}; there are: {', '.join(known) or 'none'}")
    emit_act(moment, DirectiveItemReported, act, item=act.item, hours=act.hours, state=act.state)
    return state
