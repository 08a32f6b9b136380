"""Who asks, and when; and how a refusal looks: what every route of ingest shares."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from services.ingest.keys import Caller, caller_of
from services.ingest.records import Fault, Moment, faults_of
from shared.db.pool import TRANSIENT_ERRORS
from shared.runtime.clock import DrivenClock
from shared.runtime.service import Runtime

_bearer = HTTPBearer(auto_error=False, description="The district's API key: `<id>.<secret>`")


class Errors(BaseModel):
    """Why a request was not done, field by field."""

    errors: list[Fault]


REFUSALS: dict[int | str, dict[str, Any]] = {
    400: {"model": Errors, "description": "The request does not fit this system"},
    401: {"model": Errors, "description": "No API key, or one that opens nothing"},
    404: {"model": Errors, "description": "Not known in this district"},
    409: {"model": Errors, "description": "Not possible yet"},
    422: {"model": Errors, "description": "Not the shape, or not possible"},
    503: {"model": Errors, "description": "The database is away; nothing was accepted"},
}


class Refused(Exception):
    """The request is not done; `faults` say why, field by field."""

    def __init__(self, status: int, *faults: Fault) -> None:
        super().__init__(status)
        self.status = status
        self.faults = faults


def authorised(runtime: Runtime) -> Callable[..., Awaitable[Caller]]:
    """A dependency: the district that the request's API key belongs to; 401 without one."""

    async def caller(given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> Caller:
        if given is not None:
            async with runtime.pool.acquire() as connection:
                if found := await caller_of(connection, given.credentials):
                    return found
        raise Refused(401, Fault("Authorization", "must be 'Bearer <API key>' with a key that is in use"))

    return caller


def moment(runtime: Runtime, must_be_named: bool = True) -> Callable[..., datetime]:
    """A dependency: the clock's time; with a driven clock the time that the request names.

    Not `must_be_named` is for clients that know nothing of such a header: their requests are now, wherever the clock is.
    """

    driven = isinstance(runtime.clock, DrivenClock)

    def now(rollcall_at: Annotated[Moment | None, Header(include_in_schema=driven)] = None) -> datetime:
        if rollcall_at is not None and not driven:
            raise Refused(400, Fault("Rollcall-At", "only a system with a driven clock takes this header"))
        if rollcall_at is None and driven and must_be_named:
            raise Refused(400, Fault("Rollcall-At", "each request names its time, for this system's clock is driven"))
        if rollcall_at is not None:
            runtime.clock.advance(rollcall_at)
        return rollcall_at or runtime.clock.now()

    return now


def install_errors(app: FastAPI) -> None:
    """Every refusal of `app` in one style: {"errors": [{"field": …, "reason": …}]}."""

    @app.exception_handler(Refused)
    async def refused(_: Request, error: Refused) -> Response:
        return _errors(error.status, error.faults)

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> Response:
        return _errors(422, [_without_place(fault) for fault in faults_of(error.errors())])

    @app.exception_handler(HTTPException)
    async def other(_: Request, error: HTTPException) -> Response:
        response = _errors(error.status_code, [Fault("request", error.detail)])
        response.headers.update(error.headers or {})
        return response

    async def away(_: Request, error: Exception) -> Response:
        response = _errors(503, [Fault("service", "the database is away; nothing was accepted: send it again")])
        response.headers["Retry-After"] = "2"
        return response

    for kind in TRANSIENT_ERRORS:
        app.add_exception_handler(kind, away)  # type: ignore[arg-type]


def _errors(status: int, faults: Sequence[Fault]) -> Response:
    return JSONResponse({"errors": [asdict(fault) for fault in faults]}, status)


def _without_place(fault: Fault) -> Fault:
    """FastAPI starts a field with where it stood: `body.records` is `records`."""
    place, _, field = fault.field.partition(".")
    return Fault(field or place, fault.reason) if place in {"body", "query", "path", "header"} else fault
