"""Streams the demo district through the running stack in time-lapse, and goes on where it stopped."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cached_property
from itertools import groupby, islice
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg

from deploy.demo.calendar import FIRST_DAY, SCHOOL_YEAR, school_days
from deploy.demo.district import LANGUAGES, TIMEZONE, District, Pupil, School, build_district
from deploy.demo.heard import Heard, hearing
from deploy.demo.services import Escalation, Ingest, connect
from deploy.demo.simulate import Close, Day, simulate
from deploy.demo.staff import ACTED_ON, Diary, PlannedAct
from deploy.embedded.state import StackInfo
from services.ingest.keys import create_key
from shared.contracts.envelope import derived_id

EVENING = time(18)
RELEASE = {"level_2": "person", "blast_radius": {"pupils": 12}}
"""The demo district lets a person look before a second notice goes out, and stops a step that too many would take at once."""
ROSTER_BATCH = 500
ACTS_AT_ONCE = 8


@dataclass(slots=True)
class Progress:
    """How far the demo is."""

    district: str
    day: date
    """The day that was closed last."""
    days_done: int = 0
    days_wanted: int = 0
    marks: int = 0
    refused_marks: int = 0
    acts: int = 0
    refused_acts: int = 0
    unheard: bool = False
    """Some message never came back, so that the days no longer wait for messages: another run may come out otherwise."""


OnProgress = Callable[[Progress], None]


@dataclass
class _Demo:
    """The district with the services it talks to."""

    district: District
    ingest: Ingest
    escalation: Escalation
    diary: Diary
    heard: Heard
    progress: Progress
    on_progress: OnProgress
    read_up_to: int = 0

    @cached_property
    def school_of(self) -> dict[str, str]:
        return {pupil.id: pupil.school.id for pupil in self.district.pupils}


async def run_demo(
    info: StackInfo, pupils: int, seed: int, days: int | None = None, on_progress: OnProgress = lambda progress: None
) -> Progress:
    """Stream `days` further school days (None: to the end of the year) of the district of that size and seed.

    Raises RequestRefused, ServiceAway, NotProcessed; what was sent stays, and the next run goes on from there.
    """
    district = build_district(pupils, seed, district=f"demo-{pupils}-{seed}")
    async with _connected(info, district, on_progress) as demo:
        closed = await _closed_days(demo)
        if not closed:
            await _send_district(demo)
        to_do = list(islice(_still_open(simulate(district), closed), days))
        demo.progress.days_wanted = len(to_do)
        for day in to_do:
            await _stream_day(demo, day)
    return demo.progress


@asynccontextmanager
async def _connected(info: StackInfo, district: District, on_progress: OnProgress) -> AsyncIterator[_Demo]:
    key = await _new_key(info, district.id)
    async with (
        connect(info.urls["ingest"], key) as ingest,
        connect(info.urls["escalation"], info.staff_token) as escalation,
        hearing(info, district.id) as heard,
    ):
        yield _Demo(
            district,
            Ingest(ingest),
            Escalation(escalation, district.id),
            Diary(district.seed, district.watched),
            heard,
            Progress(district.id, FIRST_DAY),
            on_progress,
        )


async def _new_key(info: StackInfo, district: str) -> str:
    connection = await asyncpg.connect(info.database_url("ingest"), server_settings={"search_path": "ingest"})
    try:
        return await create_key(connection, district, "demo")
    finally:
        await connection.close()


async def _closed_days(demo: _Demo) -> dict[str, date]:
    status = await demo.ingest.status()
    return {row["school"]: date.fromisoformat(row["last_close"]) for row in status if row["last_close"]}


def _still_open(days: Iterable[Day], closed: dict[str, date]) -> Iterable[Day]:
    """The days of which some school's close is missing: on the rest everything was sent."""
    return (day for day in days if any(closed.get(close.school, date.min) < close.day for close in day.closes))


def local(day: date, at: time) -> datetime:
    return datetime.combine(day, at, ZoneInfo(TIMEZONE))


async def _send_district(demo: _Demo) -> None:
    at, calendars = local(FIRST_DAY, time(7)), {}
    for school in demo.district.schools:
        answer = await demo.ingest.put_calendar(school.id, calendar_of(school), at)
        calendars[school.id] = answer["revision"]
    students = [student_of(pupil) for pupil in demo.district.pupils]
    for start in range(0, len(students), ROSTER_BATCH):
        await demo.ingest.put_roster(students[start : start + ROSTER_BATCH], at)
    await demo.escalation.choose_policy("us-ca", {"release": RELEASE}, at)
    await demo.escalation.wait_for_roster(len(students), calendars)


def calendar_of(school: School) -> dict[str, Any]:
    """As `PUT /v1/schools/{school}/calendar` wants it."""
    return {
        "name": school.name,
        "lea_type": "district",
        "school_year": SCHOOL_YEAR,
        "timezone": TIMEZONE,
        "instructional_days": [day.isoformat() for day in school_days()],
        "periods": list(school.periods),
        "language_share": {name: share * 100 for name, share in LANGUAGES.items() if name != "en"},
    }


def student_of(pupil: Pupil) -> dict[str, Any]:
    """As `PUT /v1/roster` wants it."""
    return {
        "id": pupil.id,
        "given_name": pupil.given_name,
        "family_name": pupil.family_name,
        "birth_date": pupil.birth_date.isoformat(),
        "enrolments": [pupil.enrolment.model_dump(mode="json")],
        "guardians": [guardian.model_dump(mode="json") for guardian in pupil.guardians],
        "home_language": pupil.home_language,
        "subgroups": list(pupil.subgroups),
    }


async def _stream_day(demo: _Demo, day: Day) -> None:
    """What schools say while staff act, then the closes; then wait until the ladder has decided."""
    await _read_events(demo)
    async with asyncio.TaskGroup() as group:
        group.create_task(_send_statements(demo, day))
        group.create_task(_do_acts(demo, demo.diary.due(day.date)))
    await _close(demo, day.closes, local(day.date, EVENING))
    await demo.heard.wait(local(day.date, EVENING))
    demo.progress.unheard = demo.heard.gave_up
    demo.progress.day = day.date
    demo.progress.days_done += 1
    demo.on_progress(demo.progress)


async def _read_events(demo: _Demo) -> None:
    async for number, event in demo.escalation.events(demo.read_up_to, ACTED_ON):
        demo.read_up_to = number
        demo.diary.note(event)


async def _send_statements(demo: _Demo, day: Day) -> None:
    for at, statements in groupby(day.statements, key=lambda said: said.at):
        answers = await demo.ingest.send_marks([said.record() for said in statements], local(day.date, at))
        demo.progress.marks += len(answers)
        demo.progress.refused_marks += sum(answer["outcome"] == "rejected" for answer in answers)


async def _do_acts(demo: _Demo, acts: Sequence[PlannedAct]) -> None:
    """Hour by hour: the meetings of several pupils, then everything else, the acts about one pupil in order."""
    for _, due in groupby(acts, key=lambda act: act.at):
        meetings, others = by_meeting(list(due), demo.school_of)
        for meeting in meetings:
            if await _meet(demo, meeting):
                others += meeting
        await _act_one_by_one(demo, others)


def by_meeting(
    acts: Sequence[PlannedAct], school_of: Mapping[str, str]
) -> tuple[list[list[PlannedAct]], list[PlannedAct]]:
    """Acts of one hour as the group meetings of several pupils of a school, and the rest."""
    groups: dict[tuple[str, ...], list[PlannedAct]] = {}
    others = []
    for act in acts:
        if act.entry == "meeting" and act.fields["form"] == "group" and act.fields["status"] in ("scheduled", "held"):
            key = (school_of[act.student], act.fields["meeting"], act.fields["status"], act.fields.get("date", ""))
            groups.setdefault(key, []).append(act)
        else:
            others.append(act)
    alone = [act for group in groups.values() if len(group) == 1 for act in group]
    return [group for group in groups.values() if len(group) > 1], others + alone


async def _meet(demo: _Demo, acts: Sequence[PlannedAct]) -> bool:
    """One meeting for all of `acts`; true if it does not fit somebody and nothing was recorded."""
    first = acts[0]
    meeting: dict[str, Any] = {
        "id": str(derived_id("demo meeting", *sorted(act.id for act in acts))),
        "by": first.by,
        "kind": first.fields["meeting"],
        **{name: first.fields[name] for name in ("status", "form", "date") if name in first.fields},
        "pupils": [{"student": act.student, "agreement": act.fields.get("agreement", "none")} for act in acts],
    }
    if await demo.escalation.meet(meeting, first.at):
        return True
    demo.progress.acts += len(acts)
    return False


async def _act_one_by_one(demo: _Demo, acts: Sequence[PlannedAct]) -> None:
    by_pupil: dict[str, list[PlannedAct]] = {}
    for act in acts:
        by_pupil.setdefault(act.student, []).append(act)
    at_once = asyncio.Semaphore(ACTS_AT_ONCE)

    async def do_acts(acts: Sequence[PlannedAct]) -> None:
        async with at_once:
            for act in acts:
                refused = await demo.escalation.act(act.student, act.body(), act.at)
                demo.progress.acts += 1
                demo.progress.refused_acts += refused is not None

    async with asyncio.TaskGroup() as group:
        for each in by_pupil.values():
            group.create_task(do_acts(each))


async def _close(demo: _Demo, closes: Sequence[Close], at: datetime) -> None:
    """Each school's days in order, the schools at once."""

    async def close_school(school: str, days: list[date]) -> None:
        for day in days:
            await demo.ingest.close(school, day, at)

    by_school: dict[str, list[date]] = {}
    for close in closes:
        by_school.setdefault(close.school, []).append(close.day)
    async with asyncio.TaskGroup() as group:
        for school, days in by_school.items():
            group.create_task(close_school(school, days))
    await demo.escalation.wait_for_closes({school: days[-1] for school, days in by_school.items()})
