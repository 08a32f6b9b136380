"""Grand Bend through the Ed-Fi surface of the running system, and the number that must come out."""

from datetime import date
from pathlib import Path

import asyncpg
import pytest

from deploy.demo.client import RequestRefused
from deploy.demo.close_days import close_days
from deploy.demo.edfi import Loaded, Problem, load
from deploy.demo.services import Escalation, connect
from deploy.embedded.stack import Stack
from services.ingest.keys import create_key

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="package")]


async def key_for(stack: Stack, district: str) -> str:
    connection = await asyncpg.connect(stack.info.database_url("ingest"), server_settings={"search_path": "ingest"})
    try:
        return await create_key(connection, district, "test")
    finally:
        await connection.close()


async def load_as(stack: Stack, folder: Path, key: str) -> Loaded:
    key_id, _, secret = key.partition(".")
    return await load(folder, stack.url("ingest") + "/edfi", key_id, secret)


def only(folder: Path, to: Path, *resources: str) -> Path:
    """A folder with some of the files of `folder`."""
    for resource in resources:
        (to / f"{resource}.jsonl").write_text((folder / f"{resource}.jsonl").read_text())
    return to


@pytest.mark.timeout(240)
async def test_grand_bend_gives_83_first_notices(stack: Stack, acceptance: Path, tmp_path: Path) -> None:
    folder = acceptance / "data" / "edfi-grand-bend"
    key = await key_for(stack, "grand-bend")
    loaded = await load_as(stack, folder, key)
    assert loaded.problems == []
    assert loaded.created.total() == sum(len(path.read_text().splitlines()) for path in folder.glob("*.jsonl")) == 6858

    last = await close_days(stack.url("ingest"), key, driven=True)
    assert len(last) == 3
    async with connect(stack.url("escalation"), stack.info.staff_token) as http:
        escalation = Escalation(http, "grand-bend")
        await escalation.wait_for_closes(last)
        notified = [
            event.student
            async for _, event in escalation.events(0, ["notice.required"])
            if event.data["kind"] == "truancy_notice_1"
        ]
    assert len(set(notified)) == 83

    again = await load_as(stack, only(folder, tmp_path, "schools", "sessions", "studentSchoolAssociations"), key)
    assert (again.created.total(), again.updated.total(), again.problems) == (0, 3 + 6 + 227, [])


async def test_a_line_that_is_refused_says_where_and_why_and_does_not_stop_the_rest(
    stack: Stack, tmp_path: Path
) -> None:
    (tmp_path / "students.jsonl").write_text(
        '{"studentUniqueId": "1", "firstName": "Avenka", "lastSurname": "Inkwater", "birthDate": "2012-03-02"}\n'
        '{"studentUniqueId": "2", "firstName": "Brillow", "birthDate": "2012-03-02"}\n'
        "no json\n"
        '{"studentUniqueId": "4", "firstName": "Corvane", "lastSurname": "Inkwater", "birthDate": "2012-03-02"}\n'
    )
    loaded = await load_as(stack, tmp_path, await key_for(stack, "refused"))
    assert loaded.created == {"students": 2}
    assert {(problem.file, problem.line) for problem in loaded.problems} == {
        ("students.jsonl", 2),
        ("students.jsonl", 3),
    }
    missing: Problem = next(problem for problem in loaded.problems if problem.line == 2)
    assert missing.field == "lastSurname"


async def test_a_wrong_secret_is_said_once(stack: Stack, tmp_path: Path) -> None:
    (tmp_path / "students.jsonl").write_text("{}\n" * 100)
    with pytest.raises(RequestRefused, match="was answered 401"):
        await load(tmp_path, stack.url("ingest") + "/edfi", "nobody", "nothing")


async def test_days_are_closed_up_to_a_date(stack: Stack, acceptance: Path, tmp_path: Path) -> None:
    key = await key_for(stack, "up-to-a-date")
    await load_as(stack, only(acceptance / "data" / "edfi-grand-bend", tmp_path, "schools", "sessions"), key)
    days: list[date] = []
    last = await close_days(stack.url("ingest"), key, driven=True, through=date(2025, 8, 24), on_day=days.append)
    assert set(last.values()) == {date(2025, 8, 22)}
    assert days == [date(2025, 8, number) for number in range(18, 23)]
