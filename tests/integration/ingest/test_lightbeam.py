"""An independent client sends a real-shaped district: lightbeam, and the three schools of Grand Bend."""

import asyncio
import json
import socket
import sys
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import uvicorn
import yaml
from fastapi import FastAPI

from tests.integration.ingest.conftest import Ingest
from tests.integration.ingest.edfi_client import CONTACT, ENROLMENT, FAMILY, SCHOOL, SESSION, STUDENT, event

pytestmark = [pytest.mark.db, pytest.mark.timeout(180)]


@asynccontextmanager
async def served(app: FastAPI) -> AsyncIterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await serving


async def lightbeam(command: str, url: str, key: str, data: Path, folder: Path, *options: str) -> dict[str, Any]:
    """Run lightbeam as its users do; its own account of what happened (of a `send`)."""
    key_id, _, secret = key.partition(".")
    config = {
        "data_dir": str(data),
        "edfi_api": {
            "base_url": f"{url}/edfi",
            "mode": "shared_instance",
            "client_id": key_id,
            "client_secret": secret,
        },
        "connection": {"pool_size": 8, "verify_ssl": False},
        "validate": {"methods": ["schema", "uniqueness"]},
        "force_delete": True,
    }
    (folder / "lightbeam.yaml").write_text(yaml.safe_dump(config))
    results = folder / "results.json"
    process = await asyncio.create_subprocess_exec(
        *(
            sys.executable,
            "-m",
            "lightbeam",
            command,
            "-c",
            str(folder / "lightbeam.yaml"),
            "--results-file",
            str(results),
            *options,
        ),
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()[-2000:]
    return dict(json.loads(results.read_text())) if results.exists() else {"output": output.decode()}


def statuses(results: dict[str, Any]) -> dict[str, dict[int, int]]:
    return {
        name: {one["status_code"]: one["count"] for one in resource["successes"]}
        for name, resource in results["resources"].items()
    }


def first_notices(events: list[dict[str, Any]]) -> int:
    """Pupils with three unexcused full days at 6 to 17 years of age, by the marks that hold."""
    born = {one["student"]: one["birth_date"] for one in events if one["type"] == "roster.student.changed"}
    holding: dict[tuple[str, str], dict[str, Any]] = {}
    for one in sorted(events, key=lambda one: (one.get("rev", 0), one.get("sequence", 0))):
        if one["type"].startswith("attendance.mark"):
            holding[one["student"], one["day"]] = one
    days: defaultdict[str, int] = defaultdict(int)
    for (student, day), mark in holding.items():
        unexcused = mark.get("status") == "absent" and mark["excuse"] == "unexcused"
        days[student] += unexcused and 6 <= age(born[student], day) < 18
    return sum(count >= 3 for count in days.values())


def age(born: str, day: str) -> int:
    birth, on = date.fromisoformat(born), date.fromisoformat(day)
    return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))


async def test_grand_bend(ingest: Ingest, app: FastAPI, acceptance: Path, tmp_path: Path) -> None:
    data = acceptance / "data" / "edfi-grand-bend"
    async with served(app) as url:
        first = await lightbeam("send", url, ingest.key, data, tmp_path)
        said = await ingest.said()
        again = await lightbeam("send", url, ingest.key, data, tmp_path, "-s", "sessions,studentSchoolAssociations")
    assert first["total_records_failed"] == again["total_records_failed"] == 0
    assert statuses(first)["studentSchoolAttendanceEvents"] == {201: 1917}
    assert {name: sum(counts.values()) for name, counts in statuses(first).items()} == {
        "schools": 3,
        "sessions": 6,
        "students": 960,
        "contacts": 1873,
        "studentContactAssociations": 1872,
        "studentSchoolAssociations": 227,
        "studentSchoolAttendanceEvents": 1917,
    }
    assert all(set(counts) == {200} for counts in statuses(again).values())
    assert await ingest.said() == said, "sending the same again says nothing"
    students = [one for one in said if one["type"] == "roster.student.changed"]
    assert len(students) == len({one["student"] for one in students}) == 227
    assert all(one["guardians"] for one in students)
    assert first_notices(said) == 83
    parked = (await ingest.ask("GET", "/v1/parked"))["counts"]
    assert parked["not_instructional"] > 0
    assert set(parked) <= {"not_instructional", "cannot_be_judged"}


async def test_validated_sent_and_deleted(ingest: Ingest, app: FastAPI, tmp_path: Path) -> None:
    """lightbeam reads our OpenAPI document for its schemas and natural keys."""
    documents = {
        "schools": SCHOOL,
        "sessions": SESSION,
        "students": STUDENT,
        "contacts": CONTACT,
        "studentContactAssociations": FAMILY,
        "studentSchoolAssociations": ENROLMENT,
        "studentSchoolAttendanceEvents": event("Unexcused Absence"),
    }
    data = tmp_path / "data"
    data.mkdir()
    for name, document in documents.items():
        (data / f"{name}.jsonl").write_text(json.dumps(document) + "\n")
    async with served(app) as url:
        validated = await lightbeam("validate", url, ingest.key, data, tmp_path)
        sent = await lightbeam("send", url, ingest.key, data, tmp_path)
        await lightbeam("delete", url, ingest.key, data, tmp_path)
    assert (validated["total_records_processed"], validated["total_records_failed"]) == (7, 0)
    assert statuses(sent) == {name: {201: 1} for name in documents}
    left = await ingest.pool.fetchval("SELECT count(*) FROM edfi_document WHERE district = $1", ingest.district)
    assert left == 0
    said = await ingest.said("attendance.mark.recorded", "attendance.mark.retracted")
    assert [one["type"].rpartition(".")[2] for one in said] == ["recorded", "retracted"]
    assert (await ingest.said("roster.student.changed"))[-1]["enrolments"] == []
