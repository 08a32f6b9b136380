"""What a stack leaves in its data folder for others to find."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.embedded.process import DidNotStart, free_port, is_open, spawn, stop, unused, wait_for_port
from deploy.embedded.service import Backoff
from deploy.embedded.state import (
    ProcessId,
    StackInfo,
    StackNotRunning,
    StackRunning,
    end_leftovers,
    last_stack,
    read_stack,
    sole_owner,
    staff_token,
    write_stack,
)

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


def stack(data_dir: Path, supervisor: ProcessId, **processes: ProcessId) -> StackInfo:
    return StackInfo(
        supervisor=supervisor,
        processes=processes,
        urls={"ingest": "http://127.0.0.1:1"},
        catcher_url="http://127.0.0.1:2",
        broker_kind="tansu",
        bootstrap="127.0.0.1:3",
        admin_url="postgresql://postgres@/postgres?host=/somewhere",
        database="rollcall",
        clock="real",
        staff_token="a token of the test",
        data_dir=data_dir,
    )


def ended_process() -> ProcessId:
    process = subprocess.Popen(SLEEP)
    known = ProcessId.of(process.pid)
    process.kill()
    process.wait()
    return known


def test_a_running_stack_is_found_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    write_stack(written := stack(tmp_path, ProcessId.of(os.getpid())))
    assert read_stack(tmp_path) == written
    assert (tmp_path / "stack.json").stat().st_mode & 0o077 == 0
    assert written.database_url("ingest") == "postgresql://rollcall_ingest@/rollcall?host=/somewhere"


def test_a_stack_whose_supervisor_is_dead_does_not_run(tmp_path: Path) -> None:
    with pytest.raises(StackNotRunning, match="rollcall up"):
        read_stack(tmp_path)
    write_stack(stack(tmp_path, ended_process()))
    with pytest.raises(StackNotRunning, match="rollcall up"):
        read_stack(tmp_path)


def test_leftovers_of_a_dead_supervisor_are_ended_and_nobody_else(tmp_path: Path) -> None:
    orphan, stranger = subprocess.Popen(SLEEP), subprocess.Popen(SLEEP)
    reused = ProcessId(pid=stranger.pid, started=ProcessId.of(stranger.pid).started - 3600)
    write_stack(stack(tmp_path, ended_process(), ingest=ProcessId.of(orphan.pid), broker=reused))
    try:
        assert end_leftovers(tmp_path) == ["ingest"]
        assert orphan.poll() is not None
        assert stranger.poll() is None
        assert last_stack(tmp_path) is None
    finally:
        stranger.kill()
        stranger.wait()


def test_two_owners_of_a_folder_are_one_too_many(tmp_path: Path) -> None:
    with sole_owner(tmp_path):
        write_stack(stack(tmp_path, ProcessId.of(os.getpid())))
        with pytest.raises(StackRunning, match=rf"\(process {os.getpid()}\)"), sole_owner(tmp_path):
            pass
    with sole_owner(tmp_path):
        pass


def test_the_staff_token_stays_the_same(tmp_path: Path) -> None:
    assert len(token := staff_token(tmp_path)) >= 32
    assert staff_token(tmp_path) == token
    assert (tmp_path / "staff-token").stat().st_mode & 0o077 == 0


def test_a_child_dies_with_its_parent(tmp_path: Path) -> None:
    if sys.platform != "linux":
        pytest.skip("not run: only Linux ends the children of a killed process")
    code = f"""
import os, signal, sys
from pathlib import Path
from deploy.embedded.process import spawn
print(spawn({SLEEP!r}, Path({str(tmp_path / "log")!r})).pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    parent = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    child = int(parent.stdout)
    while os.path.exists(f"/proc/{child}") and "Z" not in Path(f"/proc/{child}/stat").read_text().split()[2]:
        pass


def test_a_child_that_ends_at_once_is_said(tmp_path: Path) -> None:
    process = spawn([sys.executable, "-c", "raise SystemExit(3)"], tmp_path / "log")
    with pytest.raises(DidNotStart, match="exit code 3"):
        wait_for_port(process, free_port(), timeout=10)


def test_a_child_that_never_listens_is_killed(tmp_path: Path) -> None:
    process = spawn(SLEEP, tmp_path / "log")
    with pytest.raises(DidNotStart, match="did not listen"):
        wait_for_port(process, free_port(), timeout=0.1)
    assert process.returncode == -9


def test_a_child_that_listens_is_seen_and_its_port_is_taken(tmp_path: Path) -> None:
    port = free_port()
    code = f"import socket, time; s = socket.create_server(('127.0.0.1', {port})); time.sleep(60)"
    process = spawn([sys.executable, "-c", code], tmp_path / "log")
    try:
        wait_for_port(process, port, timeout=10)
        assert is_open(port)
        with pytest.raises(DidNotStart, match=f"port {port}"):
            unused(port)
    finally:
        stop(process)
    assert process.returncode == -15


def test_pauses_grow_with_early_deaths_and_shrink_after_a_long_life() -> None:
    backoff = Backoff()
    assert [backoff.next(lived=1) for _ in range(9)] == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]
    assert backoff.next(lived=31) == 0.5
