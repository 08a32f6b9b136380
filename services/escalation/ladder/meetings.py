"""Meetings: what became of those that a level asks for, defects of their notices, and offers to cancel."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from services.escalation.ladder.acts import Act, Meeting
from services.escalation.ladder.contacts import attempts_after
from services.escalation.ladder.moment import Moment
from services.escalation.ladder.policy import Levels
from services.escalation.ladder.school_days import local_day, year_began
from services.escalation.ladder.state import Disposition, PupilState
from shared.contracts.ladder import MeetingCancelOffered
from shared.contracts.terms import Level, MeetingKind

MEETING_OF: dict[Level, MeetingKind] = {"level_1": "sart", "level_2": "mediation"}


def kinds_of(moment: Moment, level: Level) -> tuple[MeetingKind, ...]:
    """The meetings that a level may ask for."""
    if moment.policy.rules:
        return moment.policy.rule_meetings if level == "level_1" else ()
    return (MEETING_OF[level],) if level in MEETING_OF else ()


def settle_dispositions(moment: Moment, state: PupilState) -> PupilState:
    """What the acts up to now say about the meetings of levels 1 and 2."""
    if not moment.acts and not state.waivers:
        return state
    first, second = _disposition(moment, state, "level_1"), _disposition(moment, state, "level_2")
    if (first, second) == (state.level_1_disposition, state.level_2_disposition):
        return state
    return replace(state, level_1_disposition=first, level_2_disposition=second)


def _disposition(moment: Moment, state: PupilState, level: Level) -> Disposition:
    entry = state.entry(level)
    since = entry.acts_since if entry else None
    began = year_began(moment.calendar, moment.policy.counting.year_start)
    kinds = kinds_of(moment, level)
    meetings = [
        act
        for act in moment.acts
        if isinstance(act, Meeting)
        and act.meeting in kinds
        and (since is None or act.at > since)
        and local_day(act.at, moment.calendar) >= began
    ]
    if any(meeting.status == "held" for meeting in meetings):
        return "held"
    if _no_show_documented(moment, meetings):
        return "no_show_documented"
    waived = any(waiver.level == level and (since is None or waiver.at > since) for waiver in state.waivers)
    return "waived" if waived else "open"


def _no_show_documented(moment: Moment, meetings: Sequence[Meeting]) -> bool:
    """A missed group meeting, a missed individual one, and an attempt to reach the family after both."""
    missed = _missed(moment, meetings)
    group = [meeting.at for meeting in missed if meeting.form_held == "group"]
    individual = [meeting.at for meeting in missed if meeting.form_held == "individual"]
    return bool(group and individual and attempts_after(moment.acts, max(min(group), min(individual))))


def _missed(moment: Moment, meetings: Sequence[Meeting]) -> list[Meeting]:
    """Meetings that nobody came to. Staying away from one whose notice was defective says nothing."""
    missed = []
    defective = False
    for meeting in sorted(meetings, key=lambda meeting: meeting.at):
        if meeting.status == "scheduled":
            defective = bool(defect(meeting, moment.policy.levels, None, local_day(meeting.at, moment.calendar)))
        elif meeting.status == "no_show" and not defective:
            missed.append(meeting)
    return missed


def defect(meeting: Meeting, levels: Levels, notified: date | None, scheduled: date) -> str | None:
    """Why the notice of a scheduled meeting does not bind the family; None if nothing is wrong with it.

    `notified`: the day of the SARB notice, where there is one; `scheduled`: the day on which the meeting was scheduled.
    """
    if meeting.date is None:
        return None
    if meeting.meeting == "sarb":
        return _sarb_defect(meeting, meeting.date, levels.L3.notice_days, notified or scheduled)
    if meeting.meeting == "mediation" and meeting.statutory:
        return _statutory_defect(meeting, meeting.date, levels)
    return None


def _statutory_defect(meeting: Meeting, meets: date, levels: Levels) -> str | None:
    """WIC 601.3(c): each required person, in person or by certified mail, in time."""
    allowed = levels.L2.statutory_service
    latest = meets - timedelta(days=levels.L2.statutory_notice_days)
    for service in meeting.served:
        if service.method not in allowed:
            return (
                f"the notice to the {service.to} was served by {service.method}, not by {' or '.join(sorted(allowed))}"
            )
        if service.posted > latest:
            return f"the notice to the {service.to} was served {(meets - service.posted).days} days before"
    return None


def _sarb_defect(meeting: Meeting, meets: date, notice_days: int, notified: date) -> str | None:
    posted = max((service.posted for service in meeting.served), default=notified)
    days = (meets - posted).days
    return f"the notice was given {days} calendar days before, not {notice_days}" if days < notice_days else None


def scheduled_and_open(acts: Sequence[Act], kind: MeetingKind) -> list[Meeting]:
    """Meetings that are scheduled and of which nothing more is known."""
    still: list[Meeting] = []
    for act in sorted((act for act in acts if isinstance(act, Meeting)), key=lambda act: act.at):
        if act.meeting != kind:
            continue
        still = [other for other in still if other.form_held != act.form_held]
        if act.status == "scheduled":
            still.append(act)
    return still


def offer_to_cancel(moment: Moment, kind: MeetingKind, since: datetime) -> None:
    """The step behind the meeting was taken back; the school may keep it as voluntary support."""
    for meeting in scheduled_and_open(moment.acts, kind):
        moment.emit(
            MeetingCancelOffered,
            "meeting.cancel_offered",
            [meeting.date] if meeting.date else [],
            values={"scheduled_by_act": str(meeting.id), "level_entered": since.isoformat()},
            kind=kind,
        )
