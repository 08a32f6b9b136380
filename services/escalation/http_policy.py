"""HTTP of the policy that judges a district."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict, Field

from services.escalation import store_districts
from services.escalation.choose_policy import Retroactive, Wish, choose_policy
from services.escalation.http_acts import RollcallAt
from services.escalation.policies import DEFAULT
from shared.runtime.service import Runtime

Word = Annotated[str, Field(min_length=1, pattern=r"\S")]


class DistrictPolicy(BaseModel):
    model_config = ConfigDict(extra="forbid")

    policy: str
    overrides: dict[str, Any] = {}
    effective_from: date | None = None
    """Not said: from the day after the last closed one; where none is closed, from the beginning."""
    by: Word | None = None
    reason: Word | None = None
    retroactive: bool = False
    """Say so where the policy is to judge days that are closed already."""


def policy(runtime: Runtime, staff: list[Any]) -> APIRouter:
    router = APIRouter(prefix="/v1/districts/{district}/policy", tags=["policy"], dependencies=staff)

    @router.put("", status_code=204)
    async def choose(district: str, body: DistrictPolicy, rollcall_at: RollcallAt = None) -> None:
        """Choose the policy pack that judges the district from a day on, with the district's own values over it. A pupil
        with a case stays on the policy under which it began until the next school year."""
        wish = Wish(**body.model_dump(), at=rollcall_at or runtime.clock.now())
        try:
            await choose_policy(runtime.log, district, wish)
        except (KeyError, ValueError) as error:
            raise HTTPException(422, str(error.args[0])) from error
        except Retroactive as error:
            raise HTTPException(409, f'{error}; if that is meant, say "retroactive": true') from error

    @router.get("")
    async def choices(district: str) -> dict[str, Any]:
        """Every choice of a policy, the first one first: from which day on, by whom, when and why. Without any the default
        pack judges."""
        async with runtime.pool.acquire() as connection:
            rows = await store_districts.policy_choices(connection, [district])
        names = ("policy", "overrides", "effective_from", "by", "reason", "at")
        return {"default": DEFAULT, "choices": [{name: row[name] for name in names} for row in rows]}

    return router
