"""Drives a running stack through a scenario: ingest by HTTP, the broker, escalation; then looks at what came out."""

import asyncio
import secrets
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, time
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar
from zoneinfo import ZoneInfo

import asyncpg

from deploy.demo.client import ask
from deploy.demo.services import Escalation, Ingest, connect
from deploy.embedded.state import StackInfo
from deploy.scenario.check import Observation, Report
from deploy.scenario.model import (
    TIMEZONE,
    ActEntry,
    CloseEntry,
    MarkEntry,
    RetractEntry,
    RosterEntry,
    Scenario,
    Step,
)
from deploy.scenario.parse import parse_file
from deploy.scenario.roster import changed, school_on
from deploy.scenario.run import drive
from deploy.scenario.snapshots import calendar_body, pupil_of, student_body
from services.escalation.ladder.acts import act_to_json
from services.ingest.keys import create_key
from shared.contracts.envelope import derived_id

ResultT = TypeVar("ResultT")
EARLY = time(6)
PUPILS_AT_ONCE = 8


class LiveError(Exception):
    """The stack does not take what the pure engine takes, or it does not run on a driven clock."""


def run_live(path: Path | str, info: StackInfo) -> Report:
    """The file through the running stack, in a district of its own whose families are told nothing.

    Not for use inside a running event loop. Raises ScenarioError, LiveError, RequestRefused, ServiceAway, NotProcessed.
    """
    if info.clock != "driven":
        raise LiveError("scenarios name their own time: start the stack with `rollcall up --clock driven`")
    scenario = parse_file(Path(path))
    with LiveRunner(scenario, info) as runner:
        return drive(scenario, runner)


@dataclass(slots=True)
class Sent:
    """What was sent and must have arrived at escalation before anybody looks at a pupil, or acts."""

    marks: int = 0
    closes: int = 0


@dataclass(slots=True)
class Moment:
    """What happens at one time and was not sent yet. Marks and acts of one time do not change each other's effect."""

    at: datetime | None = None
    said: list[tuple[MarkEntry | RetractEntry, dict[str, Any]]] = field(default_factory=list)
    acts: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """By pupil, in their order."""


class LiveRunner:
    """Implements `deploy.scenario.run.Runner`. Sends what happens at one time together, and waits only where the order across
    topics matters."""

    def __init__(self, scenario: Scenario, info: StackInfo) -> None:
        self._scenario = scenario
        self._info = info
        self._district = f"scenario-{secrets.token_hex(6)}"
        self._pupils = {student.id: pupil_of(student, self._district) for student in scenario.students}
        self._guardians = {student.id: student.guardians for student in scenario.students}
        self._sent = Sent()
        self._arrived = Sent()
        self._moment = Moment()
        self._closed: set[tuple[str, date]] = set()
        self._loop = asyncio.Runner()
        self._exits = AsyncExitStack()
        self._ingest: Ingest
        self._escalation: Escalation

    def __enter__(self) -> Self:
        self._do(self._prepare())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._do(self._exits.aclose())
        self._loop.close()

    def _do(self, work: Coroutine[Any, Any, ResultT]) -> ResultT:
        return self._loop.run(work)

    # The district

    async def _prepare(self) -> None:
        urls, token = self._info.urls, self._info.staff_token
        key = await _new_key(self._info, self._district)
        self._ingest = Ingest(await self._exits.enter_async_context(connect(urls["ingest"], key)))
        http = await self._exits.enter_async_context(connect(urls["escalation"], token))
        self._escalation = Escalation(http, self._district)
        await self._tell_no_family(urls["notifications"], token)
        policy = {"policy": self._scenario.policy, "overrides": self._scenario.overrides}
        await ask(http, "PUT", f"/v1/districts/{self._district}/policy", json=policy)
        await self._send_district()

    async def _tell_no_family(self, url: str, token: str) -> None:
        """Delivered notices would come back as contacts, and a scenario says itself who was contacted."""
        why = {"by": "scenario", "reason": "a scenario run"}
        async with connect(url, token) as http:
            await ask(
                http, "PUT", "/v1/switches", json={"district": self._district, "kind": "*", "stopped": True, **why}
            )

    async def _send_district(self) -> None:
        at = self._early()
        calendars = {}
        for school in self._scenario.schools:
            for year, days in self._scenario.years.items():
                answer = await self._ingest.put_calendar(school.id, calendar_body(school, year, days), at)
                calendars[school.id] = answer["revision"]
        await self._send_pupils(list(self._pupils), at)
        await self._escalation.wait_for_roster(len(self._pupils), calendars)

    def _early(self) -> datetime:
        """Before everything else that happens."""
        first = min([self._scenario.starts, *(step.at.date() for step in self._scenario.timeline)])
        return datetime.combine(first, EARLY, ZoneInfo(TIMEZONE))

    async def _send_pupils(self, students: list[str], at: datetime) -> list[int]:
        """The revisions of their snapshots in ingest."""
        rows = [student_body(self._pupils[student], self._guardians[student]) for student in students]
        answers = await self._ingest.put_roster(rows, at)
        for answer in answers:
            if answer["outcome"] == "rejected":
                raise LiveError(f"student {answer.get('id')}, {answer['field']}: {answer['reason']}")
        return [answer.get("revision", 0) for answer in answers]

    # The timeline

    def mark(self, step: Step, entry: MarkEntry) -> None:
        values = {name: value for name, value in asdict(entry).items() if value is not None}
        if "by" in values:
            values["recorded_by"] = values.pop("by")
        if entry.suspension and entry.excuse is None:
            values["excuse"] = "excused"
        if entry.status == "present":  # who is there missed nothing: ingest takes no excuse for it, the language does
            values = {name: value for name, value in values.items() if name not in ("excuse", "minutes")}
        self._say(step, entry, values)

    def retract(self, step: Step, entry: RetractEntry) -> None:
        self._say(
            step, entry, {name: value for name, value in asdict(entry).items() if value is not None} | {"retract": True}
        )

    def _say(self, step: Step, entry: MarkEntry | RetractEntry, values: dict[str, Any]) -> None:
        pupil = self._pupils[entry.student]
        school = school_on(pupil, entry.day) or pupil.enrolments[-1].school
        if entry.student in self._at(step.at).acts:
            self._send()  # what the act asks for is sent before what the mark asks for
        self._at(step.at).said.append((entry, {**values, "day": entry.day.isoformat(), "school": school}))
        if school != school_on(pupil, step.at.date()):
            self._settle()  # the school that decides about the pupil is in another partition

    def _at(self, at: datetime) -> Moment:
        """Where to put what happens `at` that time; what happened before is sent first."""
        if self._moment.at != at:
            self._send()
            self._moment.at = at
        return self._moment

    def _send(self) -> None:
        moment, self._moment = self._moment, Moment()
        if moment.said:
            self._send_marks(moment)
        if moment.acts:
            self._wait()
            self._do(self._send_acts(moment))

    def _send_marks(self, moment: Moment) -> None:
        answers = self._do(self._ingest.send_marks([record for _, record in moment.said], moment.at))
        for (entry, _), answer in zip(moment.said, answers, strict=True):
            takes_nothing_back = isinstance(entry, RetractEntry) and answer.get("field") == "retract"
            if answer["outcome"] == "rejected" and not takes_nothing_back:
                raise LiveError(
                    f"{self._scenario.file}: {entry.student} {entry.day}, {answer['field']}: {answer['reason']}"
                )
            self._sent.marks += answer["outcome"] == "accepted"

    async def _send_acts(self, moment: Moment) -> None:
        """Those about one pupil in their order, several pupils at once."""
        at_once = asyncio.Semaphore(PUPILS_AT_ONCE)

        async def act(student: str, acts: list[dict[str, Any]]) -> None:
            async with at_once:
                for each in acts:
                    await self._escalation.act(student, each, moment.at)

        async with asyncio.TaskGroup() as group:
            for student, acts in moment.acts.items():
                group.create_task(act(student, acts))

    def act(self, step: Step, entry: ActEntry) -> None:
        act = act_to_json(entry.act) | {"id": str(derived_id(self._district, entry.act.id))}
        if act["kind"] == "act":
            act["reason"] = act["reason"] or "the scenario says so"  # staff must give one
        self._at(step.at).acts.setdefault(entry.student, []).append(act)

    def roster(self, step: Step, entry: RosterEntry) -> None:
        self._settle()
        self._pupils[entry.student] = changed(self._pupils[entry.student], entry.change, step.at.date())
        [revision] = self._do(self._send_pupils([entry.student], step.at))
        self._do(self._escalation.wait_for_pupil(entry.student, revision))

    def close(self, step: Step, entry: CloseEntry) -> None:
        self._send()
        for school in self._scenario.schools:
            self._do(self._ingest.close(school.id, entry.day, step.at))
            self._closed.add((school.id, entry.day))
        self._sent.closes = len(self._closed)

    def state_of(self, student: str) -> Observation:
        self._settle()
        return self._do(self._observe(student))

    async def _observe(self, student: str) -> Observation:
        pupil = await self._escalation.pupil(student)
        steps = await self._escalation.explanation(student)
        parked = await self._ingest.parked(student)
        events = {"act.refused" if step["what"] == "act" else step["what"] for step in steps}
        return Observation({**pupil["state"], "parked": parked}, events)

    def _settle(self) -> None:
        """Return when escalation has taken and decided everything that happened so far."""
        self._send()
        self._wait()

    def _wait(self) -> None:
        if self._arrived != self._sent:
            self._do(self._escalation.wait_for_attendance(self._sent.marks, self._sent.closes))
            self._arrived = replace(self._sent)


async def _new_key(info: StackInfo, district: str) -> str:
    connection = await asyncpg.connect(info.database_url("ingest"), server_settings={"search_path": "ingest"})
    try:
        return await create_key(connection, district, "scenario")
    finally:
        await connection.close()
