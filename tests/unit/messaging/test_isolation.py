"""A failing batch: the records to blame are found, the rest is handled, in order; too many dead ones stop everything."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Any, cast

import pytest

from shared.contracts.envelope import Event
from shared.db.pool import Connection
from shared.messaging.decoder import Dead
from shared.messaging.errors import Flood, Invalid, Transient
from shared.messaging.isolation import FloodGuard, isolate
from tests.unit.messaging.examples import event, mark


class Savepoints:
    """Stands for a connection: what a handler wrote in a savepoint that failed is undone."""

    def __init__(self) -> None:
        self.written: list[int] = []

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        before = list(self.written)
        try:
            yield
        except BaseException:
            self.written = before
            raise


async def run(count: int, error_of: dict[int, Exception]) -> tuple[list[int], dict[int, Dead]]:
    savepoints = Savepoints()

    async def handler(_: Connection, events: Sequence[Event[Any]]) -> None:
        for item in events:
            savepoints.written.append(item.data.sequence)
            if item.data.sequence in error_of:
                raise error_of[item.data.sequence]

    outcomes = await isolate(cast("Connection", savepoints), handler, [event(mark(number)) for number in range(count)])
    assert [item.data.sequence for item, _ in outcomes] == list(range(count))
    return savepoints.written, {item.data.sequence: dead for item, dead in outcomes if dead}


async def test_a_good_batch_is_handled_at_once() -> None:
    assert await run(5, {}) == ([0, 1, 2, 3, 4], {})


async def test_no_events_no_call() -> None:
    assert await run(0, {}) == ([], {})


@pytest.mark.parametrize("culprits", [{0}, {6}, {3}, {0, 6}, {2, 3, 4}, {0, 1, 2, 3, 4, 5, 6}])
async def test_exactly_the_culprits_are_dead_and_the_rest_is_written_once_in_order(culprits: set[int]) -> None:
    written, dead = await run(7, {number: KeyError("Ana Example") for number in culprits})
    assert written == [number for number in range(7) if number not in culprits]
    assert dead.keys() == culprits
    assert {item.error_class for item in dead.values()} == {"KeyError"}
    assert "Ana" not in str(dead)


async def test_the_reason_of_an_invalid_event_is_kept() -> None:
    _, dead = await run(3, {1: Invalid("school is not one of this district")})
    assert dead == {1: Dead("Invalid", "school is not one of this district")}


@pytest.mark.parametrize("error", [Transient("no calendar yet"), ConnectionResetError(), TimeoutError()])
async def test_what_may_succeed_later_is_no_culprit(error: Exception) -> None:
    with pytest.raises(type(error)):
        await run(4, {2: error})


def count(guard: FloodGuard, pattern: str) -> None:
    for sign in pattern:
        guard.count(sign == "x")


def test_a_few_dead_are_let_through() -> None:
    count(FloodGuard(in_a_row=3, share=0.5, window=10), "xxx.xx......" * 3)


def test_too_many_in_a_row_stop_it() -> None:
    with pytest.raises(Flood, match="4 records in a row are dead"):
        count(FloodGuard(in_a_row=3), "..xxxx")


def test_too_large_a_share_stops_it() -> None:
    with pytest.raises(Flood, match="6 of the last 9 records are dead"):
        count(FloodGuard(in_a_row=3, share=0.5, window=10), "xxx.xx..x")


def test_the_share_is_taken_anew_in_each_window() -> None:
    count(FloodGuard(in_a_row=3, share=0.5, window=10), "xxx..xx..." * 4)
