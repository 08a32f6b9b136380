"""HTTP of meetings with several pupils."""

import datetime as dt
from typing import Any
from uuid import UUID

from fastapi import APIRouter, HTTPException, Response
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.escalation.act import ActAnswer, ActRequest
from services.escalation.http_acts import RollcallAt, act_of, now
from services.escalation.meeting import DoesNotFit, take_meeting
from services.escalation.store import PupilKey
from shared.contracts.envelope import derived_id
from shared.contracts.ladder import Service
from shared.contracts.terms import AgreementOutcome, MeetingForm, MeetingKind, MeetingStatus, Role
from shared.runtime.service import Runtime


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Attendee(_Strict):
    """One of the meeting's pupils. `status` and `agreement` where they differ from those of the meeting."""

    student: str
    status: MeetingStatus | None = None
    agreement: AgreementOutcome | None = None
    expected_version: int | None = Field(default=None, ge=0)


class GroupMeeting(_Strict):
    id: UUID
    at: AwareDatetime | None = None
    by: str
    kind: MeetingKind
    status: MeetingStatus
    form: MeetingForm = "group"
    date: dt.date | None = None
    statutory: bool = False
    served: tuple[Service, ...] = ()
    agreement: AgreementOutcome = "none"
    participants: tuple[Role, ...] = ()
    reason: str | None = None
    pupils: tuple[Attendee, ...] = Field(min_length=1, max_length=500)


PER_PUPIL = {"status", "agreement"}


def meetings(runtime: Runtime, staff: list[Any]) -> APIRouter:
    router = APIRouter(prefix="/v1/districts/{district}/meetings", tags=["acts"], dependencies=staff)

    @router.post("", status_code=201)
    async def meeting(district: str, body: GroupMeeting, response: Response, rollcall_at: RollcallAt = None) -> Any:
        """A meeting with several pupils is scheduled, held, missed or cancelled. It is recorded for all of them or for
        none: 409 names each pupil whom it does not fit, and why. The same `id` again changes nothing."""
        requests = _requests(district, body, now(runtime, rollcall_at))
        try:
            answer = await take_meeting(runtime.log, requests)
        except DoesNotFit as error:
            return _does_not_fit(error)
        response.status_code = 200 if answer.repeated else 201
        acts = {request.key.student: request.act.id for request in requests}
        return {
            "pupils": [
                {"student": student, "act": acts[student], "events": its.events, "version": its.version}
                for student, its in answer.pupils.items()
            ]
        }

    return router


def _requests(district: str, body: GroupMeeting, at: dt.datetime) -> list[ActRequest]:
    names = [pupil.student for pupil in body.pupils]
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise HTTPException(422, f"pupils: {repeated[0]} is named twice")
    common = body.model_dump(mode="json", exclude={"id", "kind", "pupils"}, exclude_none=True)
    return [_request(district, body, pupil, common, at) for pupil in body.pupils]


def _request(district: str, body: GroupMeeting, pupil: Attendee, common: dict[str, Any], at: dt.datetime) -> ActRequest:
    own = pupil.model_dump(include=PER_PUPIL, exclude_none=True)
    identity = str(derived_id("meeting", body.id, pupil.student))
    act = act_of({**common, **own, "id": identity, "kind": "meeting", "meeting": body.kind}, at)
    return ActRequest(PupilKey(district, pupil.student), act, body.at is not None, pupil.expected_version)


def _does_not_fit(error: DoesNotFit) -> JSONResponse:
    unknown = all(answer.problem == "unknown_pupil" for answer in error.wrong.values())
    pupils = [_wrong(student, answer) for student, answer in error.wrong.items()]
    return JSONResponse({"detail": str(error), "pupils": pupils}, 404 if unknown else 409)


def _wrong(student: str, answer: ActAnswer) -> dict[str, Any]:
    version = {"version": answer.version} if answer.problem == "stale_version" else {}
    return {"student": student, "problem": answer.problem, "detail": answer.why, **version}
