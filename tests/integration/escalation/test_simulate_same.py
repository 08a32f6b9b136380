"""The proof of the simulation: judged again by what judged them, pupils come out exactly as they did."""

from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest

from services.escalation import act, store_districts, store_history, store_release
from services.escalation.ladder import parse_act, state_from_json
from services.escalation.policies import policy_of
from services.escalation.saying import wrap
from services.escalation.simulation.history import DistrictHistory, PupilHistory
from services.escalation.simulation.reading import read_district, read_pupils
from services.escalation.simulation.replay import Rules, replay
from services.escalation.store import PupilKey
from services.escalation.store_districts import SavedChoice
from shared.contracts.attendance import MarkRetracted
from shared.contracts.ladder import LadderEventData
from shared.contracts.roster import CalendarChanged, Enrolment
from shared.messaging.event_log import EventLog
from tests.integration.escalation.district import DAYS, at, attendance, calendar, close, mark, roster, student, wrapped

pytestmark = pytest.mark.db
PUPILS = [f"pupil-{number}" for number in range(40)]
TWO_SCHOOLS = ("north", "south")
NEXT_YEAR = tuple(day for n in range(50) if (day := date(2026, 8, 17) + timedelta(n)).weekday() < 5)
MOVE = DAYS[30]
BOTH_YEARS = (*DAYS[:80], *NEXT_YEAR[:20])


def school_of(name: str, day: date) -> str:
    number = PUPILS.index(name)
    moved = number % 10 == 3 and day >= MOVE
    return TWO_SCHOOLS[(number + moved) % 2]


def said_today(random: Random, number: int, day: date) -> list[Any]:
    """Absences of today, and now and then a correction, a late mark, one of an older revision or a retraction."""
    events = []
    for name in PUPILS:
        chance, index = random.random(), BOTH_YEARS.index(day)
        about = day if chance < 0.2 else BOTH_YEARS[max(0, index - random.randrange(8 if chance < 0.3 else 60))]
        if chance < 0.32:
            said = {
                "status": random.choice(["absent", "absent", "absent", "tardy", "present"]),
                "excuse": random.choice(["unexcused", "unexcused", "unexcused", "excused", "unverified"]),
                "minutes": random.choice([None, 20, 45]),
                "period": random.choice([None, None, 2]),
                "rev": random.randrange(3),
                "school": school_of(name, about),
            }
            events.append(mark(number + len(events), about, name, day, **said))
        elif chance < 0.34:
            events.append(retraction(number + len(events), about, name, day))
    return events


def retraction(number: int, about: date, name: str, known: date) -> Any:
    data = MarkRetracted(
        district="d",
        student=name,
        school=school_of(name, about),
        day=about,
        rev=3,
        sequence=number,
        known_at=at(known),
        source="api",
    )
    return wrapped(data, number, data.known_at)


def moving(name: str) -> Any:
    """The next snapshot of a pupil who changes schools."""
    event = student(name, 2)
    there, here = school_of(name, DAYS[0]), school_of(name, MOVE)
    enrolments = (Enrolment(school=there, entered=DAYS[0], exited=MOVE), Enrolment(school=here, entered=MOVE))
    return replace(event, data=event.data.model_copy(update={"enrolments": enrolments}))


def school_year(school: str, days: tuple[date, ...], revision: int = 1, periods: tuple[int, ...] = ()) -> Any:
    data = CalendarChanged(
        district="d",
        school=school,
        name=school,
        revision=revision,
        school_year=f"{days[0].year}-{days[0].year + 1}",
        instructional_days=days,
        periods=periods,
    )
    return wrapped(data, 800 + days[0].year, at(days[0]))


def done_today(random: Random, number: int, day: date) -> list[tuple[str, dict[str, Any]]]:
    """What people did; some of it the rules refuse."""
    acts: list[dict[str, Any]] = [
        {"kind": "contact", "channel": "phone", "outcome": "voicemail"},
        {"kind": "meeting", "meeting": "sart", "status": "held"},
        {"kind": "meeting", "meeting": "mediation", "status": "held"},
        {"kind": "act", "do": "refer_to_sarb", "step": "level_3", "reason": "a test"},
        {"kind": "act", "do": "release", "reason": "a test"},
        {"kind": "act", "do": "dismiss", "step": "level_3", "reason": "a test"},
        {"kind": "directive", "items": [{"id": "one", "kind": "attendance", "due": "2026-01-30"}]},
    ]
    return [
        (name, {**random.choice(acts), "id": str(UUID(int=number + place)), "at": at(day, 20).isoformat(), "by": "T"})
        for place, name in enumerate(PUPILS)
        if random.random() < 0.06
    ]


async def live(log: EventLog, random: Random) -> None:
    """A hundred days of a district in two school years, with everything that can come in between."""
    number = 1
    for index, day in enumerate(BOTH_YEARS):
        events = said_today(random, number, day)
        await attendance(log, *events)
        number += len(events)
        for name, body in done_today(random, 1_000_000 + index * 100, day):
            await act.take_act(log, act.ActRequest(PupilKey("d", name), parse_act(body)))
        await in_between(log, index, day)
        await attendance(log, *(close(number + place, day, school) for place, school in enumerate(TWO_SCHOOLS)))
        number += 2


async def in_between(log: EventLog, index: int, day: date) -> None:
    if index == 30:
        moved = [name for name in PUPILS if school_of(name, day) != school_of(name, DAYS[0])]
        await roster(log, *(moving(name) for name in moved))
    if index == 35:
        await roster(log, calendar(2, "south"))
    if index == 78:
        await roster(log, *(school_year(school, NEXT_YEAR) for school in TWO_SCHOOLS))
    if index in (20, 26):
        async with log.transaction() as connection:
            await store_release.save_switch(connection, "d", "level_2", index == 20, "T", "a test", at(day))
    if index in (40, 60):
        overrides = {"letters": {"L2": 5}} if index == 40 else {"release": {"blast_radius": {"pupils": 1}}}
        choice = SavedChoice("d", "us-ca", overrides, day, "T", "a test", at(day))
        async with log.transaction() as connection:
            await store_districts.save_policy_choice(connection, choice)


async def history(log: EventLog) -> tuple[DistrictHistory, list[PupilHistory]]:
    async with log.transaction() as connection:
        through = await store_history.latest_taken(connection)
        students = await store_history.students(connection, "d")
        return await read_district(connection, "d", through), await read_pupils(connection, "d", students, through)


async def what_happened(log: EventLog) -> tuple[dict[str, set[UUID]], dict[str, Any]]:
    """Ids of the artefacts and the states, by pupil; refused acts and alerts are not judged at closes."""
    async with log.transaction() as connection:
        artefacts = await connection.fetch(
            """
            SELECT student, event_id FROM artefact
            WHERE type <> 'act.refused' AND body->>'kind' IS DISTINCT FROM 'same_day_alert'
            """
        )
        states = await connection.fetch("SELECT student, school_year, state FROM ladder_state")
    events: dict[str, set[UUID]] = {}
    for row in artefacts:
        events.setdefault(row["student"], set()).add(row["event_id"])
    decided: dict[str, dict[str, Any]] = {}
    for row in states:
        decided.setdefault(row["student"], {})[row["school_year"]] = state_from_json(row["state"])
    return events, decided


@pytest.mark.parametrize("seed", [3, 11])
async def test_the_same_rules_give_the_same_decisions(log: EventLog, seed: int) -> None:
    random = Random(seed)
    fewer = tuple(day for day in DAYS if day not in (DAYS[5], DAYS[40]))
    await roster(log, calendar(1, "north"), school_year("south", fewer, periods=(1, 2)))
    known, late = PUPILS[:-2], PUPILS[-2:]
    await roster(log, *(student(name, 1, school_of(name, DAYS[0])) for name in known))
    await live(log, random)
    await roster(log, *(student(name, 1, school_of(name, DAYS[0])) for name in late))

    events, states = await what_happened(log)
    district, pupils = await history(log)
    assert {pupil.student for pupil in pupils} == set(PUPILS)
    for pupil in pupils:
        again = replay(district, pupil, Rules())
        said = {wrap(it.event).id for it in again.happened if isinstance(it.event, LadderEventData)}
        assert said == events.get(pupil.student, set()), pupil.student
        assert again.states == states.get(pupil.student, {}), pupil.student
    types = {it.event.type for pupil in pupils for it in replay(district, pupil, Rules()).happened}
    assert {"level.entered", "level.rescinded", "truancy.report.voided", "notice.withdrawn", "step.queued"} <= types
    assert sum(states[name]["2025-2026"].level == "level_2" for name in known) > 1
    assert all(sorted(states[name]) == ["2025-2026", "2026-2027"] for name in known)
    put_right = [it for pupil in pupils for it in replay(district, pupil, Rules()).happened if it.day in NEXT_YEAR]
    assert "2025-2026" in {it.event.school_year for it in put_right if isinstance(it.event, LadderEventData)}


async def test_other_rules_give_other_decisions(log: EventLog) -> None:
    await roster(log, calendar(), student())
    await attendance(log, *(mark(n, DAYS[n], known=DAYS[n]) for n in (1, 2, 3, 4)), close(9, DAYS[5]))
    district, [pupil] = await history(log)
    stricter = policy_of("us-ca", {"reports": {"first_at_occasions": 5}, "letters": {"L1": 5}})
    assert replay(district, pupil, Rules()).states["2025-2026"].level == "level_1"
    assert replay(district, pupil, Rules(stricter)).states["2025-2026"].level == "prevention"
    early = replay(district, pupil, Rules(), until=DAYS[4])
    assert early.states == {}
