"""The commands that work on a running stack, one after the other on the same one."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from typer.testing import CliRunner

from deploy.cli import app
from deploy.embedded.stack import Stack, StackOptions
from deploy.migrate import ROOT

pytestmark = [pytest.mark.db, pytest.mark.broker, pytest.mark.timeout(180)]
SCENARIO = """\
scenario: three days
policy: us-ca
school_year: {starts: 2025-08-18, ends: 2026-06-05}
students:
  - {id: ana, born: 2010-03-02, grade: 10}
timeline:
  - {at: 2025-09-08, mark: {student: ana, day: 2025-09-08, status: absent, excuse: unexcused}}
expect:
  - {student: ana, occasions: 1, level: prevention}
"""


class Commands:
    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir

    async def __call__(self, *arguments: str) -> tuple[int, str, str]:
        """Exit code, standard output, standard error of `rollcall …`."""
        command = [*arguments, "--data-dir", str(self.data_dir)]
        ran = await asyncio.to_thread(CliRunner().invoke, app, command)
        assert ran.exception is None or isinstance(ran.exception, SystemExit), ran.exception
        return ran.exit_code, ran.stdout, ran.stderr

    async def json(self, *arguments: str) -> Any:
        code, text, said = await self(*arguments, "--json")
        assert code == 0, said
        return json.loads(text)


async def test_a_running_stack_from_the_command_line(tmp_path: Path) -> None:
    async with Stack(StackOptions(tmp_path / "data", clock="driven")) as stack:
        rollcall = Commands(tmp_path / "data")
        await keys_open_and_close(rollcall)
        await scenarios_run_live(rollcall, tmp_path)
        await a_pupil_is_explained(rollcall)
        await the_log_is_sent_again(rollcall)
        await dead_letters_are_shown_and_sent_again(rollcall, stack.info.bootstrap)
        await a_folder_is_loaded(rollcall, tmp_path)


async def keys_open_and_close(rollcall: Commands) -> None:
    code, key, _ = await rollcall("keys", "create", "lincoln")
    assert code == 0
    assert (await rollcall("keys", "revoke", key.strip()))[0] == 0
    assert (await rollcall("keys", "revoke", key.strip()))[0] == 1, "it is revoked already"


async def scenarios_run_live(rollcall: Commands, folder: Path) -> None:
    right, wrong, none = folder / "right.yaml", folder / "wrong.yaml", folder / "none.yaml"
    right.write_text(SCENARIO)
    wrong.write_text(SCENARIO.replace("occasions: 1", "occasions: 2"))
    none.write_text(SCENARIO.replace("timeline:", "time line:"))
    assert (await rollcall("scenario", "run", "--live", str(right)))[0] == 0
    code, said, _ = await rollcall("scenario", "run", "--live", str(wrong), str(right))
    assert code == 1
    assert "occasions is 1, expected 2" in said
    code, _, said = await rollcall("scenario", "run", "--live", str(right), str(none))
    assert code == 2
    assert "none.yaml, line 7, time line" in said


async def a_pupil_is_explained(rollcall: Commands) -> None:
    code, _, said = await rollcall("explain", "ana")
    assert code == 1
    assert "several districts have a pupil ana" in said
    pupil = said.split()[-1]
    story = await rollcall.json("explain", pupil)
    assert [step["what"] for step in story["steps"]] == ["mark", "notice.required", "truancy.occasion.counted"]
    code, text, _ = await rollcall("explain", pupil)
    assert code == 0
    assert "counts as an occasion" in text
    assert (await rollcall("explain", "nobody"))[0] == 1


async def the_log_is_sent_again(rollcall: Commands) -> None:
    sent = await rollcall.json("replay", "all")
    assert sent["ingest"] > 0
    assert sent["escalation"] > 0
    assert await rollcall.json("replay", "ladder.v1", "--until", "2001-01-01") == {"escalation": 0}


async def dead_letters_are_shown_and_sent_again(rollcall: Commands, bootstrap: str) -> None:
    assert await rollcall.json("dlq", "list") == []
    async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
        await producer.send_and_wait("attendance.v1", b"{no json", key=b"lincoln/north")
    letters = await dead_letters(rollcall, at_least=1)
    position = str(letters[0]["position"])
    shown = await rollcall.json("dlq", "show", "attendance.v1", position)
    assert (shown["key"], shown["value"]) == ("lincoln/north", "{no json")
    assert (await rollcall("dlq", "show", "attendance.v1", "4711"))[0] == 1
    assert (await rollcall("dlq", "replay", "attendance.v1", position))[0] == 0
    again = await dead_letters(rollcall, at_least=len(letters) + 1)
    assert {letter["reason"] for letter in again} == {letters[0]["reason"]}


async def dead_letters(rollcall: Commands, at_least: int) -> list[dict[str, Any]]:
    for _ in range(60):
        letters: list[dict[str, Any]] = await rollcall.json("dlq", "list", "attendance.v1")
        if len(letters) >= at_least:
            return letters
        await asyncio.sleep(0.5)
    raise AssertionError(f"only {len(letters)} dead letters")


async def a_folder_is_loaded(rollcall: Commands, folder: Path) -> None:
    resources = folder / "edfi"
    resources.mkdir()
    school = {
        "schoolId": 1,
        "nameOfInstitution": "Invented School",
        "educationOrganizationCategories": [],
        "gradeLevels": [],
    }
    (resources / "schools.jsonl").write_text(json.dumps(school) + "\n{}\n")
    code, said, refused = await rollcall("load", "edfi", str(resources))
    assert code == 1
    assert "schools: 1 new" in said
    assert "schools.jsonl, line 2, schoolId" in refused
    (resources / "schools.jsonl").write_text(json.dumps(school) + "\n")
    known = await rollcall.json("load", "edfi", str(resources))
    assert known == {"created": {}, "updated": {"schools": 1}, "problems": [], "closed": {}}
    assert (await rollcall("load", "edfi", str(ROOT / "docs")))[0] == 1, "no folder of Ed-Fi resources"
