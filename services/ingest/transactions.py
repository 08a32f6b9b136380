"""One transaction of ingest: what changes and what is said about it commit together."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import asyncpg

from shared.contracts.envelope import Event, EventData
from shared.db.pool import Connection
from shared.messaging.event_log import EventLog, lock_keys

ATTEMPTS = 4
ResultT = TypeVar("ResultT")


class ChangedMeanwhile(Exception):
    """Another transaction changed what this one had read before it held the locks."""


LOST_A_RACE = (
    asyncpg.UniqueViolationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    ChangedMeanwhile,
)


@dataclass(frozen=True, slots=True)
class Ledger:
    connection: Connection
    log: EventLog

    async def append(self, events: Sequence[Event[EventData]]) -> None:
        await self.log.append(self.connection, events)

    async def lock_schools(self, district: str, schools: Iterable[str]) -> None:
        """Until the end of the transaction nobody else says anything about these schools' days.

        Call it before any read: what is read later is then what the former holder has committed.
        """
        await lock_keys(self.connection, {f"{district}/{school}" for school in schools})


async def transact(log: EventLog, work: Callable[[Ledger], Awaitable[ResultT]]) -> ResultT:
    """Run `work` in a transaction; again from the start if it lost a race against another one."""
    for _ in range(ATTEMPTS - 1):
        try:
            return await _once(log, work)
        except LOST_A_RACE:
            continue
    return await _once(log, work)


async def _once(log: EventLog, work: Callable[[Ledger], Awaitable[ResultT]]) -> ResultT:
    async with log.transaction() as connection:
        return await work(Ledger(connection, log))
