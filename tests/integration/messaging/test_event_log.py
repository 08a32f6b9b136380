"""The event log on the real PostgreSQL: what is said is said with what makes it true, in order, and kept for its time."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from shared.contracts.attendance import MarkRecorded
from shared.contracts.envelope import Event, derived_id
from shared.contracts.roster import StudentChanged
from shared.contracts.topics import ATTENDANCE, ROSTER
from shared.db.pool import Pool, open_pool
from shared.messaging.errors import TooLarge
from shared.messaging.event_log import EventLog, lock_keys
from shared.messaging.partitions import maintain
from shared.messaging.relay import OLDEST, PLAN, ROUND, cloud_event
from shared.messaging.replay import refill, replay
from tests.conftest import Database
from tests.integration.messaging.town import marks
from tests.unit.messaging.examples import NOON, event, mark

pytestmark = pytest.mark.db


@pytest.fixture
async def pool(database: Database) -> AsyncIterator[Pool]:
    async with open_pool(database.url("ingest"), "ingest") as pool:
        yield pool


@pytest.fixture
def log(pool: Pool) -> EventLog:
    return EventLog(pool, "ingest")


async def say(log: EventLog, *events: Event[Any]) -> None:
    async with log.transaction() as connection:
        await log.append(connection, events)


def snapshot(student: str, revision: int) -> Event[StudentChanged]:
    data = StudentChanged(
        district="d", student=student, revision=revision, given_name="Ana", family_name="Example",
        birth_date=date(2010, 3, 2), enrolments=(),
    )  # fmt: skip
    return Event(derived_id(student, revision), "ingest", NOON, data)


async def pending(pool: Pool) -> list[str]:
    rows = await pool.fetch("SELECT event_id FROM event_pending JOIN event_log USING (id, logged_on) ORDER BY id")
    return [str(row["event_id"]) for row in rows]


async def test_events_are_pending_in_the_order_in_which_they_were_said(pool: Pool, log: EventLog) -> None:
    events = marks(3000)
    await say(log, *events)
    assert await pending(pool) == [str(item.id) for item in events]
    assert log.appended.is_set()


async def test_what_was_rolled_back_was_never_said(pool: Pool, log: EventLog) -> None:
    async def fail_after_saying() -> None:
        async with log.transaction() as connection:
            await log.append(connection, marks(3))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail_after_saying()
    assert await pool.fetchval("SELECT count(*) FROM event_log") == 0
    assert await pending(pool) == []
    assert not log.appended.is_set()


async def test_a_row_holds_what_goes_out(pool: Pool, log: EventLog) -> None:
    said = Event(derived_id("x"), "ingest", NOON - timedelta(hours=3), mark(7), "00-1-2-01")
    await say(log, said)
    row = await pool.fetchrow("SELECT * FROM event_log")
    assert row is not None
    assert (row["topic"], row["key"]) == (ATTENDANCE, b"d/north")
    assert MarkRecorded.model_validate_json(row["value"]) == said.data
    assert cloud_event(row) == {
        "ce_id": str(said.id),
        "ce_type": "attendance.mark.recorded",
        "ce_source": "ingest",
        "ce_subject": "d/ana",
        "ce_time": "2025-09-08T09:00:00+00:00",
        "ce_specversion": "1.0",
        "content-type": "application/json",
        "traceparent": "00-1-2-01",
    }


async def test_an_event_that_no_broker_would_take_is_refused_where_it_is_said(pool: Pool, log: EventLog) -> None:
    with pytest.raises(TooLarge, match=r"attendance.mark.recorded of \d+ bytes; at most 900000"):
        await say(log, event(mark(code="x" * 1_000_000)))
    assert await pending(pool) == []


async def test_keys_are_locked_against_each_other_whatever_their_order(log: EventLog) -> None:
    """Two writers of the same keys take turns, and with 200 keys in opposite orders nobody ends in a deadlock."""
    keys, inside, most = [f"d/{number}" for number in range(200)], 0, 0

    async def write(order: list[str]) -> None:
        nonlocal inside, most
        async with log.transaction() as connection:
            await lock_keys(connection, order)
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0.005)
            inside -= 1

    await asyncio.gather(*(write(keys[::direction]) for direction in (1, -1, 1, -1, 1, -1)))
    assert most == 1


async def test_keys_far_beyond_the_lock_table_can_be_locked(log: EventLog) -> None:
    async with log.transaction() as connection:
        await lock_keys(connection, [f"d/{number}" for number in range(50_000)])
        held = await connection.fetchval("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")
    assert held <= 256


async def test_the_relay_walks_the_index_however_large_the_log(pool: Pool, log: EventLog) -> None:
    for start in range(0, 20_000, 4000):
        await say(log, *marks(4000, start=start))
    async with pool.acquire() as connection:
        await connection.execute(PLAN)
        plan = await connection.fetch(f"EXPLAIN (ANALYZE, COSTS OFF) {OLDEST.replace('$1', str(ROUND))}")
    text = "\n".join(row[0] for row in plan)
    assert "Seq Scan" not in text, text
    assert "Index Scan using event_log" in text, text


class TestReplay:
    async def test_all_of_a_topic_in_the_order_of_the_log(self, pool: Pool, log: EventLog) -> None:
        events = marks(10)
        await say(log, *events)
        await pool.execute("DELETE FROM event_pending")
        async with log.transaction() as connection:
            assert await replay(connection, ATTENDANCE) == 10
            assert await replay(connection, ROSTER) == 0
        assert await pending(pool) == [str(item.id) for item in events]

    async def test_what_is_pending_already_is_not_doubled(self, pool: Pool, log: EventLog) -> None:
        await say(log, *marks(10))
        await pool.execute("DELETE FROM event_pending WHERE id % 2 = 0")
        async with log.transaction() as connection:
            assert await replay(connection, ATTENDANCE) == 5
        assert len(await pending(pool)) == 10

    async def test_a_slice_of_time(self, pool: Pool, log: EventLog) -> None:
        start = datetime(2025, 9, 1, tzinfo=UTC)
        events = marks(10)
        for number, item in enumerate(events):
            await say(log, item)
            await pool.execute(
                "UPDATE event_log SET logged_at = $1 WHERE event_id = $2", start + timedelta(days=number), item.id
            )
        await pool.execute("DELETE FROM event_pending")
        async with log.transaction() as connection:
            sent = await replay(connection, ATTENDANCE, start + timedelta(days=3), start + timedelta(days=5))
        assert sent == 2
        assert await pending(pool) == [str(item.id) for item in events[3:5]]

    async def test_of_a_compacted_topic_the_newest_of_each_key(self, pool: Pool, log: EventLog) -> None:
        await say(log, *(snapshot(student, revision) for revision in range(3) for student in ("ana", "ben")))
        await say(log, *marks(2))
        await pool.execute("DELETE FROM event_pending")
        async with log.transaction() as connection:
            assert await refill(connection) == 4
        assert (await pending(pool))[:2] == [str(snapshot(student, 2).id) for student in ("ana", "ben")]


class TestDays:
    async def days(self, pool: Pool) -> list[str]:
        rows = await pool.fetch(
            "SELECT relname FROM pg_inherits JOIN pg_class ON oid = inhrelid WHERE inhparent = 'event_log'::regclass ORDER BY 1"
        )
        return [row["relname"] for row in rows]

    async def maintain(self, pool: Pool, keep_days: int = 400) -> None:
        async with pool.acquire() as connection:
            await maintain(connection, keep_days)

    async def today(self, pool: Pool) -> date:
        day: date = await pool.fetchval("SELECT current_date")
        return day

    async def backdate(self, pool: Pool, day: date) -> None:
        """Let all that was said be of `day`, in a partition of its own as if it had been made then."""
        await pool.execute("UPDATE event_log SET logged_on = $1", day)
        await pool.execute(
            f"WITH old AS (DELETE FROM event_log_default RETURNING *) SELECT * INTO event_log_{day:%Y%m%d} FROM old"
        )
        name, end = f"event_log_{day:%Y%m%d}", day + timedelta(days=1)
        await pool.execute(
            f"ALTER TABLE {name} ALTER id SET NOT NULL, ALTER logged_on SET NOT NULL, ALTER logged_at SET NOT NULL, "
            "ALTER topic SET NOT NULL, ALTER event_id SET NOT NULL, "
            "ADD CONSTRAINT event_log_check CHECK ((type IS NULL) = (dead_letter_headers IS NOT NULL))"
        )
        await pool.execute(f"ALTER TABLE event_log ATTACH PARTITION {name} FOR VALUES FROM ('{day}') TO ('{end}')")

    async def test_the_next_days_are_made_ahead_and_again_is_no_harm(self, pool: Pool, log: EventLog) -> None:
        await self.maintain(pool)
        await self.maintain(pool)
        today = await self.today(pool)
        wanted = [f"event_log_{today + timedelta(days=ahead):%Y%m%d}" for ahead in range(3)]
        assert await self.days(pool) == [*wanted, "event_log_default"]
        await say(log, *marks(5))
        assert await pool.fetchval(f"SELECT count(*) FROM {wanted[0]}") == 5

    async def test_a_day_that_began_in_the_default_partition_is_lost_to_nobody(self, pool: Pool, log: EventLog) -> None:
        await say(log, *marks(5))
        await self.maintain(pool)
        await say(log, *marks(5))
        assert await pool.fetchval("SELECT count(*) FROM event_log") == 10
        assert len(await self.days(pool)) == 3

    async def test_two_processes_at_once(self, pool: Pool) -> None:
        await asyncio.gather(*(self.maintain(pool) for _ in range(4)))
        assert len(await self.days(pool)) == 4

    async def test_old_days_go_but_the_newest_snapshot_of_each_pupil_stays(self, pool: Pool, log: EventLog) -> None:
        await say(log, *marks(5), snapshot("ana", 1), snapshot("ben", 1), snapshot("ben", 2))
        await self.backdate(pool, await self.today(pool) - timedelta(days=11))
        await say(log, snapshot("ana", 2))
        await pool.execute("DELETE FROM event_pending")
        await self.maintain(pool, keep_days=10)
        kept = {str(row["event_id"]) for row in await pool.fetch("SELECT event_id FROM event_log")}
        assert kept == {str(snapshot("ana", 2).id), str(snapshot("ben", 2).id)}
        assert not [name for name in await self.days(pool) if name < f"event_log_{await self.today(pool):%Y%m%d}"]

    async def test_old_rows_of_the_default_partition_go_too(self, pool: Pool, log: EventLog) -> None:
        await say(log, *marks(5))
        await pool.execute("UPDATE event_log SET logged_on = current_date - 11")
        await pool.execute("DELETE FROM event_pending")
        await self.maintain(pool, keep_days=10)
        assert await pool.fetchval("SELECT count(*) FROM event_log") == 0

    async def test_a_day_with_unpublished_events_is_kept(self, pool: Pool, log: EventLog) -> None:
        await say(log, *marks(5))
        await self.backdate(pool, await self.today(pool) - timedelta(days=11))
        await pool.execute("UPDATE event_pending SET logged_on = current_date - 11")
        await self.maintain(pool, keep_days=10)
        assert len(await pending(pool)) == 5


async def test_the_log_cannot_hold_an_event_without_its_type(pool: Pool) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        await pool.execute("INSERT INTO event_log (topic, event_id) VALUES ('x', gen_random_uuid())")
