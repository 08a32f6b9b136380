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
        await steps_wait_and_are_released(rollcall, tmp_path)
        await people_act(rollcall)
        await a_group_meets(rollcall)
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


WAITING = """\
scenario: three days, and a person must release the step
policy: us-ca
overrides: {release: {level_1: person}}
school_year: {starts: 2025-08-18, ends: 2026-06-05}
students:
  - {id: bea, born: 2010-03-02, grade: 10}
  - {id: cai, born: 2010-03-02, grade: 10}
timeline:
"""


async def steps_wait_and_are_released(rollcall: Commands, folder: Path) -> None:
    absent = (
        "  - {{at: 2025-09-{day}, mark: {{student: {name}, day: 2025-09-{day}, status: absent, excuse: unexcused}}}}\n"
    )
    marks = "".join(absent.format(day=day, name=name) for day in ("09", "10", "11") for name in ("bea", "cai"))
    file = folder / "waiting.yaml"
    file.write_text(WAITING + marks + "expect: [{student: bea, level: prevention}]\n")
    assert (await rollcall("scenario", "run", "--live", str(file)))[0] == 0
    [district] = [name for name, waits in (await rollcall.json("queue")).items() if waits["count"]]
    code, said, _ = await rollcall("queue", "--district", district)
    assert (code, f"{district}/bea  step level_1" in said) == (0, True)
    why, at = ("--by", "C. Supervisor", "--reason", "looked at"), ("--at", "2025-09-12")
    assert "level_1: stopped" in (await rollcall("switch", district, "level_1", "--stop", *why, *at))[1]
    assert "level_1: goes" in (await rollcall("switch", district, "level_1", "--go", *why, *at))[1]
    assert (await rollcall("switch", district, "level_1", *why, *at))[0] == 2
    released = await rollcall.json("release", district, "level_1", "bea", *why, *at)
    assert "level.entered" in released["released"][0]["events"]
    code, _, said = await rollcall("release", district, "level_1", "bea", *why, *at)
    assert (code, f"{district}/bea: " in said) == (1, True)
    assert [
        each["student"] for each in (await rollcall.json("release", district, "level_1", *why, *at))["released"]
    ] == ["cai"]


async def people_act(rollcall: Commands) -> None:
    at, by = ("--at", "2025-09-15T10:00+00:00"), ("--by", "A. Liaison")
    call = ("act", "contact", "bea", "--channel", "phone", "--outcome", "voicemail", *by, *at)
    [first] = await rollcall.json(*call)
    assert first["events"] == ["contact.logged"]
    assert await rollcall.json(*call, "--id", first["id"]) == [first]
    seen = str(first["version"] - 1)
    code, _, said = await rollcall(*call, "--expect-version", seen)
    assert (code, f"now, not {seen}" in said, "the family was contacted by phone" in said) == (1, True, True)
    code, _, said = await rollcall("act", "decide", "bea", "--do", "refer_to_sarb", "--reason", "enough", *by, *at)
    assert code == 1
    assert "level_3 is not proposed" in said
    items = ("--item", "csp:csp_hours:2026-03-01:20", "--item", "talk:counselling:2026-03-01")
    [given] = await rollcall.json("act", "directive", "bea", *items, *by, *at)
    assert "directive.issued" in given["events"]
    [done] = await rollcall.json("act", "progress", "bea", "--item", "csp", "--hours", "4", *by, *at)
    assert "directive.item_reported" in done["events"]
    signed = await rollcall.json("act", "agreement", "bea", "--kind", "sart", "--outcome", "signed", *by, *at)
    assert signed[0]["events"][:2] == ["meeting.held", "agreement.signed"]
    [answered] = await rollcall.json("act", "da", "bea", "--decision", "acknowledged", "--by", "DA clerk", *at)
    assert answered["events"] == ["act.recorded"]
    here = ("--source", "Example USD", "--reason", "came from there", *by, *at)
    days = ("2025-08-04", "2025-08-05", "2025-08-06")
    paper = (*(word for day in days for word in ("--day", day)), "--report", f"{days[2]}:{','.join(days)}")
    [imported] = await rollcall.json("act", "import", "bea", *paper, *here)
    assert "record.imported" in imported["events"]
    code, _, said = await rollcall("act", "import", "bea", "--day", "2025-09-02", *here)
    assert (code, "the pupil was enrolled here" in said) == (1, True)
    for wrong in (call[:-2], (*call, "--at", "soon"), (*call, "--id", "mine"), (*call, "--outcome", "thrilled")):
        assert (await rollcall(*wrong))[0] == 2, wrong


async def a_group_meets(rollcall: Commands) -> None:
    how = ("--kind", "sart", "--status", "scheduled", "--date", "2025-09-20", "--by", "principal", "--at", "2025-09-16")
    code, _, said = await rollcall("act", "meeting", "bea", "nobody", *how)
    assert (code, "no district has a pupil nobody" in said) == (1, True)
    district = (await rollcall.json("act", "meeting", "bea", *how))[0]["pupil"].split("/")[0]
    both = await rollcall.json("act", "meeting", "bea", "cai", *how)
    assert [(each["pupil"], each["events"][0]) for each in both] == [
        (f"{district}/bea", "meeting.scheduled"),
        (f"{district}/cai", "meeting.scheduled"),
    ]
    code, _, said = await rollcall("act", "meeting", "bea", f"{district}/nobody", *how)
    assert (code, f"{district}/nobody: the roster of {district} does not know" in said) == (1, True)


async def the_log_is_sent_again(rollcall: Commands) -> None:
    """Whoever knows it already ignores it: nothing changes, and all of it still follows from the record."""
    before = await rollcall.json("verify")
    assert before["proven"]
    sent = await rollcall.json("replay", "all")
    assert sent["ingest"] > 0
    assert sent["escalation"] > 0
    assert await rollcall.json("replay", "ladder.v1", "--until", "2001-01-01") == {"escalation": 0}
    await asyncio.sleep(5)  # nothing tells that what is ignored has been read
    after = await rollcall.json("verify")
    assert after["proven"]
    assert after["tables"] == before["tables"]
    assert {seam["seam"]: seam["equal"] for seam in after["seams"]} == {
        seam["seam"]: seam["equal"] for seam in before["seams"]
    }
    assert before["facts"] == after["facts"] > 0


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
