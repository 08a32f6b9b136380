"""The entries of a timeline."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from deploy.scenario.model import ActEntry, CloseEntry, Entry, MarkEntry, RetractEntry, RosterEntry
from deploy.scenario.yaml_reader import (
    Table,
    Value,
    amount,
    day,
    flag,
    grade,
    items,
    list_of,
    literal,
    number,
    one_of,
    table,
    text,
)
from services.escalation.ladder import ActError, parse_act
from services.escalation.ladder.acts import DaDecision, Do
from shared.contracts.envelope import derived_id
from shared.contracts.terms import (
    AgreementOutcome,
    ContactChannel,
    ContactOutcome,
    DirectiveItemKind,
    Excuse,
    Level,
    MeetingForm,
    MeetingKind,
    MeetingStatus,
    Reason,
    Role,
    ServiceMethod,
    Status,
    Suspension,
)

SOMEBODY = "staff"
"""Who did it, where a scenario does not say."""


@dataclass(frozen=True, slots=True)
class World:
    """What entries may name."""

    title: str
    students: set[str]
    schools: set[str]
    days: tuple[date, ...]


def read_entry(row: Table, at: datetime, order: int, world: World) -> Entry:
    """The one entry of `row`, beside its `at`."""
    kinds = [key for key in row.fields if key != "at"]
    unknown = [key for key in kinds if key not in (*ENTRIES, *ACTS)]
    if unknown:
        raise row.fields[unknown[0]].fail(f"unknown kind of entry; kinds are: {', '.join((*ENTRIES, *ACTS))}")
    if len(kinds) != 1:
        raise row.value.fail(f"one entry needs exactly one kind, not {', '.join(kinds) or 'none'}")
    value = row.fields[kinds[0]]
    body = table(value)
    entry = _act(value, body, at, order, world) if value.key in ACTS else ENTRIES[value.key](body, world)
    body.done()
    return entry


def _mark(body: Table, world: World) -> Entry:
    entry = MarkEntry(
        student=body.take("student", _student(world)),
        day=body.take("day", day),
        period=body.take("period", number, None),
        status=body.take("status", literal(Status)),
        excuse=body.take("excuse", literal(Excuse), None),
        minutes=body.take("minutes", number, None),
        reason=body.take("reason", literal(Reason), None),
        suspension=body.take("suspension", literal(Suspension), None),
        rev=body.take("rev", number, None),
        by=body.take("by", text, None),
    )
    if entry.status != "absent" or entry.excuse is not None:
        return entry
    if entry.suspension is not None:
        return replace(entry, excuse="excused")
    raise body.value.fail("an absence needs the key 'excuse': excused, unexcused or unverified")


def _retract(body: Table, world: World) -> Entry:
    return RetractEntry(
        body.take("student", _student(world)),
        body.take("day", day),
        body.take("period", number, None),
        body.take("rev", number, None),
    )


def _close(body: Table, world: World) -> Entry:
    def instructional(value: Value) -> date:
        found = day(value)
        if found not in world.days:
            raise value.fail(f"there is no school on {found}")
        return found

    return CloseEntry(body.take("day", instructional))


def _roster(body: Table, world: World) -> Entry:
    def change(value: Value) -> dict[str, Any]:
        row = table(value)
        converts: dict[str, Callable[[Value], Any]] = {
            "school": one_of(sorted(world.schools)),
            "grade": grade,
            "enrolled": day,
            "exited": day,
            "born": day,
        }
        changed = {key: row.take(key, convert, None) for key, convert in converts.items()}
        row.done()
        if not row.fields:
            raise value.fail("nothing changes")
        return {key: changed[key] for key in row.fields}

    return RosterEntry(body.take("student", _student(world)), body.take("change", change))


ENTRIES: dict[str, Callable[[Table, World], Entry]] = {
    "mark": _mark,
    "retract": _retract,
    "close": _close,
    "roster": _roster,
}


def _student(world: World) -> Callable[[Value], str]:
    return one_of(sorted(world.students))


def _act(value: Value, body: Table, at: datetime, order: int, world: World) -> Entry:
    student = body.take("student", _student(world))
    by = body.take("by", text) if value.key == "act" else body.take("by", text, SOMEBODY)
    given = {key: found for key, found in ACTS[value.key](body).items() if found is not None}
    identity = derived_id("scenario", world.title, order)
    try:
        act = parse_act({"kind": value.key, "id": identity, "at": at, "by": by, **given})
    except ActError as error:
        raise value.fail(str(error)) from None
    return ActEntry(student, act)


def _contact(body: Table) -> dict[str, Any]:
    return {
        "channel": body.take("channel", literal(ContactChannel)),
        "outcome": body.take("outcome", literal(ContactOutcome)),
    }


def _meeting(body: Table) -> dict[str, Any]:
    return {
        "meeting": body.take("kind", literal(MeetingKind)),
        "status": body.take("status", literal(MeetingStatus)),
        "form": body.take("form", literal(MeetingForm), None),
        "date": body.take("date", day, None),
        "statutory": body.take("statutory", flag, None),
        "served": body.take("served", list_of(_service), None),
        "agreement": body.take("agreement", literal(AgreementOutcome), None),
        "participants": body.take("participants", list_of(literal(Role)), None),
        "reason": body.take("reason", text, None),
    }


def _service(value: Value) -> dict[str, Any]:
    row = table(value)
    service = {
        "to": row.take("to", one_of(("parent", "pupil"))),
        "method": row.take("method", literal(ServiceMethod)),
        "posted": row.take("posted", day),
    }
    row.done()
    return service


def _import(body: Table) -> dict[str, Any]:
    return {
        "days": body.take("days", list_of(day)),
        "reports": body.take("reports", list_of(_imported_report), None),
        "source": body.take("source", text),
        "reason": body.take("reason", text),
    }


def _imported_report(value: Value) -> dict[str, Any]:
    row = table(value)
    report = {"day": row.take("day", day), "days": row.take("days", list_of(day))}
    row.done()
    return report


def _directive(body: Table) -> dict[str, Any]:
    return {"items": body.take("items", lambda value: [_item(item) for item in items(value)])}


def _item(value: Value) -> dict[str, Any]:
    row = table(value)
    item = {
        "id": row.take("id", text),
        "kind": row.take("kind", literal(DirectiveItemKind)),
        "target": row.take("target", amount, None),
        "due": row.take("due", day),
    }
    row.done()
    return item


def _progress(body: Table) -> dict[str, Any]:
    return {
        "item": body.take("item", text),
        "hours": body.take("hours", amount, None),
        "state": body.take("state", one_of(("done", "failed")), None),
    }


def _decision(body: Table) -> dict[str, Any]:
    return {
        "do": body.take("do", literal(Do)),
        "step": body.take("step", literal(Level), None),
        "basis": body.take("basis", text, None),
        "reason": body.take("reason", text, None),
    }


def _answer(body: Table) -> dict[str, Any]:
    return {
        "decision": body.take("decision", literal(DaDecision)),
        "reason": body.take("reason", text, None),
        "basis": body.take("basis", text, None),
    }


ACTS: dict[str, Callable[[Table], dict[str, Any]]] = {
    "contact": _contact,
    "meeting": _meeting,
    "import": _import,
    "directive": _directive,
    "progress": _progress,
    "act": _decision,
    "da": _answer,
}
