"""Levels 1 and 2: entered by the rules, taken back after a correction, left after improvement."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import NamedTuple
from uuid import UUID

from services.escalation.ladder.agreements import complete, set_aside
from services.escalation.ladder.meetings import MEETING_OF, kinds_of, offer_to_cancel, settle_dispositions
from services.escalation.ladder.moment import Moment, Values
from services.escalation.ladder.notices import require_notice, spacing
from services.escalation.ladder.policy import Levels
from services.escalation.ladder.proposals import dismissed
from services.escalation.ladder.release import drop_others, release
from services.escalation.ladder.school_days import days_since
from services.escalation.ladder.state import Entry, PupilState, Report
from services.escalation.ladder.thresholds import met_by, reached
from shared.contracts.ladder import (
    LevelEntered,
    LevelRescinded,
    LevelSteppedDown,
    MeetingRequired,
    RecognitionDue,
    ReviewRequired,
)
from shared.contracts.terms import LEVELS, Level, MeetingKind, NoticeKind

AUTOMATIC: tuple[Level, ...] = ("level_1", "level_2")


def enter(
    moment: Moment,
    state: PupilState,
    level: Level,
    rule: str,
    days: Sequence[date],
    values: Values,
    meeting: MeetingKind | None = None,
) -> PupilState:
    """Enter `level`, and ask for `meeting`, or the one that belongs to it. Entered again, its disposition is open again."""
    again = state.entry(level) is not None
    moment.emit(LevelEntered, rule, days, values=values, level=level, previous=state.level)
    entry = Entry(level, moment.at, moment.day, moment.at if again else None)
    state = replace(state, level=level, entries=_with(state, entry))
    kind = meeting or MEETING_OF.get(level)
    return ask_for_meeting(moment, state, kind, rule, days, values) if kind else state


def ask_for_meeting(
    moment: Moment, state: PupilState, kind: MeetingKind, rule: str, days: Sequence[date], values: Values
) -> PupilState:
    moment.emit(MeetingRequired, rule, days, values=values, kind=kind)
    asked = tuple(dict.fromkeys((*state.meetings_required, kind)))
    return settle_dispositions(moment, replace(state, meetings_required=asked))


def _with(state: PupilState, entry: Entry) -> tuple[Entry, ...]:
    others = tuple(other for other in state.entries if other.level != entry.level)
    return tuple(sorted((*others, entry), key=lambda entry: LEVELS.index(entry.level)))


def supported_level(moment: Moment, state: PupilState) -> Level:
    """The highest automatic level for which the occasions and reports that count now still speak."""
    if moment.policy.rules:
        asking = {rule.name for rule in moment.policy.rules if rule.meetings}
        return "level_1" if any(met.rule in asking for met in state.rules_met) else "prevention"
    letters, levels = moment.policy.letters, moment.policy.levels
    if levels.L2.on == "L2_letter" and state.valid_reports and reached(moment, state, letters.L2):
        return "level_2"
    if levels.L1.own is not None:
        return "level_1" if reached(moment, state, levels.L1.own) else "prevention"
    return "level_1" if state.valid_reports and reached(moment, state, letters.L1) else "prevention"


def rescind_unsupported(moment: Moment, state: PupilState) -> PupilState:
    """After a correction levels 1 and 2 go back by themselves; above them a person must look."""
    if state.level not in ("prevention", *AUTOMATIC):
        return require_review(moment, state, "a correction changed the days that the case rests on")
    supported = supported_level(moment, state)
    if LEVELS.index(supported) >= LEVELS.index(state.level):
        return state
    return rescind(moment, state, supported)


def rescind(moment: Moment, state: PupilState, level: Level) -> PupilState:
    """Go back to `level`; meetings of the steps taken back need not be held."""
    values: Values = {"occasions": len(state.occasions), "valid_reports": len(state.valid_reports)}
    moment.emit(LevelRescinded, "level.rescinded", state.days, values=values, level=level, previous=state.level)
    for left in AUTOMATIC:
        entry = state.entry(left)
        if entry and LEVELS.index(level) < LEVELS.index(left) <= LEVELS.index(state.level):
            for kind in kinds_of(moment, left):
                offer_to_cancel(moment, kind, entry.at)
    return set_aside(replace(state, level=level), level)


def require_review(moment: Moment, state: PupilState, reason: str) -> PupilState:
    values: Values = {"occasions": len(state.occasions), "valid_reports": len(state.valid_reports)}
    moment.emit(ReviewRequired, "review.required", state.days, values=values, reason=reason)
    return replace(state, review=True)


class Step(NamedTuple):
    """A step that is due: the level, its notice if the family does not have that yet, and why."""

    level: Level
    notice: NoticeKind | None
    rule: str
    days: tuple[date, ...]
    values: Values
    report: UUID | None = None
    enters: bool = True
    """False: only the notice goes out, and the level has a threshold of its own."""


NOTICE_RULES: dict[NoticeKind, str] = {"truancy_notice_1": "notice.first", "truancy_notice_2": "notice.second"}


def climb(moment: Moment, state: PupilState, report: Report | None) -> PupilState:
    """Enter level 1 with a report, or level 2 with its notice; at most one step at a close. A step that is not released
    waits."""
    if not (state.reports or (state.occasions and moment.policy.levels.L1.own)):
        return state
    step = due_step(moment, state, report)
    if state.waiting:
        state = drop_others(moment, state, step.level if step else None)
    if step is None or dismissed(state, step.level):
        return state
    state, released = release(moment, state, step.level, step.days, step.values)
    return take_step(moment, state, step) if released else state


def take_step(moment: Moment, state: PupilState, step: Step) -> PupilState:
    """Its notice, the level, and the meeting that the level asks for."""
    if step.notice:
        rule = NOTICE_RULES[step.notice]
        state = require_notice(moment, state, step.notice, rule, step.days, step.values, report=step.report)
    if not step.enters or LEVELS.index(state.level) >= LEVELS.index(step.level):
        return state
    return enter(moment, state, step.level, step.rule, step.days, step.values)


def due_step(moment: Moment, state: PupilState, report: Report | None) -> Step | None:
    """The automatic step whose rule is met now. `report`: the one that this close issued."""
    if moment.policy.rules:
        return None
    if not state.valid_reports:
        return _level_1_by_itself(moment, state)
    return (
        _level_2_due(moment, state, report) or _level_1_due(moment, state, report) or _level_1_by_itself(moment, state)
    )


def _level_1_due(moment: Moment, state: PupilState, report: Report | None) -> Step | None:
    """With a report, unless the family has the notice and the pupil is at a level already."""
    if not (report or state.waits_for("level_1")) or not reached(moment, state, moment.policy.letters.L1):
        return None
    enters = moment.policy.levels.L1.own is None or _level_1_by_itself(moment, state) is not None
    if not state.counts("truancy_notice_1"):
        first = state.valid_reports[0]
        days = first.days if reached_by_report(moment, first) else state.days
        return Step("level_1", "truancy_notice_1", "level_1.entered", days, _counts(moment, state), first.id, enters)
    if state.level != "prevention" or moment.policy.levels.L1.own:
        return None
    days = (report or state.valid_reports[-1]).days
    return Step("level_1", None, "level_1.entered", days, _counts(moment, state))


def reached_by_report(moment: Moment, report: Report) -> bool:
    """A first letter that needs more than the first report lists more than that one."""
    return moment.policy.letters.L1.least <= len(report.days)


def _level_1_by_itself(moment: Moment, state: PupilState) -> Step | None:
    """By the level's own threshold. After improvement a window counts only with an occasion since."""
    own = moment.policy.levels.L1.own
    if own is None or state.level != "prevention":
        return None
    improved = max((notice.day for notice in state.notices if notice.kind == "recognition"), default=None)
    days = met_by(moment, own, state.occasions, improved)
    values: Values = {**_counts(moment, state), "level_1_at": own.said}
    return Step("level_1", None, "level_1.entered", days, values) if days else None


def _level_2_due(moment: Moment, state: PupilState, report: Report | None) -> Step | None:
    """The second notice is not repeated to a pupil who stepped down since; it takes a new report then."""
    if state.level not in ("prevention", "level_1") or not reached(moment, state, moment.policy.letters.L2):
        return None
    met, values = spacing(moment, state)
    if not met or not state.counts("truancy_notice_1"):
        return None
    values = {**_counts(moment, state), **values, "level_1_disposition": state.level_1_disposition}
    if moment.policy.levels.L2.on == "not_used":
        return None if state.counts("truancy_notice_2") else _second_letter(state, values, enters=False)
    fresh = report is not None or state.waits_for("level_2") is not None
    if state.counts("truancy_notice_2"):
        return Step("level_2", None, "level_2.again", state.days, values) if fresh else None
    settled = state.level_1_disposition != "open" or "L1_disposition" not in moment.policy.levels.L2.after
    if not settled or (state.level == "prevention" and not fresh):
        return None
    return _second_letter(state, values, enters=True)


def _second_letter(state: PupilState, values: Values, *, enters: bool) -> Step:
    return Step("level_2", "truancy_notice_2", "level_2.entered", state.days, values, enters=enters)


def _counts(moment: Moment, state: PupilState) -> Values:
    letters = moment.policy.letters
    return {"occasions": len(state.occasions), "level_1_at": letters.L1.said, "level_2_at": letters.L2.said}


def monitored_school_days(levels: Levels, level: Level) -> int:
    return levels.L1.monitor_school_days if level == "level_1" else levels.L2.monitor_school_days


def clean_since(state: PupilState) -> date | None:
    """The day after which a pupil of level 1 or 2 has had no occasion at that level; None at other levels."""
    entry = state.entry(state.level) if state.level in AUTOMATIC else None
    if entry is None:
        return None
    return max(entry.monitored_from, *state.days) if state.occasions else entry.monitored_from


def step_down(moment: Moment, state: PupilState) -> PupilState:
    """Improvement counts: after enough school days without an occasion one level down, and the family hears of it."""
    since = clean_since(state)
    if since is None:
        return state
    clean, needed = (
        days_since(moment.calendar, since, moment.day),
        monitored_school_days(moment.policy.levels, state.level),
    )
    if clean < needed:
        return state
    values: Values = {"school_days_without_occasion": clean, "needed": needed}
    lower = LEVELS[LEVELS.index(state.level) - 1]
    moment.emit(LevelSteppedDown, "level.stepped_down", values=values, level=lower, previous=state.level)
    moment.emit(RecognitionDue, "recognition.due", values=values)
    state = require_notice(moment, state, "recognition", "recognition.due", values=values)
    state = complete(moment, state, state.level)
    return replace(state, level=lower, entries=_monitored_again(moment, state, lower))


def _monitored_again(moment: Moment, state: PupilState, level: Level) -> tuple[Entry, ...]:
    if level == "prevention":
        return state.entries
    entry = state.entry(level) or Entry(level, moment.at, moment.day)
    return _with(state, replace(entry, monitored_from=moment.day))
