"""What a policy means, in sentences that a board member can read. Pure."""

from collections.abc import Iterator
from typing import Any

from deploy.policy.wording import listed, ordinal, plural, threshold

Values = dict[str, Any]
COUNTED = {
    "full_day": "a full day is missed without a valid excuse",
    "day_or_part": "a day or any part of it is missed without a valid excuse",
    "period": "a whole period or the full day is missed without a valid excuse",
}


def meaning(values: Values) -> list[str]:
    """What the policy (as JSON values) does to a pupil, one sentence each, in the order of the ladder."""
    steps = _rules(values) if values.get("rules") else _californian(values)
    return [*_counting(values), *steps, *_statuses(values), *_release(values)]


def _counting(values: Values) -> Iterator[str]:
    counting = values["counting"]
    whole = "a full day is missed, or " if counting["full_day"] else ""
    long = f"{whole}more than {counting['minutes_gt']} minutes in one stretch are missed, without a valid excuse"
    yield f"A school day is an occasion if {COUNTED.get(counting['unit'], long)}; at most one occasion a day."
    yield _unverified(counting["unverified"])
    age = counting["age"]
    yield f"Only days on which the pupil is at least {age['min']} and not yet {age['max_exclusive']} years old count."
    for reason, cap in values.get("excuse_caps", {}).items():
        yield f"The excuse {reason} reaches for {plural(cap['days'], 'school day')} per {_word(cap['per'])}."
    excessive = values["excused_excessive"]
    if excessive["enabled"]:
        yield _excessive(excessive)


def _unverified(rule: Values) -> str:
    if rule["counts"]:
        return "An absence that nobody has explained counts at once."
    days = ordinal(rule["matures_after_school_days"])
    return f"An unverified absence counts as unexcused from the close of the {days} school day after it."


def _excessive(rule: Values) -> str:
    percent = rule.get("trigger_pct_enrolled_gt")
    after = f"more than {percent:g} % of the enrolled days" if percent else f"{rule['doctor_note_after']} excused days"
    return f"After absences of {after}, an illness without a note counts as unexcused."


def _californian(values: Values) -> Iterator[str]:
    letters, levels = values["letters"], values["levels"]
    first = threshold(values["reports"]["first_at_occasions"])
    yield f"The first report goes to the attendance supervisor at {first}, the next at each close with a new occasion."
    yield f"The first notice goes to the family with a report at {threshold(letters['L1'])}{_level_1(levels['L1'])}"
    yield f"The second notice is due at {threshold(letters['L2'])}{_level_2(levels['L2'])}"
    yield f"Level 3 (SARB) is proposed to a person at {threshold(letters['L3'])}, after {_after(levels['L3']['after'])}."
    yield from _sarb_counts(values["sarb_counts"])
    yield _spacing(letters)
    yield f"Levels 1 and 2 are left after {_monitored(levels)} without an occasion."
    yield _enforcement(levels["ENF"])


def _level_1(level: Values) -> str:
    if any(level.get(key) is not None for key in ("n", "gt", "pct")):
        return f"; level 1 and its SART meeting come at {threshold(level)}."
    return "; the pupil enters level 1, and a SART meeting is due."


def _level_2(level: Values) -> str:
    if level["on"] == "not_used":
        return "; there is no level 2."
    return "; the pupil enters level 2, and a mediation meeting is due."


AFTER = {
    "habitual": "the pupil is a habitual truant",
    "L1_disposition": "level 1 is settled",
    "SART_held": "a SART meeting was held",
    "L2_disposition_or_waiver": "level 2 is settled or its meeting waived",
}


def _after(names: list[str]) -> str:
    return listed([AFTER.get(name, name) for name in names]) or "nothing else"


def _sarb_counts(counts: Values) -> Iterator[str]:
    left_out = [] if counts["unverified"] else ["days that were never explained"]
    left_out += [] if counts["period"] else ["days of which only a part was missed"]
    if left_out:
        yield f"For that, {listed(left_out)} do not count."


def _spacing(letters: Values) -> str:
    needs = [f"{plural(letters['min_school_days_between'], 'school day')}"]
    if letters["need_new_occasion_since_last"]:
        needs.append("a new occasion")
    if letters["need_intervention_between"]:
        needs.append("a contact or held meeting")
    return f"Between two notices lie at least {listed(needs)}."


def _monitored(levels: Values) -> str:
    first, second = levels["L1"]["monitor_school_days"], levels["L2"]["monitor_school_days"]
    days = plural(first, "school day")
    return days if first == second else f"{first} (level 1) or {plural(second, 'school day')} (level 2)"


def _enforcement(rule: Values) -> str:
    new = plural(rule["breach"]["new_occasions"], "new occasion")
    failed = " or a failed attendance item" if rule["breach"]["or_directive_item_failed"] else ""
    return (
        f"Enforcement is proposed to a person {rule['directive_days']} days after a SARB directive, with {new}{failed}."
    )


def _rules(values: Values) -> Iterator[str]:
    yield "Reports and notices follow this pack's own rules:"
    for rule in values["rules"]:
        within = (
            f", within {plural(rule['within_school_days'], 'school day')}" if rule.get("within_school_days") else ""
        )
        yield f"At {threshold(rule)}: {listed([_word(action) for action in rule['do']])}{within}."


def _statuses(values: Values) -> Iterator[str]:
    habitual, absent = values["habitual"], values["chronic_absent"]
    if not values.get("rules"):
        effort = plural(habitual["effort"]["attempts"], "effort")
        yield f"Habitual truant: {plural(habitual['reports'], 'valid report')}, and {effort} to reach the family since the first."
        missed = f"{values['chronic_truant']['unexcused_pct_gte']:g} % of the school days since enrolment"
        yield f"Chronic truant: {missed} missed without excuse, and every earlier step taken."
    days = plural(absent["early_warning_min_days"], "school day")
    yield f"Chronically absent: {absent['any_pct_gte']:g} % of the school days missed for any reason, from {days} on."


def _release(values: Values) -> Iterator[str]:
    release = values["release"]
    for step in ("level_1", "level_2"):
        yield f"The step to {_word(step)} {_released(release[step])}."
    radius = release["blast_radius"]
    limits = [f"{radius['pupils']} pupils"] if radius["pupils"] else []
    limits += [f"{radius['share_pct']:g} % of the pupils"] if radius["share_pct"] else []
    if limits:
        yield f"Where more than {listed(limits, 'or')} of a school would take a step at one close, it waits for a person."


def _released(rule: str | Values) -> str:
    if isinstance(rule, dict):
        return f"waits {plural(rule['after_school_days'], 'school day')}, in which a person can stop it"
    return "waits until a person releases it" if rule == "person" else "is taken at the close, without a person"


def _word(name: str) -> str:
    return name.replace("_", " ")
