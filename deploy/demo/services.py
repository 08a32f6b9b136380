"""What the demo, the loader and the live scenarios ask of the services, as calls with values."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

import httpx

from deploy.demo.client import RequestRefused, ask
from deploy.demo.staff import LadderEvent

SeenT = TypeVar("SeenT")
BATCH = 5000
"""Records of one request; ingest takes no more."""


LOOK_AGAIN = 0.02
"""Seconds between two looks at what has arrived."""


class NotProcessed(Exception):
    """What was sent has not arrived at escalation for longer than the patience."""


def named_time(at: datetime | None) -> dict[str, str]:
    """The header that tells a system on a driven clock what time it is; nothing for one on the real clock."""
    return {} if at is None else {"Rollcall-At": at.isoformat()}


@dataclass(frozen=True, slots=True)
class Ingest:
    """The HTTP of ingest, for one district (the key says which)."""

    http: httpx.AsyncClient

    async def put_calendar(self, school: str, calendar: Mapping[str, Any], at: datetime | None = None) -> Any:
        return await ask(
            self.http, "PUT", f"/v1/schools/{school}/calendar", json=dict(calendar), headers=named_time(at)
        )

    async def put_roster(
        self, students: Sequence[Mapping[str, Any]], at: datetime | None = None
    ) -> list[dict[str, Any]]:
        """Send part of the roster; the answers, one per student."""
        body = {"full": False, "students": list(students)}
        answer = await ask(self.http, "PUT", "/v1/roster", json=body, headers=named_time(at))
        return list(answer["records"])

    async def send_marks(
        self, records: Sequence[Mapping[str, Any]], at: datetime | None = None
    ) -> list[dict[str, Any]]:
        """Send marks and retractions in order, in as many requests as it takes; the answers, one per record."""
        answers: list[dict[str, Any]] = []
        for start in range(0, len(records), BATCH):
            body = {"records": list(records[start : start + BATCH])}
            answer = await ask(self.http, "POST", "/v1/marks", json=body, headers=named_time(at))
            answers += answer["records"]
        return answers

    async def close(self, school: str, day: date, at: datetime | None = None) -> Any:
        return await ask(self.http, "POST", f"/v1/schools/{school}/days/{day}/close", headers=named_time(at))

    async def schools(self) -> list[dict[str, Any]]:
        """The calendars of all schools."""
        return list((await ask(self.http, "GET", "/v1/schools"))["schools"])

    async def parked(self, student: str) -> int:
        """How many marks of the student wait in the data-quality queue."""
        answer = await ask(self.http, "GET", "/v1/parked", params={"student": student, "limit": 0})
        return sum(answer["counts"].values())

    async def status(self) -> list[dict[str, Any]]:
        """Per school: last mark, last closed day, parked records."""
        return list((await ask(self.http, "GET", "/v1/status"))["schools"])


@dataclass(frozen=True, slots=True)
class Escalation:
    """The HTTP of escalation, for one district."""

    http: httpx.AsyncClient
    district: str

    @property
    def _base(self) -> str:
        return f"/v1/districts/{self.district}"

    async def closed(self) -> dict[str, date]:
        """The last decided day of each school."""
        answer = await ask(self.http, "GET", f"{self._base}/closes")
        return {school: date.fromisoformat(day) for school, day in answer["closed"].items()}

    async def wait_for_closes(self, closes: Mapping[str, date]) -> None:
        """Return when each school is decided up to its day. Raises NotProcessed."""
        await _until(
            self.closed, lambda closed: all(closed.get(school, date.min) >= closes[school] for school in closes)
        )

    async def wait_for_roster(self, pupils: int, calendars: Mapping[str, int]) -> None:
        """Return when so many pupils and these revisions of calendars are known. Raises NotProcessed."""
        await _until(
            self.taken,
            lambda taken: (
                taken["pupils"] >= pupils
                and all(taken["calendars"].get(school, -1) >= calendars[school] for school in calendars)
            ),
        )

    async def wait_for_pupil(self, student: str, revision: int) -> None:
        """Return when that revision of the pupil is known. Raises NotProcessed."""
        await _until(lambda: self.pupil(student), lambda pupil: pupil["roster_revision"] >= revision)

    async def wait_for_attendance(self, marks: int, closes: int) -> None:
        """Return when so many marks were taken and so many closes decided. Raises NotProcessed."""
        await _until(self.taken, lambda taken: taken["marks"] >= marks and taken["closes"] >= closes)

    async def taken(self) -> dict[str, Any]:
        """How many marks, closes and pupils of the roster have arrived, and which revisions of calendars."""
        return dict(await ask(self.http, "GET", f"{self._base}/taken"))

    async def events(self, after: int, types: Sequence[str] = ()) -> AsyncIterator[tuple[int, LadderEvent]]:
        """The ladder's events after the number `after`, each with its own number."""
        while True:
            query = {"after": after, "types": ",".join(types), "limit": 1000}
            page = await ask(self.http, "GET", f"{self._base}/events", params=query)
            for row in page["events"]:
                yield row["number"], _ladder_event(row)
            if len(page["events"]) < 1000:
                return
            after = page["next"]

    async def act(self, student: str, act: Mapping[str, Any], at: datetime | None = None) -> str | None:
        """A person does something. None if it stands, otherwise why the rules do not allow it."""
        return await self._record(f"pupils/{student}/acts", act, at)

    async def _record(self, path: str, what: Mapping[str, Any], at: datetime | None) -> str | None:
        try:
            await ask(self.http, "POST", f"{self._base}/{path}", json=dict(what), headers=named_time(at))
        except RequestRefused as refused:
            if refused.status == 409:
                return str(refused.body["detail"])
            raise
        return None

    async def meet(self, meeting: Mapping[str, Any], at: datetime | None = None) -> str | None:
        """A meeting with several pupils. None if it stands, otherwise whom it does not fit and why."""
        return await self._record("meetings", meeting, at)

    async def choose_policy(self, policy: str, overrides: Mapping[str, Any], at: datetime | None = None) -> None:
        """The pack that judges the district from the next day on, with the district's own values over it."""
        wish = {"policy": policy, "overrides": dict(overrides)}
        await ask(self.http, "PUT", f"{self._base}/policy", json=wish, headers=named_time(at))

    async def pupil(self, student: str) -> dict[str, Any]:
        """Where the pupil stands: `state` by the names of the scenario language."""
        return dict(await ask(self.http, "GET", f"{self._base}/pupils/{student}"))

    async def explanation(self, student: str) -> list[dict[str, Any]]:
        """The pupil's story: marks, events and refused acts in order; `what` is the type."""
        return list((await ask(self.http, "GET", f"{self._base}/pupils/{student}/explanation"))["steps"])


async def _until(look: Callable[[], Awaitable[SeenT]], enough: Callable[[SeenT], bool], patience: float = 120) -> None:
    """Look until it is enough. Raises NotProcessed after `patience` seconds without any change."""
    seen = await look()
    deadline = time.monotonic() + patience
    while not enough(seen):
        if time.monotonic() > deadline:
            raise NotProcessed(f"escalation has not gone on for {patience:.0f} s; it has taken {seen}")
        await asyncio.sleep(LOOK_AGAIN)
        before, seen = seen, await look()
        if seen != before:
            deadline = time.monotonic() + patience


def _ladder_event(row: Mapping[str, Any]) -> LadderEvent:
    return LadderEvent(row["event_id"], row["type"], row["student"], datetime.fromisoformat(row["as_of"]), row["body"])


@asynccontextmanager
async def connect(url: str, token: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client for one service, with its bearer token."""
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=30) as client:
        yield client
