"""Builds escalation's tables again, from the journal, in tables that only one connection sees and that go with it."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import shared.messaging
from services.escalation import store_release
from services.escalation.proof.again import TAKE
from services.escalation.proof.journal import Scope, Step, steps
from services.escalation.store import Row
from services.escalation.store_release import Stop
from shared.db.migrations import migrate
from shared.db.pool import Connection, open_pool
from shared.messaging.errors import Invalid, Transient
from shared.messaging.event_log import EventLog

FOLDERS = (Path(shared.messaging.__file__).parent / "migrations", Path(__file__).parents[1] / "migrations")

OnStep = Callable[[Step], None]


class NotTaken(NamedTuple):
    """A row of the journal that the use case does not take a second time: it was changed after it was taken."""

    table: str
    key: str
    why: str


@asynccontextmanager
async def scratch(database_url: str) -> AsyncIterator[EventLog]:
    """Empty tables of escalation beside the real ones: temporary tables of one connection, so that whatever happens to this
    process they are gone with it. Needs no rights beyond those of the service.

    The pool of the log has that one connection. Raises OSError or asyncpg.PostgresError.
    """
    async with open_pool(database_url, "pg_temp", max_size=1, lasting=True) as pool:
        async with pool.acquire() as connection:
            await migrate(connection, "pg_temp", FOLDERS)
        yield EventLog(pool, "escalation")


async def rebuild(source: Connection, scope: Scope, log: EventLog, on_step: OnStep) -> list[NotTaken]:
    """Take the journal of `source` again, in its order, into the tables of `log`."""
    if scope.student:
        await _copy_stops(source, scope, log)
    not_taken: list[NotTaken] = []
    count = 0
    async for step in steps(source, scope):
        not_taken += await _take(log, step)
        count += 1
        if count >= 512 and count & (count - 1) == 0:  # nobody else gathers statistics of temporary tables
            await _analyze(log)
        on_step(step)
    return not_taken


async def _take(log: EventLog, step: Step) -> list[NotTaken]:
    """What cannot be taken together is taken row by row, so that one damaged row does not hide the others."""
    try:
        async with log.transaction() as connection:
            await TAKE[step.table](log, connection, step.rows)
    except (ValueError, LookupError, AssertionError, Transient, Invalid) as error:
        if len(step.rows) == 1:
            return [NotTaken(step.table, _key(step.rows[0]), type(error).__name__)]
        single = [await _take(log, step._replace(rows=[row])) for row in step.rows]
        return [wrong for those in single for wrong in those]
    return []


def _key(row: Row) -> str:
    names = ("event_id", "act_id", "district", "school", "student", "day", "school_year", "revision", "roster_revision")
    return " ".join(str(row[name]) for name in names if name in row.keys())  # noqa: SIM118 - `in` a Record asks its values


async def _copy_stops(source: Connection, scope: Scope, log: EventLog) -> None:
    """How many pupils would have taken a step cannot be seen from one of them."""
    rows = await source.fetch("SELECT * FROM step_stop WHERE district = $1", scope.district)
    async with log.transaction() as connection:
        await store_release.save_stops(connection, [Stop(**dict(row)) for row in rows])


async def _analyze(log: EventLog) -> None:
    async with log.transaction() as connection:
        await connection.execute("ANALYZE pupil, ladder_state, mark_statement, act, artefact, day_close")
