"""Where a pupil stands, in sentences. Pure."""

from typing import Any

from services.escalation.ladder import PupilState
from services.escalation.reasons import word

NAMES = {
    "truancy_notice_1": "first notice of truancy",
    "truancy_notice_2": "second notice of truancy",
    "sarb_notice": "notice of the referral to the SARB",
    "level_1": "level 1 (SART meeting)",
    "level_2": "level 2 (mediation meeting)",
    "level_3": "level 3 (SARB)",
    "enforcement": "enforcement (District Attorney)",
}


def standing(state: PupilState, counts: dict[str, Any]) -> list[str]:
    """`counts` is the summary of `state`."""
    lines = [f"The pupil stands at {_name(state.level)}."]
    lines.append(_counted("occasion", state.days, "of truancy count"))
    lines.append(
        _counted("report", [report.day for report in state.valid_reports], "to the attendance supervisor are valid")
    )
    lines.append(f"Notices that count: {', '.join(_name(kind) for kind in counts['notices']) or 'none'}.")
    lines.append(f"School days missed for any reason: {state.days_absent}.")
    lines += [f"The pupil is {status}." for status in _statuses(state)]
    if state.proposed != "none":
        lines.append(f"{_name(state.proposed).capitalize()} is proposed, and waits for a person to decide.")
    lines += [f"The step to {_name(step.step)} is due and waits ({word(step.cause)})." for step in state.waiting]
    if state.review:
        lines.append("A person must review the case after a correction.")
    return lines


def _name(kind: str) -> str:
    return NAMES.get(kind, word(kind))


def _counted(noun: str, days: Any, rest: str) -> str:
    number = len(days)
    if not number:
        return f"No {noun}s {rest}."
    return f"{number} {noun}{'' if number == 1 else 's'} {rest}: {word(list(days))}."


def _statuses(state: PupilState) -> list[str]:
    named = {
        "a habitual truant": state.habitual,
        "a chronic truant": state.chronic_truant,
        "chronically absent": state.chronic_absent,
        "severely absent": state.severely_absent,
    }
    return [name for name, holds in named.items() if holds]
