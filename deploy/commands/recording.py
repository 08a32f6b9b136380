"""Sends acts to the running stack and says what came of each."""

from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID, uuid4, uuid5

import typer

from deploy.commands.output import Exit, console, errors, fail, print_json, running_stack
from deploy.commands.staff import Escalation, moment, pupils_named

Fields = dict[str, Any]


class How(NamedTuple):
    """The options that every act has."""

    data_dir: Path
    at: str | None
    id: str | None
    expect_version: int | None
    as_json: bool


def record(names: list[str], fields: Fields, how: How) -> None:
    """The same act for each pupil; with several each has an id that follows from the one given. Ends with exit code 1 if one
    was refused."""
    at, identity = moment(how.at), _identity(how.id)
    stack = running_stack(how.data_dir)
    pupils = pupils_named(stack, names)
    if how.expect_version is not None and len(pupils) > 1:
        fail("--expect-version is about one pupil; name one", Exit.USAGE)
    answers = []
    for pupil in pupils:
        own = identity if len(pupils) == 1 else uuid5(identity, "/".join(pupil))
        body = _without_none({**fields, "id": str(own), "at": _iso(at), "expected_version": how.expect_version})
        answer = Escalation(stack, pupil.district).send("POST", f"/pupils/{pupil.path}/acts", body, at)
        answers.append({"pupil": "/".join(pupil), "id": str(own), **answer})
    _say(answers, how.as_json)


def record_group(names: list[str], fields: Fields, how: How) -> None:
    """One meeting with several pupils, recorded for all or none."""
    at, identity = moment(how.at), _identity(how.id)
    stack = running_stack(how.data_dir)
    pupils = pupils_named(stack, names)
    if how.expect_version is not None:
        fail("--expect-version is about one pupil; this is a meeting with several", Exit.USAGE)
    districts = {pupil.district for pupil in pupils}
    if len(districts) > 1:
        fail(f"the pupils of one meeting belong to one district, not to {', '.join(sorted(districts))}", Exit.USAGE)
    named = [{"student": pupil.student} for pupil in pupils]
    body = _without_none({**fields, "id": str(identity), "at": _iso(at), "pupils": named})
    [district] = districts
    answer = Escalation(stack, district).send("POST", "/meetings", body, at)
    common = {"id": str(identity)} | ({"problem": "group", "detail": answer["detail"]} if "detail" in answer else {})
    own = [{**common, "pupil": f"{district}/{it['student']}", **it} for it in answer.get("pupils", [])]
    _say(own or [{"pupil": district, **common}], how.as_json)


def _say(answers: list[Fields], as_json: bool) -> None:
    if as_json:
        print_json(answers)
    else:
        for answer in answers:
            _say_one(answer)
    if any("problem" in answer for answer in answers):
        raise typer.Exit(Exit.FAILED)


def _say_one(answer: Fields) -> None:
    if "problem" in answer:
        errors.print(f"{answer['pupil']}: {answer['detail']}", style="red", markup=False, soft_wrap=True)
        for change in answer.get("changed", []):
            at = change["at"][:16].replace("T", " ")
            errors.print(f"  since then, {at}: {change['text']}", markup=False, soft_wrap=True)
        return
    console.print(f"{answer['pupil']}: {', '.join(answer['events'])}; version {answer['version']}", markup=False)
    console.print(f"  id {answer.get('act', answer['id'])}", style="dim", markup=False)


def _identity(text: str | None) -> UUID:
    try:
        return UUID(text) if text else uuid4()
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a UUID", param_hint="--id") from None


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _without_none(fields: Fields) -> Fields:
    return {name: value for name, value in fields.items() if value is not None}


def day(date: datetime | None) -> str | None:
    return date.date().isoformat() if date else None


def item_of(text: str) -> Fields:
    """ID:KIND:DUE[:TARGET] of a directive."""
    parts = text.split(":")
    if len(parts) not in (3, 4) or not all(parts):
        raise typer.BadParameter(f"{text!r} is not ID:KIND:DUE[:TARGET], for example csp:csp_hours:2026-03-01:20")
    named = dict(zip(("id", "kind", "due", "target"), parts, strict=False))
    return {**named, "target": _number(named["target"])} if "target" in named else named


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise typer.BadParameter(f"the target {text!r} is not a number") from None


def service(text: str) -> Fields:
    """WHOM:HOW:DAY of the service of a notice."""
    parts = text.split(":")
    if len(parts) != 3 or not all(parts):
        raise typer.BadParameter(f"{text!r} is not WHOM:HOW:DAY, for example parent:certified:2025-10-01")
    return dict(zip(("to", "method", "posted"), parts, strict=True))


def report_of(text: str) -> Fields:
    """DAY:DAY,DAY... of a report of another district."""
    made, _, days = text.partition(":")
    if not made or not days:
        raise typer.BadParameter(f"{text!r} is not DAY:DAY,DAY..., for example 2025-09-12:2025-09-08,2025-09-09")
    return {"day": made, "days": days.split(",")}
