"""The story of one pupil in plain sentences, each with the facts behind it. Pure."""

from collections.abc import Iterable
from typing import Any

from services.escalation.reasons import reason, word
from services.escalation.said import Said, fact, told

Row = Any
Step = dict[str, Any]

SENTENCES: dict[str, str] = {
    "truancy.occasion.counted": "{day} counts as an occasion of truancy",
    "truancy.occasion.uncounted": "{day} no longer counts as an occasion",
    "truancy.report.issued": "a report to the attendance supervisor lists {days}",
    "truancy.report.voided": "a report is void: too few of its days still count",
    "status.habitual.set": "the pupil is a habitual truant (three valid reports, and an effort to reach the family since)",
    "status.habitual.cleared": "the pupil is no longer a habitual truant",
    "status.chronic_truant.set": "the pupil is a chronic truant",
    "status.chronic_truant.cleared": "the pupil is no longer a chronic truant",
    "status.chronic_absent.set": "the pupil is chronically absent: a tenth or more of the school days so far, for any reason",
    "status.chronic_absent.cleared": "the pupil is no longer chronically absent",
    "status.severely_absent.set": "the pupil is severely absent: a fifth or more of the school days so far, for any reason",
    "status.severely_absent.cleared": "the pupil is no longer severely absent",
    "notice.required": "the family must be told: {kind}",
    "notice.withdrawn": "the notice {kind} is {state}",
    "level.proposed": "{level} is proposed; a person must decide",
    "level.entered": "the pupil enters {level}",
    "level.rescinded": "the step is taken back: {previous} to {level}",
    "level.stepped_down": "attendance improved: down from {previous} to {level}",
    "agreement.breached": "an absence within the term of the agreement of the {kind} meeting",
    "agreement.breach_withdrawn": "the agreement of the {kind} meeting is not breached after all",
    "agreement.completed": "the agreement of the {kind} meeting was kept",
    "agreement.expired": "the term of the agreement of the {kind} meeting is over",
    "directive.item_breached": "the item {item} of the directive is not done ({breach})",
    "directive.item_set_aside": "the item {item} of the directive does not bind the pupil: {reason}",
    "sarb.review_due": "the SARB should look at the item {item} of its directive",
    "directive.completed": "all items of the directive are done",
    "monitoring.occasion": "{day} is an occasion while the directive is open",
    "monitoring.report_due": "progress report {number} to the SARB is due",
    "record.imported": "the record of another district counts: days {days}, reports of {reports} ({source})",
    "case.closed": "the case is closed here: {reason}",
    "case.reopened": "the pupil is back, and the case goes on (closed before: {closed_for})",
    "case.carried_over": "the case goes on in a new school year at {level}; the counts begin anew",
    "step.queued": "the step to {step} is due and waits ({cause})",
    "step.dropped": "the step to {step} no longer waits",
    "proposal.withdrawn": "{step} is no longer proposed",
    "rule.met": "the rule {rule} is met, and asks for: {do}",
    "rule.no_longer_met": "the rule {rule} is no longer met",
    "review.required": "a person must review the case: {reason}",
    "recognition.due": "improved attendance is to be recognised",
    "enforcement.proposed": "enforcement is proposed; a person must decide",
    "enforcement.approved": "enforcement is approved on the basis {basis}",
    "act.refused": "{do} was not possible: {reason}",
    "act.recorded": "{do}",
    "meeting.required": "a {kind} meeting is due",
    "meeting.scheduled": "a {kind} meeting is scheduled ({form})",
    "meeting.held": "a {kind} meeting was held ({form})",
    "meeting.no_show": "nobody came to the {kind} meeting ({form})",
    "meeting.cancelled": "the {kind} meeting is cancelled",
    "meeting.notice_defective": "the notice of the {kind} meeting was not served as it must be: {reason}",
    "meeting.cancel_offered": "the {kind} meeting is no longer needed and may be cancelled",
    "agreement.signed": "an agreement was signed at the {kind} meeting",
    "agreement.refused": "the agreement was refused at the {kind} meeting",
    "directive.issued": "the SARB gives a directive",
    "directive.item_reported": "progress on the directive: {item}",
    "contact.logged": "the family was contacted by {channel}: {outcome}",
}


def story(statements: Iterable[Row], acts: Iterable[Row], artefacts: Iterable[Row]) -> list[Step]:
    """Every mark, refused act and artefact of one pupil, ordered by when it became known; what was decided at a close
    comes after what was known by then.

    Each step: {at, what, text, because, facts, marks}. `facts` are ids, `marks` the marks behind the step with their values, as
    they stood then.
    """
    said = Said(statements)
    steps = [
        *(_statement(row, said) for row in said.rows),
        *(_refused(act) for act in acts if act["refused"]),
        *(_artefact(row, said) for row in artefacts if row["type"] != "act.refused"),
    ]
    return [step for _, step in sorted(enumerate(steps), key=lambda numbered: (numbered[1]["at"], numbered[0]))]


def _statement(row: Row, said: Said) -> Step:
    return {
        "at": row["known_at"],
        "what": "mark",
        "text": told(row, said.before(row)),
        "because": None,
        "facts": [str(row["event_id"])],
        "marks": [fact(row)],
    }


def _refused(row: Row) -> Step:
    body = row["body"]
    return {
        "at": row["at"],
        "what": "act",
        "text": f"{body.get('by')}: {word(body.get('do') or body.get('kind'))} was refused: {row['refused']}",
        "because": None,
        "facts": [str(row["act_id"])],
        "marks": [],
    }


def _artefact(row: Row, said: Said) -> Step:
    body = row["body"]
    sentence = SENTENCES[row["type"]].format_map({name: word(value) for name, value in body.items()})
    actor = f"{body['by']}: " if "by" in body else ""
    because = body["because"]
    return {
        "at": row["as_of"],
        "what": body["do"] if _is_answer(row) else row["type"],
        "text": actor + sentence,
        "because": {
            "text": _why(row, said),
            "rule": because["rule"],
            "policy": f"{because['policy']} version {because['policy_version']}" if because["policy"] else None,
            "days": because["days"],
            "values": because["values"],
        },
        "facts": because["marks"],
        "marks": [fact(mark) for mark in said.standing(because["days"], because["marks"], row["as_of"])],
    }


def _is_answer(row: Row) -> bool:
    """Did the District Attorney's office say something? Its answer is named after what it decided, as on `cases.v1`."""
    return bool(row["type"] == "act.recorded" and row["body"]["do"].startswith("da."))


def _why(row: Row, said: Said) -> str:
    """The rule in plain words; for one day also what the school says of it, and what it said before."""
    because = row["body"]["because"]
    marks = said.standing(because["days"], (), row["as_of"]) if len(because["days"]) == 1 else []
    lines = [told(mark, said.before(mark)) for mark in marks if row["type"].startswith("truancy.occasion")]
    return "; ".join(line for line in (*lines, reason(because)) if line)
