"""Parts about meetings: SART, mediation, and the referral to the SARB with its hearing."""

from collections.abc import Iterable

from services.referrals.case_file import words
from services.referrals.case_file.blocks import Block, Content, Heading, Paragraph, Table
from services.referrals.case_file.known import Known
from services.referrals.case_file.notices import delivery_table, is_delivered, is_sent
from shared.contracts.ladder import (
    ActRecorded,
    AgreementRefused,
    AgreementSigned,
    MeetingCancelled,
    MeetingChange,
    MeetingHeld,
    MeetingNoShow,
    MeetingScheduled,
)
from shared.contracts.terms import Level, MeetingKind

LEVELS: dict[MeetingKind, Level] = {"sart": "level_1", "mediation": "level_2", "sarb": "level_3"}


def sart(known: Known) -> Content:
    """Part 8."""
    return Content(tuple(_meeting(known, "sart")), tuple(_gaps(known, "sart")))


def mediation(known: Known) -> Content:
    """Part 9."""
    return Content(tuple(_meeting(known, "mediation")), tuple(_gaps(known, "mediation")))


def _meeting(known: Known, kind: MeetingKind) -> Iterable[Block]:
    invitations = [
        notice
        for notice in known.story.notices_of("meeting_invitation")
        if notice.required.meeting == kind and notice.deliveries
    ]
    if invitations:
        yield Heading("Invitations")
        yield delivery_table(known, invitations)
    yield Heading("What happened")
    yield Table(
        ("Recorded", "What", "Date", "Form", "Notice served", "By"), tuple(_rows(known, kind)), (0, 3, 0, 0, 4, 2)
    )
    for defect in known.story.defects:
        if defect.kind == kind:
            yield Paragraph(f"Notice defective ({known.day_of(defect.as_of)}): {defect.reason}")


def _rows(known: Known, kind: MeetingKind) -> Iterable[tuple[str, ...]]:
    for act in known.story.acts:
        if isinstance(act, MeetingChange) and act.kind == kind:
            yield (
                known.moment(act.as_of),
                _happened(act),
                words.short(act.date) if act.date else "",
                act.form,
                _served(act),
                act.by,
            )
        elif isinstance(act, AgreementSigned | AgreementRefused) and act.kind == kind:
            signed = "agreement signed" if isinstance(act, AgreementSigned) else "agreement refused"
            yield known.moment(act.as_of), signed, "", "", "", act.by
        elif isinstance(act, ActRecorded) and _waives(act, kind):
            yield known.moment(act.as_of), f"waived: {act.reason or 'no reason given'}", "", "", "", act.by


def _happened(act: MeetingChange) -> str:
    match act:
        case MeetingScheduled():
            return "scheduled" + (" (statutory)" if act.statutory else "")
        case MeetingHeld():
            return "held"
        case MeetingNoShow():
            return "family did not come"
        case MeetingCancelled():
            return "cancelled"
    return act.type


def _served(act: MeetingChange) -> str:
    if not isinstance(act, MeetingScheduled):
        return ""
    return "; ".join(f"{one.to}: {words.METHODS[one.method]}, {words.short(one.posted)}" for one in act.served)


def _waives(act: ActRecorded, kind: MeetingKind) -> bool:
    return act.do == "waive_disposition" and act.step == LEVELS[kind]


def _gaps(known: Known, kind: MeetingKind) -> Iterable[str]:
    acts = known.story.acts
    took_place = any(isinstance(act, MeetingHeld | MeetingNoShow) and act.kind == kind for act in acts)
    waived = any(isinstance(act, ActRecorded) and _waives(act, kind) for act in acts)
    if not took_place and not waived:
        yield f"No {words.MEETINGS[kind]} is recorded as held or as missed by the family."


def sarb(known: Known) -> Content:
    """Part 10: the referral with its reason, the written notice (EC 48263) with proof of service, the hearing."""
    referral = next((act for act in known.story.acts_of(ActRecorded) if act.do == "refer_to_sarb"), None)
    entered = next((level for level in known.story.levels if level.level == "level_3"), None)
    notices = [notice for notice in known.story.notices_of("sarb_notice") if notice.counts]
    blocks: list[Block] = []
    if referral:
        reason = f" Reason given: {referral.reason}." if referral.reason else ""
        blocks.append(Paragraph(f"Referred to the SARB {known.moment(referral.as_of)} by {referral.by}.{reason}"))
    elif entered:
        blocks.append(Paragraph(f"Level 3 was entered {known.moment(entered.as_of)}."))
    if any(notice.deliveries for notice in notices):
        blocks += [Heading("Written notice"), delivery_table(known, notices)]
    gaps = [] if referral or entered else ["No referral to the SARB is recorded."]
    if not any(is_delivered(notice) for notice in notices) and not _served_hearing(known):
        gaps.append(
            "The SARB notice was sent, but there is no proof that it arrived or was served."
            if any(is_sent(notice) for notice in notices)
            else "There is no proof that the SARB notice was sent."
        )
    return Content((*blocks, *_meeting(known, "sarb")), (*gaps, *_gaps(known, "sarb")))


def _served_hearing(known: Known) -> bool:
    return any(act.kind == "sarb" and act.served for act in known.story.acts_of(MeetingScheduled))
