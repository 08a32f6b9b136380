"""HTTP of what people do about a pupil."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Header, HTTPException, Response
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime

from services.escalation import explain, store_read
from services.escalation.act import ActAnswer, ActRequest, take_act
from services.escalation.ladder import Act, ActError, PersonDecision, parse_act
from services.escalation.store import PupilKey
from shared.runtime.clock import DrivenClock
from shared.runtime.service import Runtime

RollcallAt = Annotated[AwareDatetime | None, Header()]
IfMatch = Annotated[str | None, Header()]


def acts(runtime: Runtime, staff: list[Any]) -> APIRouter:
    router = APIRouter(prefix="/v1/districts/{district}/pupils", tags=["acts"], dependencies=staff)

    @router.post("/{student}/acts", status_code=201)
    async def act(
        district: str,
        student: str,
        body: dict[str, Any],
        response: Response,
        rollcall_at: RollcallAt = None,
        if_match: IfMatch = None,
    ) -> Any:
        """A named person did something. `expected_version` (or the header If-Match) is the version of the case that the
        person saw. The same `id` again gives the same answer and changes nothing.

        409 says why not: the rules do not allow it, the case is at another version (and what changed since), or the id was
        used for another act.
        """
        request = _request(PupilKey(district, student), body, if_match, now(runtime, rollcall_at))
        answer = await take_act(runtime.log, request)
        if answer.problem:
            return await _not_taken(runtime, request, answer)
        response.status_code = 200 if answer.repeated else 201
        response.headers["ETag"] = etag(answer.version)
        return {"events": answer.events, "version": answer.version}

    return router


def _request(key: PupilKey, body: Mapping[str, Any], if_match: str | None, at: datetime) -> ActRequest:
    fields = dict(body)
    expected = expected_version(fields.pop("expected_version", None), if_match)
    return ActRequest(key, act_of(fields, at), "at" in fields, expected)


def act_of(fields: Mapping[str, Any], at: datetime) -> Act:
    """The act that `fields` describe, done `at` if they do not say when. Raises HTTPException 422."""
    try:
        act = parse_act({"at": at.astimezone(UTC).isoformat(), **fields})
    except ActError as error:
        raise HTTPException(422, str(error)) from error
    if act.at > at:
        raise HTTPException(422, f"at: {act.at.isoformat()} is in the future")
    if not act.by.strip():
        raise HTTPException(422, "by: say who did it")
    if isinstance(act, PersonDecision) and not (act.reason or "").strip():
        raise HTTPException(422, "reason: a decision about a pupil needs a reason")
    return act


def expected_version(named: Any, if_match: str | None) -> int | None:
    """The version that the body or the header names; None where neither does. Raises HTTPException 422."""
    if named is not None:
        if not isinstance(named, int) or isinstance(named, bool) or named < 0:
            raise HTTPException(422, f"expected_version: {named!r} is not a version (0, 1, 2 ...)")
        return named
    if if_match is None or if_match == "*":
        return None
    number = if_match.removeprefix("W/").strip('"')
    if not (number.isascii() and number.isdigit()):
        raise HTTPException(422, f'If-Match: {if_match} is not the ETag of a pupil, for example "7"')
    return int(number)


def etag(version: int) -> str:
    return f'"{version}"'


async def _not_taken(runtime: Runtime, request: ActRequest, answer: ActAnswer) -> JSONResponse:
    body: dict[str, Any] = {"detail": answer.why, "problem": answer.problem}
    if answer.problem == "unknown_pupil":
        return JSONResponse(body, 404)
    if answer.problem == "stale_version":
        body |= {"version": answer.version, "changed": await changes_since(runtime, request)}
    return JSONResponse(body, 409)


async def changes_since(runtime: Runtime, request: ActRequest) -> list[dict[str, Any]]:
    """What happened to the case since the version that the person saw: when, and in plain words."""
    assert request.expected_version is not None
    async with runtime.pool.acquire() as connection:
        rows = await store_read.artefacts_since(connection, *request.key, request.expected_version)
    steps = explain.story((), (), rows)
    return [{"at": step["at"].isoformat(), "what": step["what"], "text": step["text"]} for step in steps]


def now(runtime: Runtime, named: datetime | None) -> datetime:
    """The clock's time; with a driven clock the time that the request names."""
    if isinstance(runtime.clock, DrivenClock):
        if named is None:
            raise HTTPException(400, "Rollcall-At: this system runs on a driven clock, so each act names its time")
        runtime.clock.advance(named)
        return named
    if named is not None:
        raise HTTPException(400, "Rollcall-At: only a system with a driven clock takes this header")
    return runtime.clock.now()
