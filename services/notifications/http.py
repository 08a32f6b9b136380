"""HTTP of notifications for staff tools: what went out, letters, what is held and why, and the switches."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, HTTPException, Query, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.notifications import deliveries, holds, reads, store
from services.notifications.contacts import restriction_sha256
from services.notifications.deliveries import Change
from services.notifications.holds import EVERY_KIND, Reading
from services.notifications.notify import Notifier, lock_pupils
from services.notifications.policy import is_due_by_law
from services.notifications.settings import NotificationsSettings
from services.notifications.webhooks import webhooks
from shared.contracts.terms import NoticeChannel, NoticeKind
from shared.runtime.auth import require_staff
from shared.runtime.service import Runtime

Limit = Annotated[int, Query(ge=1, le=5000)]
Words = Annotated[str, Field(min_length=1, max_length=500)]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Switch(Body):
    """Stop a kind of notices of a district (or every kind), or let it go on."""

    district: str
    kind: NoticeKind | Literal["*"] = EVERY_KIND
    stopped: bool
    by: Words
    reason: Words


class ReadRestriction(Body):
    """`restriction_sha256` says which text was read: a restriction that changed meanwhile stays unread."""

    restriction_sha256: str
    may_receive: bool
    by: Words


class Resolution(Body):
    """What a person found out about a delivery whose outcome was unknown."""

    outcome: Literal["sent", "not_sent"]
    by: Words


def routers(runtime: Runtime, settings: NotificationsSettings, notifier: Notifier) -> Sequence[APIRouter]:
    staff = [Depends(require_staff(settings.staff_token))]
    return (
        _overview(runtime, staff),
        _letters(runtime, staff),
        _switches(runtime, staff, notifier),
        _decisions(runtime, staff, notifier),
        webhooks(runtime, settings, notifier),
    )


def _overview(runtime: Runtime, staff: list[Any]) -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["overview"], dependencies=staff)

    @router.get("/summary")
    async def summary() -> dict[str, Any]:
        """Deliveries per kind and state, over all districts; `waiting` and `undeliverable` count notices."""
        async with runtime.pool.acquire() as connection:
            return {"notices": await deliveries.summary(connection)}

    @router.get("/deliveries")
    async def list_deliveries(
        district: str | None = None,
        student: str | None = None,
        state: deliveries.State | None = None,
        kind: NoticeKind | None = None,
        channel: NoticeChannel | None = None,
        after: int = 0,
        limit: Limit = 100,
    ) -> dict[str, Any]:
        """Deliveries in the order in which they were planned; `state=unknown` are those that a person must resolve."""
        filters: dict[str, str | None] = {
            "district": district, "student": student, "state": state, "kind": kind, "channel": channel,
        }  # fmt: skip
        async with runtime.pool.acquire() as connection:
            found = await reads.deliveries(connection, filters, after, limit)
        return {"deliveries": found, "next": found[-1]["sequence"] if found else after}

    @router.get("/language-gaps")
    async def language_gaps(district: str) -> dict[str, Any]:
        """Where a text is missing in a family's language. At 15 percent of a school the law wants it (EC 48985): `by_law`."""
        async with runtime.pool.acquire() as connection:
            found = await reads.language_gaps(connection, district)
        return {"gaps": [gap | {"by_law": is_due_by_law(gap["percent_of_school"])} for gap in found]}

    @router.get("/notices")
    async def list_notices(
        district: str,
        state: Literal["required", "planned", "withdrawn", "undeliverable", "unneeded"] = "undeliverable",
        limit: Limit = 100,
    ) -> dict[str, Any]:
        """Notices of a district in one state: `undeliverable` needs a person, `required` waits for the roster."""
        async with runtime.pool.acquire() as connection:
            return {"notices": await reads.notices(connection, district, state, limit)}

    return router


def _letters(runtime: Runtime, staff: list[Any]) -> APIRouter:
    router = APIRouter(prefix="/v1/letters", tags=["letters"], dependencies=staff)

    @router.get("")
    async def list_letters(district: str, since: AwareDatetime | None = None, limit: Limit = 100) -> dict[str, Any]:
        """Letters that are ready for the post, the oldest first."""
        async with runtime.pool.acquire() as connection:
            return {"letters": await reads.letters(connection, district, since, limit)}

    @router.get("/{delivery}.pdf", response_class=Response, responses={200: {"content": {"application/pdf": {}}}})
    async def letter(delivery: UUID) -> Response:
        async with runtime.pool.acquire() as connection:
            content = await reads.letter(connection, delivery)
        if content is None:
            raise HTTPException(404, f"no letter {delivery}")
        return Response(content, media_type="application/pdf")

    return router


def _switches(runtime: Runtime, staff: list[Any], notifier: Notifier) -> APIRouter:
    router = APIRouter(prefix="/v1/switches", tags=["switches"], dependencies=staff)

    @router.get("")
    async def list_switches() -> dict[str, Any]:
        """What is stopped now, by whom and why."""
        async with runtime.pool.acquire() as connection:
            return {"switches": [dict(row) for row in await holds.switches(connection)]}

    @router.put("", status_code=204)
    async def switch(body: Switch) -> None:
        """From the answer on, no new message of a stopped kind is begun; what is due is held until the switch is lifted."""
        now = notifier.clock.now()
        async with runtime.log.transaction() as connection:
            if body.stopped:
                await holds.stop(connection, body.district, body.kind, body.by, body.reason, now)
            else:
                await holds.go_on(connection, body.district, body.kind)
            await _look_again(notifier, connection, await deliveries.unsent_pupils(connection, body.district), now)

    return router


def _decisions(runtime: Runtime, staff: list[Any], notifier: Notifier) -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["decisions"], dependencies=staff)

    @router.get("/restrictions")
    async def list_restrictions(district: str) -> dict[str, Any]:
        """Guardians for whom something is held because nobody has read their restriction yet, with its text."""
        async with runtime.pool.acquire() as connection:
            rows = await reads.restricted(connection, district)
        return {"restrictions": [found for row in rows if (found := _restriction(row))]}

    @router.put("/districts/{district}/pupils/{student}/guardians/{guardian}/restriction", status_code=204)
    async def read_restriction(district: str, student: str, guardian: str, body: ReadRestriction) -> None:
        """A named person has read the restriction and decides whether this guardian may receive notices."""
        now = notifier.clock.now()
        reading = Reading(district, student, guardian, body.restriction_sha256, body.may_receive, body.by)
        async with runtime.log.transaction() as connection:
            if await store.guardians(connection, district, student) is None:
                raise HTTPException(404, f"no pupil {student} in district {district}")
            await holds.save_reading(connection, reading, now)
            await _look_again(notifier, connection, {(district, student)}, now)

    @router.post("/deliveries/{delivery}/resolution", status_code=204)
    async def resolve(delivery: UUID, body: Resolution) -> None:
        """A person has found out what became of a delivery with unknown outcome: `not_sent` sends it again."""
        state: deliveries.State = "sent" if body.outcome == "sent" else "queued"
        async with runtime.log.transaction() as connection:
            changed = await notifier.record(
                connection, [Change(delivery, state, f"resolved by {body.by}", expected="unknown")]
            )
        if not changed:
            raise HTTPException(409, f"delivery {delivery} has no unknown outcome")

    return router


async def _look_again(notifier: Notifier, connection: Any, pupils: set[tuple[str, str]], now: datetime) -> None:
    await lock_pupils(connection, pupils)
    await deliveries.look_again(connection, pupils, now)


def _restriction(row: store.Row) -> dict[str, Any] | None:
    guardian = next((each for each in row["guardians"] if each["id"] == row["guardian"]), None)
    if not guardian or not guardian["restriction"]:
        return None
    text = guardian["restriction"]
    named = {name: row[name] for name in ("district", "student", "guardian")}
    return {**named, "restriction": text, "restriction_sha256": restriction_sha256(text)}
