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
    born = {event["student"]: event["birth_date"] for event in events if event["type"] == "roster.student.changed"}
    holding: dict[tuple[str, str], dict[str, Any]] = {}
    for event in sorted(events, key=lambda event: (event.get("rev", 0), event.get("sequence", 0))):
        if event["type"].startswith("attendance.mark"):
            holding[event["student"], event["day"]] = event
    days: defaultdict[str, int] = defaultdict(int)
    for (student, day), event in holding.items():
        unexcused = event.get("status") == "absent" and event["excuse"] == "unexcused"
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
        again = await lightbeam("send", url, ingest.key, data, tmp_path)
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
    students = [event for event in said if event["type"] == "roster.student.changed"]
    assert len(students) == len({event["student"] for event in students}) == 227
    assert all(event["guardians"] for event in students)
    assert first_notices(said) == 83
    parked = (await ingest.ask("GET", "/v1/parked"))["counts"]
    assert parked["not_instructional"] > 0
    assert set(parked) <= {"not_instructional", "cannot_be_judged"}
