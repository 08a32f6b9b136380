"""Three real-shaped schools, sent by the independent Ed-Fi client lightbeam, each day closed in order: 83 first truancy
notices. And 83 again when every process but PostgreSQL is killed in the middle."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import asyncpg
import httpx
import pytest
import yaml

from deploy.embedded.state import StackInfo, StackNotRunning, read_stack
from services.ingest.keys import create_key

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(420)]

DISTRICT = "grand-bend"
FIRST_NOTICES = 83


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "data"
    _stop_leftovers(tmp_path / "data")


def test_lightbeam_then_every_day_closed(acceptance: Path, data_dir: Path) -> None:
    folder = acceptance / "data" / "edfi-grand-bend"
    with _running(data_dir) as stack:
        key = _key(stack)
        _lightbeam(folder, stack, key, data_dir)
        _close_all(stack, key, _school_days(folder))
        assert len(_first_notices(stack, key)) == FIRST_NOTICES


def test_killed_in_the_middle(acceptance: Path, data_dir: Path) -> None:
    folder = acceptance / "data" / "edfi-grand-bend"
    days = _school_days(folder)
    half = len(days) // 2
    with _running(data_dir) as stack:
        key = _key(stack)
        with _start_lightbeam(folder, stack, key, data_dir) as sending:
            try:
                _wait_for(lambda: _marks(stack) > 300)
                _kill_all_but_postgres(stack)
            finally:
                sending.kill()
    with _running(data_dir) as stack:
        _lightbeam(folder, stack, key, data_dir)
        _close_all(stack, key, days[:half])
        _close(stack, key, days[half : half + 3])
        _kill_all_but_postgres(stack)
    with _running(data_dir) as stack:
        _close_all(stack, key, days)
        notices = _first_notices(stack, key)
        assert len(notices) == FIRST_NOTICES
        assert len({notice["student"] for notice in notices}) == FIRST_NOTICES


@contextmanager
def _running(data_dir: Path) -> Iterator[StackInfo]:
    """`rollcall up` as a user runs it; Ctrl-C at the end, if it lives."""
    data_dir.mkdir(exist_ok=True)
    with (data_dir / "up.txt").open("ab") as output:
        command = [str(Path(sys.executable).parent / "rollcall"), "up", "--data-dir", str(data_dir)]
        process = subprocess.Popen(command, stdout=output, stderr=output)
    try:
        yield _ready(process, data_dir)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.wait(60)


def _ready(process: subprocess.Popen[bytes], data_dir: Path) -> StackInfo:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, (data_dir / "up.txt").read_text()
        try:
            stack = read_stack(data_dir)
            if stack.supervisor.pid == process.pid and len(stack.urls) == 4:
                httpx.get(f"{stack.urls['ingest']}/ready").raise_for_status()
                return stack
        except (StackNotRunning, httpx.HTTPError):
            pass
        time.sleep(0.1)
    raise AssertionError("the stack was not ready within a minute: " + (data_dir / "up.txt").read_text())


def _kill_all_but_postgres(stack: StackInfo) -> None:
    for process in (stack.supervisor, *stack.processes.values()):
        os.kill(process.pid, signal.SIGKILL)


def _stop_leftovers(data_dir: Path) -> None:
    """PostgreSQL outlives a killed supervisor: a last, orderly run takes it down."""
    if (data_dir / "postgres" / "postmaster.pid").exists():
        with _running(data_dir):
            pass


def _key(stack: StackInfo) -> str:
    async def create() -> str:
        connection = await asyncpg.connect(stack.database_url("ingest"), server_settings={"search_path": "ingest"})
        try:
            return await create_key(connection, DISTRICT, "lightbeam")
        finally:
            await connection.close()

    return asyncio.run(create())


def _start_lightbeam(folder: Path, stack: StackInfo, key: str, data_dir: Path) -> subprocess.Popen[bytes]:
    key_id, secret = key.split(".", 1)
    api = {"base_url": f"{stack.urls['ingest']}/edfi", "version": 3, "client_id": key_id, "client_secret": secret}
    config = data_dir / "lightbeam.yaml"
    connection = {"pool_size": 8, "verify_ssl": False}
    api_and_connection = {"edfi_api": {**api, "mode": "shared_instance"}, "connection": connection}
    config.write_text(yaml.safe_dump({"data_dir": str(folder), **api_and_connection}))
    command = [sys.executable, "-W", "ignore", "-m", "lightbeam", "send"]
    command += ["--config-file", str(config), "--results-file", str(data_dir / "sent.json")]
    environment = {**os.environ, "HOME": str(data_dir)}
    with (data_dir / "lightbeam.txt").open("ab") as output:
        return subprocess.Popen(command, stdout=output, stderr=output, env=environment)


def _lightbeam(folder: Path, stack: StackInfo, key: str, data_dir: Path) -> None:
    assert _start_lightbeam(folder, stack, key, data_dir).wait(240) == 0, (data_dir / "lightbeam.txt").read_text()[
        -3000:
    ]
    sent = json.loads((data_dir / "sent.json").read_text())
    failed = {name: counts for name, counts in sent["resources"].items() if counts.get("records_failed")}
    assert not failed


def _school_days(folder: Path) -> list[tuple[date, str]]:
    """(day, school) of every instructional day, in order: Mon-Fri inside a session."""
    days = set()
    for line in (folder / "sessions.jsonl").read_text().splitlines():
        session = json.loads(line)
        first, last = date.fromisoformat(session["beginDate"]), date.fromisoformat(session["endDate"])
        inside = [first + timedelta(n) for n in range((last - first).days + 1)]
        days |= {(day, str(session["schoolReference"]["schoolId"])) for day in inside if day.weekday() < 5}
    return sorted(days)


def _close(stack: StackInfo, key: str, days: list[tuple[date, str]]) -> None:
    with httpx.Client(base_url=stack.urls["ingest"], headers={"Authorization": f"Bearer {key}"}, timeout=30) as client:
        for day, school in days:
            client.post(f"/v1/schools/{school}/days/{day}/close").raise_for_status()


def _close_all(stack: StackInfo, key: str, days: list[tuple[date, str]]) -> None:
    """Close, and wait until escalation has decided the last day of each school."""
    _close(stack, key, days)
    last = {school: str(day) for day, school in days}
    _wait_for(lambda: _staff(stack, f"/v1/districts/{DISTRICT}/closes")["closed"] == last)


def _first_notices(stack: StackInfo, key: str) -> list[dict[str, object]]:
    events = _staff(stack, f"/v1/districts/{DISTRICT}/events?types=notice.required&limit=5000")["events"]
    return [event for event in events if event["body"]["kind"] == "truancy_notice_1"]


def _marks(stack: StackInfo) -> int:
    return int(_staff(stack, "/v1/summary")["marks"])


def _staff(stack: StackInfo, path: str) -> dict[str, object]:
    headers = {"Authorization": f"Bearer {stack.staff_token}"}
    answer = httpx.get(stack.urls["escalation"] + path, headers=headers, timeout=30)
    answer.raise_for_status()
    return answer.json()


def _wait_for(true, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)
