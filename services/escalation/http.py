"""HTTP of escalation, for staff tools: what people do about a pupil, where a pupil stands, and why."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Header, HTTPException, Query, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict

from services.escalation import act as acting
from services.escalation import explain, store, store_read
from services.escalation.ladder import ActError, initial_state, parse_act, state_from_json
from services.escalation.ladder import summary as summary_of
from services.escalation.policies import policy_of
from services.escalation.settings import EscalationSettings
from services.escalation.store import PupilKey
from shared.contracts.terms import Level
from shared.runtime.auth import require_staff
from shared.runtime.clock import DrivenClock
from shared.runtime.service import Runtime


class DistrictPolicy(BaseModel):
    model_config = ConfigDict(extra="forbid")

    policy: str
    overrides: dict[str, Any] = {}


def routers(runtime: Runtime) -> Sequence[APIRouter]:
    assert isinstance(runtime.settings, EscalationSettings)
    staff = [Depends(require_staff(runtime.settings.staff_token))]
    return (_overview(runtime, staff), _pupils(runtime, staff), _acts(runtime, staff))


def _overview(runtime: Runtime, staff: list[Any]) -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["overview"], dependencies=staff)

    @router.get("/summary")
    async def summary() -> dict[str, Any]:
        """Counts over all districts: pupils per level, occasions, reports, marks, closes."""
        async with runtime.pool.acquire() as connection:
            return await store_read.summary(connection)

    @router.get("/districts/{district}/closes")
    async def closes(district: str) -> dict[str, Any]:
        """The last day of each school that has been decided."""
        async with runtime.pool.acquire() as connection:
            rows = await store_read.last_closed_days(connection, district)
        return {"closed": {row["school"]: row["day"] for row in rows}}

    @router.get("/districts/{district}/taken")
    async def taken(district: str) -> dict[str, Any]:
        """How much has arrived by Kafka: statements, closed days, pupils of the roster, revisions of calendars."""
        async with runtime.pool.acquire() as connection:
            calendars = await store_read.calendar_revisions(connection, district)
            counts = await store_read.taken(connection, district)
        return {**dict(counts), "calendars": {row["school"]: row["revision"] for row in calendars}}

    @router.get("/districts/{district}/events")
    async def events(
        district: str, after: int = 0, types: str = "", limit: Annotated[int, Query(ge=1, le=5000)] = 500
    ) -> dict[str, Any]:
        """The ladder's events after a number, oldest first: `next` is the `after` of the following call."""
        wanted = [name for name in types.split(",") if name]
        async with runtime.pool.acquire() as connection:
            rows = await store_read.feed(connection, district, after, wanted, limit)
        return {"events": [dict(row) for row in rows], "next": rows[-1]["number"] if rows else after}

    @router.put("/districts/{district}/policy", status_code=204)
    async def set_policy(district: str, body: DistrictPolicy) -> None:
        """Choose the policy pack that judges the district, with the district's own values over it."""
        try:
            policy_of(body.policy, body.overrides)
        except (KeyError, ValueError) as error:
            raise HTTPException(422, str(error.args[0])) from error
        async with runtime.log.transaction() as connection:
            await store.save_district_policy(connection, district, body.policy, body.overrides)

    return router


def _pupils(runtime: Runtime, staff: list[Any]) -> APIRouter:
    router = APIRouter(prefix="/v1/districts/{district}/pupils", tags=["pupils"], dependencies=staff)

    @router.get("")
    async def pupils(
        district: str, level: Level, after: str = "", limit: Annotated[int, Query(ge=1, le=5000)] = 100
    ) -> dict[str, Any]:
        """Pupils who stand at `level`, by id."""
        async with runtime.pool.acquire() as connection:
            return {
                "pupils": [dict(row) for row in await store_read.pupils_at(connection, district, level, after, limit)]
            }

    @router.get("/{student}")
    async def pupil(district: str, student: str) -> dict[str, Any]:
        """Where the pupil stands now. `known` is false while marks wait for the roster to name the pupil."""
        async with runtime.pool.acquire() as connection:
            row = await store_read.state(connection, district, student)
            if row is None:
                raise HTTPException(404, f"nothing is known about pupil {student} of {district}")
            told = [alert["as_of"] for alert in await store_read.alerts(connection, district, student)]
            closed = {
                close["school"]: close["day"] for close in await store_read.last_closed_days(connection, district)
            }
        state = state_from_json(row["state"]) if row["state"] else initial_state(row["school_year"] or "")
        return {**dict(row), "state": summary_of(state, closed.get(row["school"]), told)}

    @router.get("/{student}/explanation")
    async def explanation(district: str, student: str) -> dict[str, Any]:
        """Why the pupil is where the pupil is: marks, rules and human acts, in the order in which they became known."""
        async with runtime.pool.acquire() as connection:
            if await store_read.state(connection, district, student) is None:
                raise HTTPException(404, f"nothing is known about pupil {student} of {district}")
            steps = explain.story(
                await store_read.statements(connection, district, student),
                await store_read.acts(connection, district, student),
                await store_read.artefacts(connection, district, student),
            )
        return {"district": district, "student": student, "steps": steps}

    return router


def _acts(runtime: Runtime, staff: list[Any]) -> APIRouter:
    router = APIRouter(prefix="/v1/districts/{district}/pupils", tags=["acts"], dependencies=staff)

    @router.post("/{student}/acts", status_code=201)
    async def act(
        district: str,
        student: str,
        body: dict[str, Any],
        response: Response,
        rollcall_at: Annotated[AwareDatetime | None, Header()] = None,
    ) -> dict[str, Any]:
        """A named person did something. The same `id` again answers 200 and changes nothing; an act that the rules do not
        allow answers 409 and says why."""
        now = _now(runtime, rollcall_at)
        try:
            parsed = parse_act({"at": now.astimezone(ZoneInfo("UTC")).isoformat(), **body})
        except ActError as error:
            raise HTTPException(422, str(error)) from error
        if parsed.at > now:
            raise HTTPException(422, f"at: {parsed.at.isoformat()} is in the future")
        try:
            answer = await acting.take_act(runtime.log, PupilKey(district, student), parsed)
        except acting.UnknownPupil as error:
            raise HTTPException(404, str(error)) from error
        if answer.refused:
            raise HTTPException(409, answer.refused)
        if answer.repeated:
            response.status_code = 200
        return {"events": answer.events}

    return router


def _now(runtime: Runtime, named: datetime | None) -> datetime:
    """The clock's time; with a driven clock the time that the request names."""
    if isinstance(runtime.clock, DrivenClock):
        if named is None:
            raise HTTPException(400, "Rollcall-At: this system runs on a driven clock, so each act names its time")
        runtime.clock.advance(named)
        return named
    if named is not None:
        raise HTTPException(400, "Rollcall-At: only a system with a driven clock takes this header")
    return runtime.clock.now()
