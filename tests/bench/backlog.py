"""A backlog of marks on the embedded stack: escalation, beside a FastStream handler written as its tutorial does it
(one message, one transaction), with the same SQL and the same database server."""

import asyncio
import os
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import asyncpg
from aiokafka import AIOKafkaProducer

from deploy.embedded.broker import BrokerHost
from deploy.embedded.engines import DATABASE, Engines
from deploy.embedded.process import free_port
from deploy.migrate import service_url
from services.escalation import escalate
from shared.contracts.attendance import DayClosed, MarkRecorded
from shared.contracts.envelope import Event, SchoolEventData
from shared.contracts.roster import CalendarChanged, Enrolment, StudentChanged
from shared.db.pool import open_pool
from shared.messaging.event_log import EventLog
from shared.messaging.relay import cloud_event

PUPILS, SCHOOLS, DAYS, SEED = 25_000, 20, 60, 7
MARKS, MARKS_ONE_BY_ONE = 150_000, 6_000
FIRST = date(2025, 8, 18)
SCHOOL_DAYS = tuple(day for n in range(DAYS * 2) if (day := FIRST + timedelta(n)).weekday() < 5)[:DAYS]
CHANCE = random.Random(SEED)
DECIDED = """
    WITH decided AS (UPDATE pupil SET dirty = false, dirty_from = NULL RETURNING district, student)
    INSERT INTO ladder_state (district, student, school_year, state, level, occasions, reports)
    SELECT district, student, '2025-2026', '{"school_year": "2025-2026"}', 'prevention', 0, 0 FROM decided
"""
"""The year has begun for everyone: the first close decides about those with marks only."""


async def run(folder: Path) -> None:
    print(f"backlog: {PUPILS:,} pupils in {SCHOOLS} schools; PostgreSQL and Tansu embedded, {os.cpu_count()} cores")
    usual = await _measure(folder / "usual", _tutorial, _marks(MARKS_ONE_BY_ONE))
    print(f"  one message, one transaction (FastStream's tutorial): {usual:,.0f} marks a second")
    ours = await _measure(folder / "ours", _escalation, _marks(MARKS))
    print(
        f"  Rollcall's escalation, a backlog of {MARKS:,} marks:    {ours:,.0f} marks a second = {ours / usual:.1f} times"
    )
    closed = await _measure(folder / "closed", _escalation, _days(MARKS))
    print(f"  the same marks day by day, with {DAYS * SCHOOLS:,} closes decided:  {closed:,.0f} marks a second")


def _marks(count: int) -> list[Event[SchoolEventData]]:
    return [_mark(number, CHANCE.choice(SCHOOL_DAYS)) for number in range(count)]


def _days(count: int) -> list[Event[SchoolEventData]]:
    """The same number of marks, in the order of their days, each day closed at every school."""
    number, events = 0, []
    for day in SCHOOL_DAYS:
        for _ in range(count // DAYS):
            events.append(_mark(number, day))
            number += 1
        for school in range(SCHOOLS):
            at = datetime(day.year, day.month, day.day, 23, tzinfo=UTC)
            close = DayClosed(
                district="bench", school=f"school-{school}", day=day, sequence=number, closed_at=at, calendar_revision=1
            )
            events.append(Event(UUID(int=(1 << 64) + len(events)), "bench", at, close))
    return events


def _mark(number: int, day: date) -> Event[SchoolEventData]:
    pupil = CHANCE.randrange(PUPILS)
    at = datetime(day.year, day.month, day.day, 17, tzinfo=UTC) + timedelta(days=1)
    data = MarkRecorded(
        district="bench",
        school=f"school-{pupil % SCHOOLS}",
        student=f"pupil-{pupil}",
        day=day,
        rev=0,
        sequence=number,
        known_at=at,
        source="bench",
        status="absent",
        excuse="unexcused" if CHANCE.random() < 0.38 else "excused",
    )
    return Event(UUID(int=number), "bench", at, data)


async def _measure(folder: Path, consumer: Sequence[str], events: list[Event[SchoolEventData]]) -> float:
    """Marks a second between the first and the last row that `consumer` writes for a backlog that is there already."""
    engines = Engines(folder, BrokerHost("tansu", folder, None))
    await engines.start()
    url = service_url(engines.postgres.url(), DATABASE, "escalation")
    process = None
    try:
        await _enrol(url)
        await _publish(engines.broker.bootstrap, events)
        process = _start(consumer, url, engines.broker.bootstrap, folder / "log")
        return await _rate(url, sum(isinstance(event.data, MarkRecorded) for event in events), events)
    finally:
        if process:
            process.terminate()
            process.wait()
        engines.stop()


async def _enrol(url: str) -> None:
    calendars = [
        CalendarChanged(
            district="bench",
            school=f"school-{school}",
            name="Bench School",
            revision=1,
            school_year="2025-2026",
            instructional_days=SCHOOL_DAYS,
        )
        for school in range(SCHOOLS)
    ]
    students = [
        StudentChanged(
            district="bench",
            student=f"pupil-{pupil}",
            revision=1,
            given_name="Pupil",
            family_name=str(pupil),
            birth_date=date(2011, 3, 2),
            enrolments=(Enrolment(school=f"school-{pupil % SCHOOLS}", entered=FIRST),),
        )
        for pupil in range(PUPILS)
    ]
    at = datetime(2025, 8, 1, tzinfo=UTC)
    async with open_pool(url, "escalation", max_size=1) as pool:
        log = EventLog(pool, "escalation")
        async with log.transaction() as connection:
            roster = [Event(UUID(int=n), "bench", at, data) for n, data in enumerate([*calendars, *students])]
            await escalate.take_roster(log, connection, roster)
            await connection.execute(DECIDED)
        await pool.execute("VACUUM ANALYZE")


async def _publish(bootstrap: str, events: list[Event[SchoolEventData]]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, linger_ms=5, max_batch_size=1 << 18)
    await producer.start()
    try:
        futures = []
        for event in events:
            headers = [(name, value.encode()) for name, value in cloud_event(_attributes(event)).items()]
            body, key = event.data.model_dump_json().encode(), event.data.key.encode()
            futures.append(await producer.send(event.data.topic, body, key=key, headers=headers))
        await asyncio.gather(*futures)
    finally:
        await producer.stop()


def _attributes(event: Event[SchoolEventData]) -> dict[str, object]:
    return {
        "event_id": event.id,
        "type": event.data.type,
        "source": event.source,
        "subject": event.data.subject,
        "time": event.time,
        "traceparent": None,
    }


_tutorial = ("-m", "tests.bench.tutorial")
_escalation = ("-m", "uvicorn", "services.escalation.app:build_app", "--factory", "--log-level", "warning", "--port")


def _start(consumer: Sequence[str], url: str, bootstrap: str, log: Path) -> subprocess.Popen[bytes]:
    port = [str(free_port())] if consumer is _escalation else []
    settings = {
        "ROLLCALL_DATABASE_URL": url,
        "ROLLCALL_KAFKA_BOOTSTRAP": bootstrap,
        "ROLLCALL_BROKER_KIND": "tansu",
        "ROLLCALL_STAFF_TOKEN": "a token for the bench only",
    }
    with log.open("ab") as output:
        command = [sys.executable, *consumer, *port]
        return subprocess.Popen(command, env={**os.environ, **settings}, stdout=output, stderr=output)


async def _rate(url: str, marks: int, events: list[Event[SchoolEventData]]) -> float:
    """Until the last mark is written and, where days are closed, the last close is decided."""
    closes = len(events) - marks
    connection = await asyncpg.connect(url, server_settings={"search_path": "escalation"})
    try:
        before, started, deadline = 0, 0.0, time.monotonic() + 240
        while time.monotonic() < deadline:
            done = await connection.fetchval("SELECT count(*) FROM mark_statement")
            if done and not before:
                before, started = done, time.monotonic()
            if done == marks and await connection.fetchval("SELECT count(*) FROM day_close") == closes:
                return (done - before) / (time.monotonic() - started)
            await asyncio.sleep(0.05)
        raise TimeoutError(f"only {done:,} of {marks:,} marks were written; see the log beside the data")
    finally:
        await connection.close()
