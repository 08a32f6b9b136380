"""The expectations of a scenario."""

from collections.abc import Callable
from typing import Any, get_args

from deploy.scenario.model import Expectation
from deploy.scenario.yaml_reader import Value, day, flag, list_of, literal, number, one_of, table, text
from services.escalation.ladder.acts import DaDecision
from services.escalation.ladder.state import Disposition, NoticeState, Proposed
from shared.contracts.registry import EVENT_TYPES
from shared.contracts.terms import LEGAL_NOTICES, Level, MeetingKind, NoticeKind

ANSWERS = tuple(f"da.{decision}" for decision in get_args(DaDecision))
"""The answer of the District Attorney's office is an event by the name of what it decided."""
NOT_YET = ("packet.submitted", "outcome.received")
"""Types that the architecture names and that no service sends yet: a scenario may exclude them."""
SENT = [
    kind + (f":{state}" if state != "required" else "")
    for kind in get_args(NoticeKind)
    for state in get_args(NoticeState)
]


def _iso(value: Value) -> str:
    return day(value).isoformat()


def _disposition(value: Value) -> dict[str, str]:
    row = table(value)
    found = {level: row.take(level, literal(Disposition), None) for level in ("level_1", "level_2")}
    row.done()
    return {level: found[level] for level in row.fields}


CAN_BE_EXPECTED: dict[str, Callable[[Value], Any]] = {
    "occasions": number,
    "court_grade_full_days": number,
    "reports": number,
    "habitual": flag,
    "chronic_truant": flag,
    "chronic_absent": flag,
    "severely_absent": flag,
    "state_reportable": flag,
    "days_absent": number,
    "level": literal(Level),
    "proposed": literal(Proposed),
    "waiting": list_of(literal(Level)),
    "notices": list_of(one_of(sorted(LEGAL_NOTICES))),
    "sent": list_of(one_of(SENT)),
    "meetings_required": list_of(literal(MeetingKind)),
    "disposition": _disposition,
    "review": flag,
    "adult": flag,
    "parked": number,
    "report_dates": list_of(_iso),
    "report_days": list_of(list_of(_iso)),
}


def read_expectation(value: Value, students: set[str]) -> Expectation:
    row = table(value)
    student = row.take("student", one_of(sorted(students)))
    at = row.take("at", day, None)
    found = {name: row.take(name, convert, None) for name, convert in CAN_BE_EXPECTED.items()}
    include, exclude = row.take("events", _events, ((), ()))
    row.done()
    values = {name: found[name] for name in row.fields if name in CAN_BE_EXPECTED}
    return Expectation(student, at, values, include, exclude, value.line)


def _events(value: Value) -> tuple[tuple[str, ...], tuple[str, ...]]:
    row = table(value)
    types = list_of(_event_type)
    include, exclude = row.take("include", types, []), row.take("exclude", types, [])
    row.done()
    return tuple(include), tuple(exclude)


def _event_type(value: Value) -> str:
    found = text(value)
    if found not in EVENT_TYPES and found not in (*ANSWERS, *NOT_YET):
        raise value.fail(f"{found!r} is not a type of event")
    return found
