"""Why, in plain words: the rule behind each step with the values that it compared. Pure."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from typing import Any

_STATUS = {
    "habitual": "{valid_reports} reports are valid (first {first_report}), with {efforts_after_first_report} efforts to reach "
    "the family since",
    "chronic_absent": "{days_absent} of {school_days_enrolled} school days so far were missed for any reason; the line is at "
    "{percent} %",
    "severely_absent": "{days_absent} of {school_days_enrolled} school days so far were missed for any reason; the line is at "
    "{percent} %",
    "chronic_truant": "{unexcused_full_days} of {school_days_enrolled} school days so far were missed whole and without excuse; "
    "the line is at {percent} %, and the steps of the law before it must be done",
}
_LEVELS = {
    "level_1.entered": "{occasions} days count as occasions; the first step is at {level_1_at}",
    "level_2.entered": "{occasions} days count as occasions, and the second step is at {level_2_at}; the first meeting is "
    "settled ({level_1_disposition}); since the last notice: {school_days_since_last_notice} school days, "
    "{occasions_since_last_notice} new occasions, {interventions_since_last_notice} efforts to help",
    "level_3.proposed": "{occasions} days count as occasions, and the third step is at {level_3_at}; the pupil is a habitual "
    "truant; the mediation is settled ({level_2_disposition}); since the last notice: {school_days_since_last_notice} school "
    "days, {occasions_since_last_notice} new occasions, {interventions_since_last_notice} efforts to help",
    "level_3.referred": "a person referred the pupil to the SARB; {occasions} days count as occasions",
    "level.rescinded": "after a correction only {occasions} days count as occasions, and {valid_reports} reports are valid",
    "level.stepped_down": "{school_days_without_occasion} school days went by without an occasion; {needed} are asked for",
    "step.no_longer_due": "only {occasions} days count as occasions now, and {valid_reports} reports are valid",
    "review.required": "{occasions} days count as occasions, and {valid_reports} reports are valid after the correction",
}
RULES: Mapping[str, str] = {
    **_STATUS,
    **_LEVELS,
    "occasion.counted": "{occasions} in this school year with it",
    "occasion.uncounted": "{occasions} in this school year without it",
    "report.first": "{occasions} days count as occasions; a first report is due at {needed}",
    "report.again": "there is a new occasion since the last report; {occasions} days count, and {valid_reports_before} earlier "
    "reports are valid",
    "report.voided": "of the days that it and the reports before it list too few still count ({days_still_listed} on this one; "
    "{needed} are needed)",
    "level_1.again": _LEVELS["level_1.entered"],
    "level_2.again": _LEVELS["level_2.entered"],
    "notice.first": _LEVELS["level_1.entered"],
    "notice.second": _LEVELS["level_2.entered"],
    "notice.corrected": "{days_left} of the {days_listed} days that it lists still count",
    "notice.basis_changed": "{days_left} of the {days_listed} days that it lists still count; the step stands without the rest",
    "notice.withdrawn": "what it tells is no longer so",
    "recognition.due": _LEVELS["level.stepped_down"],
    "enforcement.proposed": "the SARB's directive of {directive} is {directive_days_old} days old; "
    "{occasions_since_directive} occasions came since (items not kept: {failed_items})",
    "enforcement.approved": "a person approved it on the basis {basis}",
    "da.declined": "the District Attorney declined the case",
    "same_day_alert": "the mark came on the day itself",
    "meeting.scheduled": "a meeting is scheduled",
    "meeting.cancel_offered": "the step that asked for it was taken back",
    "agreement.open": "the day that broke the agreement of {signed} no longer counts",
    "agreement.breached": "the agreement was signed {signed} and runs until {until}",
    "agreement.completed": "no occasion came within the term of the agreement of {signed}",
    "agreement.expired": "the agreement of {signed} ran until {until}",
    "case.carried_over": "{occasions_carried} days of earlier years still bear on the SARB's directive",
    "case.aged_out": "the pupil is no longer of the age for which attendance is compulsory",
    "case.moved": "the pupil left the district's schools",
    "case.transferred_to_charter": "the pupil goes to a charter school, which keeps its own count",
    "case.reopened": "the pupil is enrolled here again",
    "directive.attendance_breached": "it was due {due}, and the pupil did not attend as directed",
    "directive.service_breached": "it was due {due}: {hours} of {target} hours are shown",
    "directive.completed": "each item was reported as done, or does not bind the pupil",
    "directive.item_set_aside": "the law sets a limit to it",
    "sarb.review_due": "it was due {due}: {hours} of {target} hours are shown",
    "monitoring.occasion": "{occasions_since_directive} since the directive",
    "monitoring.report_due": "{school_days} school days of monitoring are over, with {occasions} occasions",
    "step.queued": "{occasions} days count as occasions, but it is not released yet",
    "record.imported": "{source} verified {days} days and {reports} reports",
}


OTHER: Mapping[str, str] = {
    "report.voided": "too few of its days still count ({days_still_listed})",
    "enforcement.proposed": "the pack's rule {rule} asks for it at {occasions} occasions",
}
"""For the same rules where a pack lets them compare other values."""
NAMED = (
    "the rule {name} counts {days_in_window} days (window: {window}), and asks for {needed}",
    "{days_absent} school days were missed for any reason; the line of the rule {name} is at {percent} %",
    "too few of the days of the rule {name} still count",
)
"""For the rules that a pack names itself."""


def reason(because: Mapping[str, Any]) -> str:
    """The reason of an artefact: the first sentence that fits its rule and the values it compared, else just these. Empty
    for what a person did: that is its own reason."""
    rule, values = because["rule"], {name: word(value) for name, value in because["values"].items()}
    if rule.startswith("act."):
        return ""
    named = rule.removeprefix("rule.")
    sentences = NAMED if named != rule else [rules[rule] for rules in (RULES, OTHER) if rule in rules]
    for sentence in sentences:
        with suppress(KeyError):
            return sentence.format_map({**values, "name": word(named)})
    compared = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in values.items())
    return f"the rule {word(rule.replace('.', ' '))} holds" + (f" ({compared})" if compared else "")


def word(value: Any) -> str:
    """A value for a reader: days as `8 Sep 2025`, lists with commas, names without underscores."""
    if isinstance(value, list | tuple):
        return ", ".join(map(word, value)) or "none"
    if isinstance(value, bool) or value is None or value == "":
        return {True: "yes", False: "no"}.get(value, "none")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return _day(value) or str(value).replace("_", " ")


def _day(value: Any) -> str | None:
    if not isinstance(value, date):
        try:
            value = date.fromisoformat(value)
        except (TypeError, ValueError):
            return None
    return f"{value.day} {value:%b %Y}"
