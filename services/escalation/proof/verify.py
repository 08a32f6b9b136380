"""The use case of proof: does what is kept follow from what was taken, to the last row?"""

from collections.abc import Callable
from dataclasses import dataclass

from services.escalation.proof.compare import TableResult, compare, shapes
from services.escalation.proof.journal import Scope, Step, older, size
from services.escalation.proof.rebuild import NotTaken, rebuild, scratch
from shared.db.pool import Connection, Pool
from shared.messaging.event_log import EventLog

OnProgress = Callable[[int, int], None]
"""Called with the rows taken again so far, and how many there are."""


@dataclass(frozen=True, slots=True)
class Verification:
    taken: int
    """Rows of the journal that were taken again."""
    older: int
    """Facts from before the journal began."""
    not_taken: list[NotTaken]
    tables: list[TableResult]

    @property
    def proven(self) -> bool:
        return not (self.older or self.not_taken or any(table.wrong for table in self.tables))


async def verify(pool: Pool, database_url: str, scope: Scope, on_progress: OnProgress) -> Verification:
    """Build all tables again from the journal and compare them with those that are kept.

    `pool` is escalation's. Everything is read as it was at one moment, so the service may go on meanwhile.
    """
    async with (
        scratch(database_url) as log,
        pool.acquire() as source,
        source.transaction(isolation="repeatable_read", readonly=True),
    ):
        return await _verify(source, scope, log, on_progress)


async def _verify(source: Connection, scope: Scope, log: EventLog, on_progress: OnProgress) -> Verification:
    total, done = await size(source, scope), 0

    def on_step(step: Step) -> None:
        nonlocal done
        done += len(step.rows)
        on_progress(done, total)

    not_taken = await rebuild(source, scope, log, on_step)
    async with log.transaction() as built:
        tables = [await compare(source, built, shape, scope) for shape in await shapes(source, scope)]
    return Verification(total, await older(source, scope), not_taken, tables)
