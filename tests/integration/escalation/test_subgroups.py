"""Subgroups are kept for comparing outcomes. No decision sees them."""

from dataclasses import fields
from typing import Any

import pytest

from services.escalation import store_history
from services.escalation.ladder import Mark, Pupil, PupilState
from services.escalation.simulation.reading import read_pupils
from shared.contracts.envelope import Event
from shared.messaging.event_log import EventLog
from tests.integration.escalation.district import DAYS, attendance, calendar, close, mark, roster, student, tables

pytestmark = pytest.mark.db
NAMES = ("ana", "ben")


def snapshot(name: str, revision: int = 1, subgroups: tuple[str, ...] = ()) -> Event[Any]:
    event = student(name, revision)
    return Event(event.id, event.source, event.time, event.data.model_copy(update={"subgroups": subgroups}))


async def test_they_are_kept_with_each_snapshot(log: EventLog) -> None:
    await roster(log, calendar(), snapshot("ana", 1, ("RH",)))
    await roster(log, snapshot("ana", 2, ("RH", "foster")))
    async with log.transaction() as connection:
        kept = await connection.fetch("SELECT subgroups FROM pupil_taken ORDER BY taken")
        through = await store_history.latest_taken(connection)
        [pupil] = await read_pupils(connection, "d", ["ana"], through)
    assert [row["subgroups"] for row in kept] == [["RH"], ["RH", "foster"]]
    assert pupil.subgroups == ("RH", "foster")


async def test_two_pupils_with_the_same_days_have_the_same_decisions(log: EventLog) -> None:
    await roster(log, calendar(), snapshot("ana", 1, ("RB", "english_learner", "foster")), snapshot("ben"))
    marks = [mark(10 * n + place, DAYS[n], name) for n in range(1, 7) for place, name in enumerate(NAMES)]
    await attendance(log, *marks, close(200, DAYS[8]))
    said = await tables(log)
    states = {row["student"]: row for row in said["states"]}
    assert (states["ana"]["level"], states["ana"]["wake_on"]) == (states["ben"]["level"], states["ben"]["wake_on"])
    assert (states["ana"]["level"], states["ana"]["occasions"], states["ana"]["reports"]) == ("level_1", 6, 1)
    assert [states[name]["occasions"] for name in NAMES] == [6, 6]
    types = {name: sorted(row["type"] for row in said["artefacts"] if row["body"]["student"] == name) for name in NAMES}
    assert types["ana"] == types["ben"] != []


async def test_another_subgroup_changes_nothing(log: EventLog) -> None:
    await roster(log, calendar(), snapshot("ana", 1, ("RB",)))
    await attendance(log, *(mark(n, DAYS[n]) for n in (1, 2, 3)), close(20, DAYS[4]))
    before = await tables(log)
    await roster(log, snapshot("ana", 2, ("RW", "homeless")))
    await attendance(log, close(21, DAYS[5]))
    after = await tables(log)
    assert after["artefacts"] == before["artefacts"]
    [earlier], [later] = before["states"], after["states"]
    assert later["state"].pop("through") != earlier["state"].pop("through")
    assert later == earlier


def test_what_the_ladder_is_given_has_no_place_for_them() -> None:
    given = {field.name for sort in (Pupil, Mark, PupilState) for field in fields(sort)}
    assert not {name for name in given if "subgroup" in name or "ethnic" in name or "race" in name}
