"""Facts in, decisions out, on the real database: repeats, order of arrival, waiting for what is not there yet."""

import random
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.escalation import act as acting
from services.escalation import escalate, store_read
from services.escalation.ladder import parse_act, state_from_json, summary
from services.escalation.store import PupilKey
from shared.contracts.attendance import DayClosed, MarkRecorded, MarkRetracted
from shared.contracts.envelope import Event, EventData
from shared.contracts.notices import NoticeSent
from shared.contracts.roster import CalendarChanged, Enrolment, StudentChanged
from shared.db.pool import open_pool
from shared.messaging.errors import Transient
from shared.messaging.event_log import EventLog
from tests.conftest import Database

pytestmark = pytest.mark.db

FIRST = date(2025, 8, 18)
DAYS = tuple(day for n in range(120) if (day := FIRST + timedelta(n)).weekday() < 5)


@pytest.fixture
async def log(database: Database) -> AsyncIterator[EventLog]:
    async with open_pool(database.url("escalation"), "escalation", max_size=4) as pool:
        yield EventLog(pool, "escalation")


def at(day: date, hour: int = 16) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def wrapped(data: EventData, number: int, when: datetime) -> Event[Any]:
    return Event(UUID(int=number), "test", when, data)


def mark(number: int, day: date, student: str = "ana", known: date | None = None, **changes: Any) -> Event[Any]:
    said = {"status": "absent", "excuse": "unexcused", "school": "north", "rev": 0, "source": "api", **changes}
    data = MarkRecorded(district="d", student=student, day=day, sequence=number, known_at=at(known or DAYS[-1]), **said)
    return wrapped(data, number, data.known_at)


def close(number: int, day: date, school: str = "north", revision: int = 1) -> Event[Any]:
    closed_at = at(day, 23)
    data = DayClosed(
        district="d", school=school, day=day, sequence=number, closed_at=closed_at, calendar_revision=revision
    )
    return wrapped(data, number, closed_at)


def calendar(revision: int = 1, school: str = "north") -> Event[Any]:
    data = CalendarChanged(
        district="d", school=school, name="North", revision=revision, school_year="2025-2026", instructional_days=DAYS
    )
    return wrapped(data, 900 + revision, at(FIRST))


def student(name: str = "ana", revision: int = 1, school: str = "north") -> Event[Any]:
    data = StudentChanged(
        district="d",
        student=name,
        revision=revision,
        given_name="Test",
        family_name="Pupil",
        birth_date=date(2010, 3, 2),
        enrolments=(Enrolment(school=school, entered=FIRST),),
    )
    return wrapped(data, 950 + revision, at(FIRST))


async def attendance(log: EventLog, *events: Event[Any]) -> None:
    async with log.transaction() as connection:
        await escalate.take_attendance(log, connection, events)


async def roster(log: EventLog, *events: Event[Any]) -> None:
    async with log.transaction() as connection:
        await escalate.take_roster(log, connection, events)


async def tables(log: EventLog) -> dict[str, Any]:
    """Everything that was decided and said, without what only numbers the writing."""
    async with log.transaction() as connection:
        states = await connection.fetch("SELECT * FROM ladder_state ORDER BY district, student")
        artefacts = await connection.fetch("SELECT event_id, type, as_of, body FROM artefact ORDER BY event_id")
        said = await connection.fetch("SELECT event_id FROM event_log ORDER BY event_id")
    return {"states": [dict(row) for row in states], "artefacts": [dict(row) for row in artefacts], "said": said}


async def state(log: EventLog, name: str = "ana") -> dict[str, Any]:
    async with log.transaction() as connection:
        row = await store_read.state(connection, "d", name)
    assert row is not None
    return summary(state_from_json(row["state"]))


def three_days() -> list[Event[Any]]:
    return [mark(n, DAYS[n]) for n in (1, 2, 3)]


async def types(log: EventLog) -> list[str]:
    async with log.transaction() as connection:
        return [row["type"] for row in await connection.fetch("SELECT type FROM event_log ORDER BY id")]


async def test_three_days_make_a_report_and_it_is_said_once(log: EventLog) -> None:
    await roster(log, calendar(), student())
    for _ in range(3):
        await attendance(log, *three_days(), close(10, DAYS[3]))
    said = await types(log)
    assert said.count("truancy.report.issued") == 1
    assert said.count("notice.required") == 1
    assert (await state(log))["level"] == "level_1"


@pytest.mark.parametrize("seed", range(5))
async def test_order_repeats_and_cuts_between_closes_do_not_matter(
    log: EventLog, database: Database, seed: int
) -> None:
    chance = random.Random(seed)
    marks = [
        mark(n, DAYS[n % 5], f"s{n % 4}", rev=n % 3, status=chance.choice(["absent", "present"])) for n in range(1, 60)
    ]
    marks += [_retraction(n, DAYS[n % 5], f"s{n % 4}") for n in range(60, 70)]
    pupils = [student(f"s{n}") for n in range(4)]
    await roster(log, calendar(), *pupils)
    await attendance(log, *marks, close(100, DAYS[6]))
    wanted = await tables(log)
    async with log.transaction() as connection:
        await connection.execute(
            "TRUNCATE mark_statement, day_close, pupil, ladder_state, artefact, event_log, event_pending"
        )
    await roster(log, *pupils)
    shuffled = [*marks, *chance.choices(marks, k=20)]
    chance.shuffle(shuffled)
    for batch in _cuts(shuffled, chance):
        await attendance(log, *batch)
    await attendance(log, close(100, DAYS[6]), close(100, DAYS[6]))
    assert await tables(log) == wanted


def _retraction(number: int, day: date, name: str) -> Event[Any]:
    data = MarkRetracted(
        district="d",
        school="north",
        student=name,
        day=day,
        rev=number % 4,
        sequence=number,
        known_at=at(day),
        source="api",
    )
    return wrapped(data, number, data.known_at)


def _cuts(events: Sequence[Event[Any]], chance: random.Random) -> list[Sequence[Event[Any]]]:
    places = sorted(chance.sample(range(1, len(events)), 4))
    return [events[first:last] for first, last in zip([0, *places], [*places, len(events)], strict=True)]


async def test_a_pupil_whose_marks_came_before_the_roster_is_decided_when_the_roster_comes(log: EventLog) -> None:
    await roster(log, calendar())
    await attendance(log, *three_days(), close(10, DAYS[3]))
    assert "truancy.report.issued" not in await types(log)
    await roster(log, student())
    late = await tables(log)
    assert (await state(log))["level"] == "level_1"
    async with log.transaction() as connection:
        await connection.execute(
            "TRUNCATE mark_statement, day_close, pupil, ladder_state, artefact, event_log, event_pending"
        )
    await roster(log, student())
    await attendance(log, *three_days(), close(10, DAYS[3]))
    assert await tables(log) == late


async def test_a_close_waits_for_the_calendar_it_was_made_with(log: EventLog) -> None:
    await roster(log, student())
    with pytest.raises(Transient):
        await attendance(log, *three_days(), close(10, DAYS[3]))
    await roster(log, calendar(1))
    with pytest.raises(Transient):
        await attendance(log, *three_days(), close(10, DAYS[3], revision=2))
    assert await types(log) == []
    await roster(log, calendar(2))
    await attendance(log, *three_days(), close(10, DAYS[3], revision=2))
    assert (await state(log))["level"] == "level_1"


async def test_marks_for_later_days_are_judged_when_their_day_is_closed(log: EventLog) -> None:
    await roster(log, calendar(), student())
    await attendance(log, *three_days())
    for number, day in enumerate(DAYS[:6]):
        await attendance(log, close(100 + number, day))
    async with log.transaction() as connection:
        issued = await connection.fetch("SELECT as_of FROM artefact WHERE type = 'truancy.report.issued'")
    assert [row["as_of"].date() for row in issued] == [DAYS[3]]


async def test_a_same_day_alert_goes_out_once_and_only_on_its_day(log: EventLog) -> None:
    await roster(log, calendar(), student())
    await attendance(log, mark(1, DAYS[1], known=DAYS[1]), mark(2, DAYS[1], known=DAYS[1], rev=1))
    await attendance(log, mark(3, DAYS[2], known=DAYS[4]), mark(4, DAYS[3], known=DAYS[3], excuse="excused"))
    await attendance(
        log, mark(5, DAYS[4], known=DAYS[4], excuse="excused", rev=5), mark(6, DAYS[4], known=DAYS[4], rev=2)
    )
    async with log.transaction() as connection:
        alerts = await connection.fetch("SELECT body FROM artefact WHERE type = 'notice.required'")
    assert [row["body"]["days"] for row in alerts] == [[DAYS[1].isoformat()]]


async def test_two_schools_are_decided_each_at_its_own_close(log: EventLog) -> None:
    await roster(log, calendar(), calendar(school="south"), student(), student("ben", school="south"))
    ben = [mark(10 + n, DAYS[n], "ben", school="south") for n in (1, 2, 3)]
    await attendance(log, *three_days(), *ben, close(30, DAYS[3]))
    async with log.transaction() as connection:
        assert (await store_read.state(connection, "d", "ben"))["state"] is None  # type: ignore[index]
    await attendance(log, close(31, DAYS[4], "south"))
    assert (await state(log, "ben"))["level"] == "level_1"


def contact(act_id: UUID, when: datetime) -> Any:
    return parse_act(
        {
            "id": str(act_id),
            "at": when.isoformat(),
            "by": "clerk",
            "kind": "contact",
            "channel": "phone",
            "outcome": "voicemail",
        }
    )


async def test_an_act_counts_once_and_the_next_close_sees_it(log: EventLog) -> None:
    await roster(log, calendar(), student())
    for number in range(5):
        await attendance(log, mark(number, DAYS[number]), close(100 + number, DAYS[number]))
    act = contact(uuid4(), at(DAYS[5]))
    first = await acting.take_act(log, PupilKey("d", "ana"), act)
    again = await acting.take_act(log, PupilKey("d", "ana"), act)
    assert first.events == ("contact.logged",)
    assert again.repeated
    assert not (await state(log))["habitual"]
    await attendance(log, close(200, DAYS[6]))
    assert (await state(log))["habitual"]
    assert (await types(log)).count("contact.logged") == 1


async def test_an_act_about_an_unknown_pupil_is_refused_by_name(log: EventLog) -> None:
    with pytest.raises(acting.UnknownPupil, match="roster of d does not know pupil nobody"):
        await acting.take_act(log, PupilKey("d", "nobody"), contact(uuid4(), at(DAYS[5])))


@pytest.mark.parametrize(
    ("kind", "channel", "contacts"),
    [("meeting_invitation", "email", 1), ("meeting_invitation", "letter", 0), ("truancy_notice_1", "email", 0)],
)
async def test_an_invitation_that_went_out_is_a_contact(log: EventLog, kind: Any, channel: Any, contacts: int) -> None:
    await roster(log, calendar(), student())
    sent = NoticeSent(
        district="d", student="ana", notice=UUID(int=1), kind=kind, delivery=UUID(int=2), guardian="g", channel=channel,
        languages=("en",), template="x/V1", at=at(DAYS[2]), content_sha256="0" * 64,
    )  # fmt: skip
    for _ in range(2):
        async with log.transaction() as connection:
            await acting.take_deliveries(log, connection, [wrapped(sent, 1, sent.at)])
    assert (await types(log)).count("contact.logged") == contacts
