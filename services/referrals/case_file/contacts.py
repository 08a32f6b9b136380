"""Parts about people reaching the family, and who can testify to what."""

from collections import defaultdict

from services.referrals.case_file.blocks import Content, Paragraph, Table
from services.referrals.case_file.known import Known
from shared.contracts.ladder import (
    ActData,
    ActRecorded,
    ActRefused,
    AgreementRefused,
    AgreementSigned,
    ContactLogged,
    DirectiveIssued,
    DirectiveItemReported,
    EnforcementApproved,
    MeetingChange,
)


def effort(known: Known) -> Content:
    """Part 7: the conscientious effort (EC 48262): attempts to reach the family, later than the first valid report."""
    counts = set(map(id, known.story.efforts()))
    rows = tuple(
        (
            known.moment(act.as_of),
            act.channel,
            act.outcome.replace("_", " "),
            act.by,
            "yes" if id(act) in counts else "no",
        )
        for act in known.story.acts_of(ContactLogged)
    )
    return Content(
        (
            Paragraph("An attempt counts if it is later than the first valid report and was not a bounced message."),
            Table(("When", "Channel", "Outcome", "By", "Counts"), rows, (0, 0, 0, 3, 0)),
        ),
        () if counts else ("No attempt to hold a conference is recorded after the first valid report.",),
    )


def home_visits(known: Known) -> Content:
    """Part 14."""
    visits = [act for act in known.story.acts_of(ContactLogged) if act.channel == "visit"]
    if not visits:
        return Content(gaps=("No home visit is recorded, nor why none was made.",))
    rows = tuple((known.moment(act.as_of), act.outcome.replace("_", " "), act.by) for act in visits)
    return Content((Table(("When", "Outcome", "By"), rows, (0, 0, 3)),))


def witnesses(known: Known) -> Content:
    """Part 17: everybody who did or recorded a step, with what that person can speak to."""
    steps: defaultdict[str, set[str]] = defaultdict(set)
    for act in known.story.acts:
        if not isinstance(act, ActRefused):
            steps[act.by].add(_subject(act))
    rows = tuple((by, ", ".join(sorted(steps[by]))) for by in sorted(steps))
    return Content(
        (Table(("Person", "Can speak to"), rows, (2, 4)),),
        () if rows else ("No person has recorded a step in this case.",),
    )


def _subject(act: ActData) -> str:
    match act:
        case ContactLogged():
            return "contacts with the family"
        case MeetingChange(kind=kind) | AgreementSigned(kind=kind) | AgreementRefused(kind=kind):
            return f"{kind.upper() if kind != 'mediation' else kind} meeting"
        case DirectiveIssued() | DirectiveItemReported():
            return "SARB directive"
        case EnforcementApproved():
            return "approval of enforcement"
        case ActRecorded():
            return f"decision: {act.do.replace('_', ' ')}"
    return act.type
