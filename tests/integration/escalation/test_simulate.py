"""A what-if over escalation's tables, in several processes."""

import asyncio
import json
from datetime import date

import pytest
import typer

from deploy.commands.output import Exit
from deploy.simulation import run
from deploy.simulation.ask import ask
from services.escalation.ladder import Policy
from services.escalation.policies import policy_of
from services.escalation.simulation.assumed import NOTHING_ASSUMED
from shared.messaging.event_log import EventLog
from tests.conftest import Database
from tests.integration.escalation.district import DAYS, attendance, calendar, close, mark, roster, student

pytestmark = pytest.mark.db
LATER = policy_of("us-ca", {"reports": {"first_at_occasions": 4}, "letters": {"L1": 4}})
PUPILS = [f"pupil-{n}" for n in range(24)]


async def small_district(log: EventLog) -> None:
    """Twelve pupils miss three days, six miss four, six none."""
    await roster(log, calendar(), *(student(name) for name in PUPILS))
    number = 1
    for day in range(1, 8):
        missing = [name for n, name in enumerate(PUPILS) if (n < 12 and day <= 3) or (12 <= n < 18 and day <= 4)]
        marks = [mark(number + n, DAYS[day], name, known=DAYS[day]) for n, name in enumerate(missing)]
        number += len(marks) + 1
        await attendance(log, *marks, close(number - 1, DAYS[day]))


def question(database: Database, after: Policy, **changes: date) -> run.Question:
    return run.Question(database.url("escalation"), "d", None, after, assumptions=NOTHING_ASSUMED, **changes)


async def test_pupils_are_counted_under_both_policies(
    log: EventLog, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await small_district(log)
    monkeypatch.setattr(run, "CHUNK", 7)
    heard: list[tuple[int, int]] = []
    alone = await asyncio.to_thread(run.simulate, question(database, LATER), lambda *done: heard.append(done), 1)
    together = await asyncio.to_thread(run.simulate, question(database, LATER), lambda *_: None, 2)
    assert together.tally == alone.tally
    assert heard == [(7, 24), (14, 24), (21, 24), (24, 24)]
    assert alone.tally["flow", "level_1", "prevention"] == 12
    assert alone.tally["flow", "level_1", "level_1"] == 6
    assert alone.tally["before", "notice", "truancy_notice_1"] == 18
    assert alone.tally["after", "notice", "truancy_notice_1"] == 6
    assert (alone.pupils, alone.closes, alone.span) == (24, 24 * 7 * 2, (DAYS[0], DAYS[7]))


async def test_the_span_may_be_cut(log: EventLog, database: Database) -> None:
    await small_district(log)
    asked = question(database, LATER, first=DAYS[2], last=DAYS[3])
    simulated = await asyncio.to_thread(run.simulate, asked, lambda *_: None)
    assert simulated.tally["before", "notice", "truancy_notice_1"] == 18
    assert simulated.tally["after", "notice", "truancy_notice_1"] == 0
    assert simulated.school_days == DAYS[2:4]
    with pytest.raises(run.NothingToJudge):
        await asyncio.to_thread(run.simulate, question(database, LATER, first=DAYS[9]), lambda *_: None)


async def test_an_answer_for_a_program_names_nobody(log: EventLog, database: Database) -> None:
    await small_district(log)
    answer = await asyncio.to_thread(
        lambda: ask(database.url("escalation"), district="d", after=LATER, before=None, assumptions=NOTHING_ASSUMED)
    )
    said = json.dumps(answer.values(), default=str)
    assert "pupil-" not in said
    assert json.loads(said)["result"]["pupils"] == 24
    assert [change.key for change in answer.changes] == ["reports.first_at_occasions", "letters.L1"]
    assert (answer.called, answer.before, answer.after) == ("today", "us-ca version 3, as d uses it", "us-ca version 3")


async def test_an_unknown_district_ends_the_command(database: Database, log: EventLog) -> None:
    await small_district(log)
    with pytest.raises(typer.Exit) as ended:
        await asyncio.to_thread(
            lambda: ask(
                database.url("escalation"), district="nowhere", after=LATER, before=None, assumptions=NOTHING_ASSUMED
            )
        )
    assert ended.value.exit_code == Exit.FAILED
