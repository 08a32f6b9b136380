"""HTTP of ingest for districts: attendance and rosters in, one answer per record.

Every request carries the district's API key as bearer token; the key says which district it is.

    POST /v1/marks                               up to 5,000 statements: accepted, duplicate, parked or rejected
    PUT  /v1/roster                              snapshots of students; unchanged ones say nothing
    PUT  /v1/schools/{school}/calendar           the instructional days of one school year; releases what waited for them
    POST /v1/schools/{school}/days/{day}/close   all marks are in: the ladder may decide
    PUT  /v1/codes                               what the district's own codes mean; releases what waited for it
    GET  /v1/status, /v1/parked, /v1/receipts/…  how fresh each school is, what waits and why, what became of a record

Accepted means durable, also while Kafka is away. A mark that cannot be judged is parked: it counts for nothing, and it is
judged again when its cause is cured. A refused request answers {"errors": [{"field": …, "reason": …}]}.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Response

from services.ingest import receive, roster, store, store_read, store_roster
from services.ingest.calendars import CalendarRow, bounds
from services.ingest.close import Closed, Refusal, close_day
from services.ingest.codes import ParkReason, table_to_json
from services.ingest.keys import Caller
from services.ingest.records import BatchAnswer, CalendarBody, CodesBody, Day, Fault, Id, MarksBody, RosterBody
from services.ingest.requests import REFUSALS, Refused, authorised, moment
from services.ingest.transactions import Ledger, transact
from shared.runtime.service import Runtime

CLOSE_REFUSALS: dict[Refusal, tuple[int, Fault]] = {
    "no_calendar": (409, Fault("school", "has no calendar for the school year of this day; send the calendar first")),
    "not_instructional": (422, Fault("day", "is not an instructional day of this school")),
    "future": (422, Fault("day", "has not come yet")),
}
School = Annotated[Id, Path()]
SchoolDay = Annotated[Day, Path()]


def routers(runtime: Runtime) -> Sequence[APIRouter]:
    return (_marks(runtime), _roster(runtime), _days(runtime), _codes(runtime), _reads(runtime), _service(runtime))


def _marks(runtime: Runtime) -> APIRouter:
    router = APIRouter(prefix="/v1", responses=REFUSALS, tags=["marks"])
    district, now = Depends(authorised(runtime)), Depends(moment(runtime))

    @router.post("/marks", status_code=202, response_model_exclude_none=True)
    async def marks(body: MarksBody, caller: Annotated[Caller, district], at: Annotated[datetime, now]) -> BatchAnswer:
        """Statements about pupils' days, and retractions of them. Sending a batch again changes nothing."""
        return await receive.receive_marks(runtime.log, caller, body.records, "api", at)

    return router


def _roster(runtime: Runtime) -> APIRouter:
    router = APIRouter(prefix="/v1", responses=REFUSALS, tags=["roster"])
    district, now = Depends(authorised(runtime)), Depends(moment(runtime))

    @router.put("/roster", response_model_exclude_none=True)
    async def students(
        body: RosterBody, caller: Annotated[Caller, district], at: Annotated[datetime, now]
    ) -> BatchAnswer:
        """Snapshots of students. After a full one, students whom it does not name are listed as vanished, and kept."""
        return await receive.receive_roster(runtime.log, caller, body.students, body.full, at)

    @router.put("/schools/{school}/calendar")
    async def calendar(
        school: School, body: CalendarBody, caller: Annotated[Caller, district], at: Annotated[datetime, now]
    ) -> dict[str, Any]:
        """A school's whole calendar of one school year."""
        row = _calendar_row(school, body, caller)
        answer = await transact(runtime.log, lambda ledger: roster.save_calendar(ledger, caller, row, at))
        return {
            "school": school,
            "school_year": body.school_year,
            "revision": answer.revision,
            "changed": answer.changed,
            "released": answer.released,
        }

    return router


def _calendar_row(school: str, body: CalendarBody, caller: Caller) -> CalendarRow:
    """Raises Refused for a school year that is none, and for days outside of it."""
    try:
        first, last = bounds(body.school_year)
    except ValueError as error:
        raise Refused(422, Fault("school_year", str(error))) from error
    outside = [day for day in body.instructional_days if not first <= day <= last]
    if outside:
        raise Refused(422, *(Fault("instructional_days", f"{day} is outside of {first} to {last}") for day in outside))
    details = body.model_dump(mode="json", include={"name", "lea_type", "periods", "language_share"})
    days = tuple(sorted(set(body.instructional_days)))
    return CalendarRow(school, body.school_year, body.timezone or caller.timezone, days, details)


def _days(runtime: Runtime) -> APIRouter:
    router = APIRouter(prefix="/v1", responses=REFUSALS, tags=["days"])
    district, now = Depends(authorised(runtime)), Depends(moment(runtime))

    @router.post("/schools/{school}/days/{day}/close", status_code=201)
    async def close(
        school: School,
        day: SchoolDay,
        response: Response,
        caller: Annotated[Caller, district],
        at: Annotated[datetime, now],
    ) -> dict[str, Any]:
        """All marks of this school known so far are in. Closing a day again answers 200 with the first receipt."""

        async def work(ledger: Ledger) -> Closed | Refusal:
            return await close_day(ledger, caller, school, day, at)

        closed = await transact(runtime.log, work)
        if not isinstance(closed, Closed):
            status, fault = CLOSE_REFUSALS[closed]
            raise Refused(status, fault)
        if not closed.new:
            response.status_code = 200
        return {"receipt": closed.receipt, "school": school, "day": day, "closed_at": closed.at}

    return router


def _codes(runtime: Runtime) -> APIRouter:
    router = APIRouter(prefix="/v1", responses=REFUSALS, tags=["codes"])
    district, now = Depends(authorised(runtime)), Depends(moment(runtime))

    @router.put("/codes")
    async def put_codes(
        body: CodesBody, caller: Annotated[Caller, district], at: Annotated[datetime, now]
    ) -> dict[str, Any]:
        """The district's whole code table. Marks judged before keep their meaning; parked ones are judged again."""
        codes = body.model_dump(mode="json", exclude_none=False)["codes"]
        version, released = await receive.receive_codes(runtime.log, caller, _compact(codes), at)
        return {"changed": version is not None, "version": version, "released": released}

    @router.get("/codes")
    async def get_codes(caller: Annotated[Caller, district]) -> dict[str, Any]:
        async with runtime.pool.acquire() as connection:
            return {"codes": table_to_json(await store.code_table(connection, caller.district))}

    return router


def _compact(codes: dict[str, dict[str, Any] | None]) -> dict[str, Any]:
    return {
        code: None if meaning is None else {name: value for name, value in meaning.items() if value is not None}
        for code, meaning in codes.items()
    }


def _reads(runtime: Runtime) -> APIRouter:
    router = APIRouter(prefix="/v1", responses=REFUSALS, tags=["status"])
    district = Depends(authorised(runtime))

    @router.get("/status")
    async def status(caller: Annotated[Caller, district]) -> dict[str, Any]:
        """Per school: the last mark, the last closed day, how many marks are parked."""
        async with runtime.pool.acquire() as connection:
            return {"schools": await store_read.schools(connection, caller.district)}

    @router.get("/schools")
    async def schools(caller: Annotated[Caller, district]) -> dict[str, Any]:
        """The calendars of all schools."""
        async with runtime.pool.acquire() as connection:
            rows = await store_roster.calendars(connection, caller.district)
        return {"schools": [{**row["details"], **{k: row[k] for k in CALENDAR_FIELDS}} for row in rows]}

    @router.get("/parked")
    async def parked(
        caller: Annotated[Caller, district],
        school: Id | None = None,
        student: Id | None = None,
        reason: ParkReason | None = None,
        after: Annotated[int, Query(ge=0, lt=2**62)] = 0,
        limit: Annotated[int, Query(ge=0, le=5000)] = 500,
    ) -> dict[str, Any]:
        """The data-quality queue: marks that count for nothing until their cause is cured, oldest first."""
        async with runtime.pool.acquire() as connection:
            counts = await store_read.parked_counts(connection, caller.district, school, student)
            rows = await store_read.parked(connection, caller.district, school, student, reason, after, limit)
        return {"counts": counts, "parked": rows, "next": rows[-1]["sequence"] if rows else after}

    @router.get("/receipts/{receipt}")
    async def receipt(receipt: UUID, caller: Annotated[Caller, district]) -> dict[str, Any]:
        """What became of one record."""
        async with runtime.pool.acquire() as connection:
            row = await store_read.receipt(connection, caller.district, receipt)
        if row is None:
            raise Refused(404, Fault("receipt", "is not known in this district"))
        return dict(row)

    return router


CALENDAR_FIELDS = ("school", "school_year", "revision", "timezone", "instructional_days")


def _service(runtime: Runtime) -> APIRouter:
    router = APIRouter(prefix="/v1", responses=REFUSALS, tags=["status"])

    @router.get("/summary")
    async def summary() -> dict[str, int]:
        """Counts over all districts: marks, parked ones, closes, students, events not yet published."""
        async with runtime.pool.acquire() as connection:
            return await store_read.summary(connection)

    return router
