"""HTTP of the release queue: what waits for a person, kill switches, and the release of many at once."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from services.escalation import queue, store_release
from services.escalation.http_acts import RollcallAt, now
from services.escalation.ladder import STEPS
from services.escalation.release import Who, release_many, set_switch
from shared.runtime.service import Runtime

Step = Literal["level_1", "level_2"]
"""The steps that the rules take by themselves; from level 3 on a person decides anyway."""
Word = Annotated[str, Field(min_length=1, pattern=r"\S")]


class Switch(BaseModel):
    model_config = ConfigDict(extra="forbid")

    stopped: bool
    by: Word
    reason: Word


class Release(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: UUID
    """Of the release: the same again changes nothing."""
    step: Step
    school: str | None = None
    students: list[str] | None = Field(default=None, min_length=1, max_length=5000)
    """Not said: all who wait."""
    by: Word
    reason: Word


def release_queue(runtime: Runtime, staff: list[Any]) -> APIRouter:
    router = APIRouter(prefix="/v1/districts/{district}", tags=["release queue"], dependencies=staff)

    @router.get("/queue")
    async def waiting(
        district: str, school: str | None = None, limit: Annotated[int, Query(ge=1, le=5000)] = 1000
    ) -> dict[str, Any]:
        """What waits for a person, the oldest first: proposals, steps that are not released, cases under review. And what
        is stopped: by a kill switch, or because too many pupils of a school would have taken a step at one close."""
        async with runtime.pool.acquire() as connection:
            found = queue.items(await store_release.queue(connection, district))
            stops = await store_release.recent_stops(connection, district, limit)
            switches = await store_release.switches(connection, district)
        here = [item for item in found if school in (None, item["school"])]
        return {
            "waiting": here[:limit],
            "count": len(here),
            "stopped": [dict(row) for row in switches if row["stopped"]],
            "blast_radius": [dict(row) for row in stops if school in (None, row["school"])],
        }

    @router.post("/queue/release", status_code=201)
    async def release(district: str, body: Release, rollcall_at: RollcallAt = None) -> dict[str, Any]:
        """Release a step for many pupils at once. Each is an act of its own; `refused` names those for whom it was not
        possible, and why. Where a kill switch stops the step it goes on waiting for that."""
        who = Who(body.by, now(runtime, rollcall_at), body.reason)
        answers = await release_many(runtime.log, district, body.step, body.students, body.school, body.id, who)
        return {
            "released": [
                {"student": student, "events": answer.events, "version": answer.version}
                for student, answer in answers.items()
                if not answer.problem
            ],
            "refused": [
                {"student": student, "problem": answer.problem, "detail": answer.why}
                for student, answer in answers.items()
                if answer.problem
            ],
        }

    @router.get("/switches")
    async def switches(district: str) -> dict[str, Any]:
        """The steps that can be stopped for the whole district: which are, since when, by whom and why."""
        async with runtime.pool.acquire() as connection:
            rows = {row["step"]: dict(row) for row in await store_release.switches(connection, district)}
        return {"switches": [rows.get(step, {"step": step, "stopped": False}) for step in STEPS]}

    @router.put("/switches/{step}")
    async def switch(district: str, step: Step, body: Switch, rollcall_at: RollcallAt = None) -> dict[str, Any]:
        """Stop a step for the whole district, from the next close on, or let it go again. Pupils whose rule is met wait."""
        who = Who(body.by, now(runtime, rollcall_at), body.reason)
        changed = await set_switch(runtime.log, district, step, body.stopped, who)
        return {"step": step, "stopped": body.stopped, "changed": changed}

    return router
