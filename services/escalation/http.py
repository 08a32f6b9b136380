"""HTTP of escalation, for staff tools: what people do about a pupil, where a pupil stands, and why."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Response

from services.escalation import store_districts, store_read, store_release
from services.escalation.explaining import NotInRecord, explanation, explanation_on
from services.escalation.http_acts import acts, etag
from services.escalation.http_meetings import meetings
from services.escalation.http_policy import policy
from services.escalation.http_release import release_queue
from services.escalation.ladder import Alert, initial_state, state_from_json
from services.escalation.ladder import summary as summary_of
from services.escalation.settings import EscalationSettings
from shared.contracts.terms import Level
from shared.runtime.auth import require_staff
from shared.runtime.service import Runtime


def routers(runtime: Runtime) -> Sequence[APIRouter]:
    assert isinstance(runtime.settings, EscalationSettings)
    staff = [Depends(require_staff(runtime.settings.staff_token))]
    parts = (_overview, _pupils, acts, meetings, release_queue, policy)
    return [part(runtime, staff) for part in parts]


def _overview(runtime: Runtime, staff: list[Any]) -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["overview"], dependencies=staff)

    @router.get("/summary")
    async def summary() -> dict[str, Any]:
        """Counts over all districts: pupils per level, occasions, reports, marks, closes, what waits for a person."""
        async with runtime.pool.acquire() as connection:
            return {**await store_read.summary(connection), **await store_release.counts(connection)}

    @router.get("/districts")
    async def districts() -> dict[str, Any]:
        """The districts whose schools have a calendar here."""
        async with runtime.pool.acquire() as connection:
            return {"districts": await store_districts.names(connection)}

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

    return router


async def _explained(runtime: Runtime, district: str, student: str, on: date | None) -> dict[str, Any] | None:
    if on is not None:
        return await explanation_on(runtime.pool, runtime.settings.database_url, district, student, on)
    async with runtime.pool.acquire() as connection:
        return await explanation(connection, district, student)


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
    async def pupil(district: str, student: str, response: Response) -> dict[str, Any]:
        """Where the pupil stands now. `known` is false while marks wait for the roster to name the pupil. `version` (also the
        ETag) goes up with each change of the case: an act may name it, to be sure that nothing else happened meanwhile."""
        async with runtime.pool.acquire() as connection:
            row = await store_read.state(connection, district, student)
            if row is None:
                raise HTTPException(404, f"nothing is known about pupil {student} of {district}")
            told = [Alert(*row) for row in await store_read.alerts(connection, district, student)]
            closed = {
                close["school"]: close["day"] for close in await store_read.last_closed_days(connection, district)
            }
        state = state_from_json(row["state"]) if row["state"] else initial_state(row["school_year"] or "")
        response.headers["ETag"] = etag(row["version"])
        return {**dict(row), "state": summary_of(state, closed.get(row["school"]), told)}

    @router.get("/{student}/explanation")
    async def explained(district: str, student: str, on: date | None = None) -> dict[str, Any]:
        """Why the pupil is where the pupil is: marks, rules and human acts, in the order in which they became known.

        With `on` the answer that would have been given after the close of that day, whatever was corrected since.
        """
        try:
            told = await _explained(runtime, district, student, on)
        except NotInRecord as error:
            raise HTTPException(409, str(error)) from error
        if told is None:
            when = f" on {on}" if on else ""
            raise HTTPException(404, f"nothing is known about pupil {student} of {district}{when}")
        return told

    return router
