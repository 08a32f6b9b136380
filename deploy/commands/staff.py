"""What the commands for staff share: which pupil is meant, when something happened, and escalation's HTTP."""

import asyncio
from datetime import datetime, time
from typing import Any, NamedTuple
from urllib.parse import quote

import typer

from deploy.commands.output import Exit, fail

MORNING = time(9)


class Pupil(NamedTuple):
    district: str
    student: str

    @property
    def path(self) -> str:
        """As part of an address."""
        return quote(self.student, safe="")


def pupils_named(stack: Any, names: list[str]) -> list[Pupil]:
    """Pupils as the command line names them: PUPIL, or DISTRICT/PUPIL where several districts have one of that id."""
    return [_pupil(stack, name) for name in dict.fromkeys(names)]


def _pupil(stack: Any, name: str) -> Pupil:
    district, _, student = name.rpartition("/")
    return Pupil(district or only_district(stack, student), student)


def only_district(stack: Any, student: str) -> str:
    """The one district that has a pupil of this id."""
    districts = asyncio.run(_districts(stack.database_url("escalation"), student))
    if len(districts) > 1:
        fail(f"several districts have a pupil {student}; name one: " + ", ".join(f"{it}/{student}" for it in districts))
    if not districts:
        fail(f"no district has a pupil {student}")
    return districts[0]


def districts(stack: Any) -> list[str]:
    """All districts of the stack."""
    return list(_ask(stack, "GET", f"{stack.urls['escalation']}/v1/districts")["districts"])


async def _districts(database_url: str, student: str) -> list[str]:
    import asyncpg

    connection = await asyncpg.connect(database_url)
    try:
        rows = await connection.fetch("SELECT district FROM escalation.pupil WHERE student = $1 ORDER BY 1", student)
    finally:
        await connection.close()
    return [row["district"] for row in rows]


def moment(text: str | None) -> datetime | None:
    """A date (then 9:00) or a date and time, in this machine's zone where none is said; None stays None."""
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is no date or time, for example 2025-10-03T14:30", param_hint="--at"
        ) from None
    bare = len(text) == len("2025-10-03")
    at = datetime.combine(at.date(), MORNING) if bare else at
    return at if at.tzinfo else at.astimezone()


class Escalation:
    """Escalation's HTTP for one district of a running stack."""

    def __init__(self, stack: Any, district: str) -> None:
        self._stack = stack
        self._url = f"{stack.urls['escalation']}/v1/districts/{quote(district, safe='')}"

    def get(self, path: str, **query: str) -> Any:
        return self._ask("GET", path, params=query)

    def send(self, method: str, path: str, body: dict[str, Any], at: datetime | None) -> Any:
        """The answer's JSON; for a 409 too: what is in it says why. `at` is named where the stack's clock is driven."""
        headers = {}
        if self._stack.clock == "driven":
            if at is None:
                fail("this stack runs on a driven clock: say when, with --at 2025-10-03T14:30", Exit.USAGE)
            headers = {"Rollcall-At": at.isoformat()}
        return self._ask(method, path, json=body, headers=headers)

    def _ask(self, method: str, path: str, **request: Any) -> Any:
        return _ask(self._stack, method, self._url + path, **request)


def _ask(stack: Any, method: str, url: str, **request: Any) -> Any:
    """The answer's JSON, also that of 404 and 409. The command ends if the request or the service is not in order."""
    import httpx

    request["headers"] = {**request.get("headers", {}), "Authorization": f"Bearer {stack.staff_token}"}
    try:
        answer = httpx.request(method, url, timeout=30, **request)
    except httpx.TransportError as error:
        fail(f"escalation does not answer ({type(error).__name__})", Exit.NOT_RUNNING)
    if answer.status_code in (400, 422):
        fail(_detail(answer.json()), Exit.USAGE)
    if not answer.is_success and answer.status_code not in (404, 409):
        fail(f"escalation answered {answer.status_code}: {answer.text[:500]}")
    return answer.json()


def _detail(body: Any) -> str:
    """What is wrong with a request: a sentence, or one for each field."""
    detail = body.get("detail", body)
    if isinstance(detail, str):
        return detail
    return "; ".join(f"{'.'.join(map(str, each['loc'][1:]))}: {each['msg']}" for each in detail)
