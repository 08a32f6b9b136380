"""From rows of the store to a history. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, NamedTuple

from services.escalation.ladder import Close, HeldSteps, parse_act
from services.escalation.policies import Choice
from services.escalation.pupils import calendar_of, mark_of, pupil_of
from services.escalation.simulation.history import (
    Calendar,
    Chosen,
    Closed,
    Did,
    DistrictHistory,
    Order,
    PupilHistory,
    Snapshot,
    Statement,
    Switched,
)
from shared.contracts.terms import Level

Row = Any
BEFORE_ALL = datetime.min.replace(tzinfo=UTC)


class DistrictRows(NamedTuple):
    closes: Sequence[Row]
    calendars: Sequence[Row]
    choices: Sequence[Row]
    switches: Sequence[Row]
    stops: Sequence[Row]


def district_history(district: str, rows: DistrictRows, through: int) -> DistrictHistory:
    """What was taken up to the number `through`."""
    switches = _switched(rows.switches)
    return DistrictHistory(
        district,
        closes=_closes([row for row in rows.closes if row["taken"] <= through], switches, rows.stops),
        calendars=_by_school(Calendar(_order(row), calendar_of(row)) for row in rows.calendars),
        choices=[Chosen(_order(row), _choice(row)) for row in rows.choices],
        switches=switches,
    )


def _order(row: Row, at: datetime = BEFORE_ALL) -> Order:
    return row["taken"], at


def _choice(row: Row) -> Choice:
    return Choice(row["policy"], row["overrides"], row["effective_from"] or date.min)


def _by_school(calendars: Iterable[Calendar]) -> dict[str, list[Calendar]]:
    found: defaultdict[str, list[Calendar]] = defaultdict(list)
    for known in calendars:
        found[known.calendar.school].append(known)
    return dict(found)


def _switched(rows: Sequence[Row]) -> list[Switched]:
    held: dict[Level, Any] = {}
    switched = []
    for row in rows:
        held = {step: cause for step, cause in held.items() if step != row["step"]}
        if row["stopped"]:
            held[row["step"]] = "kill_switch"
        switched.append(Switched(_order(row, row["at"]), held))
    return switched


def _closes(rows: Sequence[Row], switches: Sequence[Switched], stops: Sequence[Row]) -> dict[str, list[Closed]]:
    stopped: defaultdict[tuple[str, date], dict[Level, Any]] = defaultdict(dict)
    for row in stops:
        stopped[row["school"], row["day"]][row["step"]] = "blast_radius"
    closes: defaultdict[str, list[Closed]] = defaultdict(list)
    for row in rows:
        order = _order(row, row["closed_at"])
        close = Close(row["school"], row["day"], as_said(row["closed_at"], row["utc_offset"]))
        held = stopped.get((row["school"], row["day"]), {})
        closes[row["school"]].append(Closed(order, close, _held_at(switches, order), held))
    return dict(closes)


def _held_at(switches: Sequence[Switched], order: Order) -> HeldSteps:
    return next((switched.held for switched in reversed(switches) if switched.order < order), {})


def as_said(at: datetime, offset: timedelta | None) -> datetime:
    """The time with the offset with which it was said: decisions repeat it."""
    return at.astimezone(timezone(offset)) if offset else at


class PupilRows(NamedTuple):
    snapshots: Sequence[Row]
    statements: Sequence[Row]
    acts: Sequence[Row]


def pupil_histories(rows: PupilRows) -> list[PupilHistory]:
    """In the order of the snapshots."""
    said, did = _by_student(rows.statements), _by_student(rows.acts)
    return [
        PupilHistory(
            student,
            snapshots=[_snapshot(row) for row in known],
            statements=[_statement(row) for row in said.get(student, ())],
            acts=[Did(_order(row, row["at"]), parse_act(row["body"])) for row in did.get(student, ())],
            subgroups=tuple(known[-1]["subgroups"]),
        )
        for student, known in _by_student(rows.snapshots).items()
    ]


def _by_student(rows: Iterable[Row]) -> dict[str, list[Row]]:
    found: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["student"]].append(row)
    return found


def _snapshot(row: Row) -> Snapshot:
    pupil = pupil_of(row)
    latest = max(pupil.enrolments, key=lambda enrolment: enrolment.entered, default=None)
    return Snapshot(_order(row), pupil, latest.school if latest else None)


def _statement(row: Row) -> Statement:
    return Statement(
        _order(row, row["known_at"]),
        row["school"],
        row["day"],
        row["period"],
        row["rev"],
        row["sequence"],
        None if row["retracted"] else mark_of(row),
    )
