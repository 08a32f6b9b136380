"""The seams between services: what one said is what the other took, and what was decided is what was said. Nothing is lost on
the way, nothing is invented, nothing is changed."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import NamedTuple

import orjson

from deploy import seams_sql as sql
from services.escalation.proof.compare import SHOWN, side_by_side
from shared.db.pool import Connection, open_pool


class Fact(NamedTuple):
    """`number` counts up for each `source` (a school, a pupil, a calendar)."""

    id: str
    source: str
    number: int
    content: str


@dataclass(slots=True)
class SeamResult:
    """How many facts are on both sides; for which ones there is a reason why they are on one only; and what is wrong."""

    seam: str
    equal: int = 0
    on_the_way: int = 0
    """Said, and later than everything that was taken from their source."""
    overtaken: int = 0
    """Snapshots that a later one of the same batch replaced."""
    dead: int = 0
    """Among the dead letters."""
    older: int = 0
    """Taken, and older than the event log, which is kept for a time."""
    lost: int = 0
    invented: int = 0
    changed: int = 0
    first: list[str] = field(default_factory=list)

    @property
    def tight(self) -> bool:
        return not (self.lost or self.invented or self.changed)

    def note(self, problem: str, name: str) -> None:
        setattr(self, problem, getattr(self, problem) + 1)
        if len(self.first) < SHOWN:
            self.first.append(f"{problem}: {name}")


@dataclass(frozen=True, slots=True)
class Limits:
    """Per source: the last number that was taken, and the first that the log still has."""

    last_taken: dict[str, int]
    first_logged: dict[str, int]


async def check_seams(urls: Callable[[str], str], district: str | None, student: str | None) -> list[SeamResult]:
    """`urls` gives the database address of a service. Everything is read as of one moment, of ingest a little later."""
    async with AsyncExitStack() as stack:
        escalation = await _snapshot(stack, urls("escalation"), "escalation")
        ingest = await _snapshot(stack, urls("ingest"), "ingest")
        whose = (district, student)
        return [
            await _arrived(SeamResult("marks and closes"), ingest, escalation, sql.ATTENDANCE, whose),
            await _arrived(SeamResult("pupils"), ingest, escalation, sql.PUPILS, whose),
            await _arrived(SeamResult("calendars"), ingest, escalation, sql.CALENDARS, whose),
            await _said(escalation, whose),
        ]


async def _snapshot(stack: AsyncExitStack, url: str, service: str) -> Connection:
    pool = await stack.enter_async_context(open_pool(url, service, max_size=1))
    connection: Connection = await stack.enter_async_context(pool.acquire())
    await stack.enter_async_context(connection.transaction(isolation="repeatable_read", readonly=True))
    return connection


async def _arrived(
    result: SeamResult, ingest: Connection, escalation: Connection, seam: sql.Seam, whose: tuple[str | None, str | None]
) -> SeamResult:
    limits = Limits(
        {row["source"]: row["number"] for row in await escalation.fetch(seam.last_taken)},
        {row["source"]: row["number"] for row in await ingest.fetch(seam.first_logged)},
    )
    dead = await _dead(escalation) if seam is sql.ATTENDANCE else set()
    both = side_by_side(_facts(ingest, seam.logged, whose), _facts(escalation, seam.taken, whose))
    async for name, said, taken in both:
        if said and taken:
            if said == taken:
                result.equal += 1
            else:
                result.note("changed", name)
        elif said:
            _not_taken(result, said, limits, dead, seam)
        elif taken:
            _not_logged(result, taken, limits)
    return result


async def _facts(connection: Connection, query: str, whose: tuple[str | None, str | None]) -> AsyncIterator[Fact]:
    async for row in connection.cursor(query, *whose, prefetch=2000):
        yield Fact(*row)


def _not_taken(result: SeamResult, fact: Fact, limits: Limits, dead: set[tuple[str, int]], seam: sql.Seam) -> None:
    if (fact.source, fact.number) in dead:
        result.dead += 1
    elif fact.number > limits.last_taken.get(fact.source, -1):
        result.on_the_way += 1
    elif seam.snapshots and fact.number < limits.last_taken[fact.source]:
        result.overtaken += 1
    else:
        result.note("lost", fact.id)


def _not_logged(result: SeamResult, fact: Fact, limits: Limits) -> None:
    first = limits.first_logged.get(fact.source)
    if first is None or fact.number < first:
        result.older += 1
    else:
        result.note("invented", fact.id)


async def _dead(escalation: Connection) -> set[tuple[str, int]]:
    """What escalation could not read, as far as it can be read here."""
    found = set()
    for row in await escalation.fetch(sql.DEAD):
        try:
            body = orjson.loads(row["value"])
            found.add((f"{body['district']}/{body['school']}", int(body["sequence"])))
        except (ValueError, KeyError, TypeError):
            continue  # it is no event of ingest's log then
    return found


async def _said(escalation: Connection, whose: tuple[str | None, str | None]) -> SeamResult:
    result = SeamResult("decisions said")
    counts = await escalation.fetchrow(sql.SAID_COUNTS, *whose)
    assert counts is not None
    result.equal, result.older = counts["equal"], counts["older"]
    for row in await escalation.fetch(sql.SAID_WRONG, *whose):
        result.note(row["problem"], row["name"])
    return result
