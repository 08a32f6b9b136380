"""From a YAML file to a scenario. An unknown key, kind, pupil or value is an error that names file, line and key."""

from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import yaml

from deploy.scenario.expectations import read_expectation
from deploy.scenario.model import TIMEZONE, CloseEntry, Guardian, Scenario, School, Step, Student
from deploy.scenario.timeline import World, read_entry
from deploy.scenario.yaml_reader import (
    Value,
    amount,
    day,
    grade,
    items,
    list_of,
    moment,
    number,
    one_of,
    plain,
    read_yaml,
    table,
    text,
)
from services.escalation.policies import pack, policy_of

MORNING = time(9)
Named = TypeVar("Named", School, Student)
LEA_TYPES = ("district", "charter", "county")


def parse_file(path: Path) -> Scenario:
    """Raises ScenarioError, or OSError if the file cannot be read."""
    return parse(path.read_text(), path.name)


def parse(source: str, file: str) -> Scenario:
    top = table(read_yaml(source, file))
    title = top.take("scenario", text)
    policy = top.take("policy", _policy)
    overrides = top.take("overrides", lambda value: _overrides(value, policy), {})
    starts, ends = top.take("school_year", _school_year)
    days = _instructional_days(starts, ends, top.take("no_school", _no_school, set()))
    schools = top.take("schools", lambda value: _unlike(value, _school), (School("school"),))
    students = top.take("students", lambda value: _unlike(value, lambda row: _student(row, schools, starts)))
    close = top.take("close", one_of(("auto", "manual")), "auto")
    until = top.take("until", day, None)
    world = World(title, {student.id for student in students}, {school.id for school in schools}, days)
    timeline = _timeline(top.take("timeline", items, []), world, manual=close == "manual")
    expectations = tuple(read_expectation(value, world.students) for value in top.take("expect", items, []))
    top.done()
    year_start = policy_of(policy, overrides).counting.year_start
    return Scenario(
        file,
        title,
        policy,
        overrides,
        starts,
        ends,
        days,
        year_start,
        schools,
        students,
        timeline,
        close,
        until,
        expectations,
    )


def _policy(value: Value) -> str:
    name = text(value)
    try:
        pack(name)
    except (KeyError, ValueError) as error:
        raise value.fail(str(error.args[0])) from None
    return name


def _overrides(value: Value, policy: str) -> dict[str, Any]:
    table(value)
    overrides: dict[str, Any] = plain(value)
    try:
        policy_of(policy, overrides)
    except ValueError as error:
        raise value.fail(str(error)) from None
    return overrides


def _school_year(value: Value) -> tuple[date, date]:
    year = table(value)
    starts, ends = year.take("starts", day), year.take("ends", day)
    year.done()
    if starts >= ends:
        raise value.fail(f"it ends on {ends}, before it starts on {starts}")
    return starts, ends


def _no_school(value: Value) -> set[date]:
    return {off for item in items(value) for off in _days_off(item)}


def _days_off(value: Value) -> list[date]:
    if isinstance(value.node, yaml.ScalarNode):
        return [day(value)]
    span = table(value)
    first, last = span.take("from", day), span.take("to", day)
    span.done()
    if first > last:
        raise value.fail(f"{last} is before {first}")
    return _days_between(first, last)


def _days_between(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _instructional_days(starts: date, ends: date, off: set[date]) -> tuple[date, ...]:
    return tuple(each for each in _days_between(starts, ends) if each.weekday() < 5 and each not in off)


def _unlike(value: Value, read: Callable[[Value], Named]) -> tuple[Named, ...]:
    """A list of things that must have different ids."""
    found: dict[str, Named] = {}
    for item in items(value):
        thing = read(item)
        if thing.id in found:
            raise item.fail(f"{thing.id!r} stands here twice")
        found[thing.id] = thing
    return tuple(found.values())


def _school(value: Value) -> School:
    row = table(value)
    school = School(
        row.take("id", text),
        row.take("lea_type", one_of(LEA_TYPES), "district"),
        row.take("language_share", _language_share, {}),
        tuple(row.take("periods", list_of(number), [])),
    )
    row.done()
    return school


def _language_share(value: Value) -> dict[str, float]:
    return {language: amount(share) for language, share in table(value).fields.items()}


def _student(value: Value, schools: tuple[School, ...], starts: date) -> Student:
    row = table(value)
    known = [school.id for school in schools]
    if len(known) > 1 and "school" not in row.fields:
        raise value.fail("the key 'school' is missing; there is more than one school")
    student = Student(
        id=row.take("id", text),
        born=row.take("born", day),
        grade=row.take("grade", grade, None),
        school=row.take("school", one_of(known), known[0]),
        enrolled=row.take("enrolled", day, starts),
        exited=row.take("exited", day, None),
        guardians=tuple(row.take("guardians", list_of(_guardian), [])),
    )
    row.done()
    return student


def _guardian(value: Value) -> Guardian:
    row = table(value)
    values: dict[str, Any] = {
        each.name: row.take(each.name, text)
        for each in fields(Guardian)
        if each.name in row.fields or each.name == "id"
    }
    row.asked.extend(each.name for each in fields(Guardian))
    row.done()
    return Guardian(**values)


def _timeline(values: list[Value], world: World, *, manual: bool) -> tuple[Step, ...]:
    steps: list[Step] = []
    for order, value in enumerate(values):
        row = table(value)
        at = _local(row.take("at", moment))
        if steps and at < steps[-1].at:
            raise row.fields["at"].fail(f"{at.isoformat()} is earlier than the entry before it")
        entry = read_entry(row, at, order, world)
        if isinstance(entry, CloseEntry) and not manual:
            raise value.fail("days are closed by themselves; an entry 'close' goes with 'close: manual'")
        steps.append(Step(at, entry))
    return tuple(steps)


def _local(at: date | datetime) -> datetime:
    """At the school; a bare date is in the morning."""
    zone = ZoneInfo(TIMEZONE)
    if not isinstance(at, datetime):
        return datetime.combine(at, MORNING, zone)
    return at.replace(tzinfo=zone) if at.tzinfo is None else at.astimezone(UTC).astimezone(zone)
