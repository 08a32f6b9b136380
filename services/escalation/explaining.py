"""The use case of questions: why a pupil is where the pupil is, as it is known now, or as it was known on a day."""

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from services.escalation import store_read
from services.escalation.explain import story
from services.escalation.ladder import Alert, initial_state, state_from_json, summary
from services.escalation.proof.journal import Scope, older
from services.escalation.proof.rebuild import rebuild, scratch
from services.escalation.standing import standing
from shared.db.pool import Connection, Pool


class NotInRecord(Exception):
    """What was known on a day cannot be told: facts were taken before the order in which they came was kept."""


async def explanation(connection: Connection, district: str, student: str) -> dict[str, Any] | None:
    """Where the pupil stands and every step that led there, or None if nothing is known."""
    row = await store_read.state(connection, district, student)
    if row is None:
        return None
    state = state_from_json(row["state"]) if row["state"] else initial_state(row["school_year"] or "")
    alerts = [Alert(*row) for row in await store_read.alerts(connection, district, student)]
    counts = summary(state, None, alerts)
    steps = story(
        await store_read.statements(connection, district, student),
        await store_read.acts(connection, district, student),
        await store_read.artefacts(connection, district, student),
    )
    return {
        "district": district,
        "student": student,
        "timezone": await store_read.timezone(connection, district, student) or "UTC",
        "stands": standing(state, counts),
        "state": counts,
        "steps": steps,
    }


async def explanation_on(
    pool: Pool, database_url: str, district: str, student: str, day: date
) -> dict[str, Any] | None:
    """The explanation as it would have been given after the close of `day`: the pupil's record up to then is judged again,
    so that what came later cannot show. None if nothing was known then.

    Raises NotInRecord.
    """
    async with (
        scratch(database_url) as log,
        pool.acquire() as source,
        source.transaction(isolation="repeatable_read", readonly=True),
    ):
        if await older(source, Scope(district, student)):
            raise NotInRecord("facts about this pupil were taken before their order was kept")
        await rebuild(source, await _up_to(source, district, student, day), log, lambda step: None)
        async with log.transaction() as then:
            told = await explanation(then, district, student)
    return {**told, "on": day} if told else None


async def _up_to(connection: Connection, district: str, student: str, day: date) -> Scope:
    """What was taken up to the close of the day; on a day that no school of the pupil closed, up to its end."""
    closed = await store_read.number_of_close(connection, district, student, day)
    if closed is not None:
        return Scope(district, student, until=closed)
    zone = await store_read.timezone(connection, district, student)
    end = datetime.combine(day, time.max, ZoneInfo(zone or "UTC"))
    following = await store_read.number_of_close_after(connection, district, student, end)
    return Scope(district, student, until=following - 1 if following is not None else None, known_by=end)
