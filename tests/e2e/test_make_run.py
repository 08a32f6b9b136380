"""`make run` as a new user runs it: the whole system in child processes, without a terminal."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from queue import Empty, Queue

import httpx
import psutil
import pytest

from deploy.migrate import ROOT

pytestmark = [pytest.mark.e2e, pytest.mark.db, pytest.mark.broker, pytest.mark.timeout(300)]
PATIENCE = 120
ROLLCALL = str(Path(sys.executable).with_name("rollcall"))


class Running:
    """A command whose lines are read as they come."""

    def __init__(self, *command: str) -> None:
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.lines: Queue[str] = Queue()
        self.said = ""
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout
        with self.process.stdout as lines:
            for line in lines:
                self.lines.put(line)

    def until(self, pattern: str) -> re.Match[str]:
        """The next line in which `pattern` is found."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                line = self.lines.get(timeout=0.5)
            except Empty:
                assert self.process.poll() is None, f"ended with {self.process.returncode}:\n{self.said}"
                continue
            self.said += line
            if found := re.search(pattern, line):
                return found
        raise AssertionError(f"{pattern} did not come within {PATIENCE} s:\n{self.said}")

    def end(self, by: signal.Signals | None = None) -> int:
        """Wait until it has ended (after sending it a signal) and return the exit code."""
        if by:
            self.process.send_signal(by)
        code = self.process.wait(PATIENCE)
        self.reader.join()
        while not self.lines.empty():
            self.said += self.lines.get()
        return code


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "data"
    for process in left_over(tmp_path / "data"):
        process.kill()


def left_over(data_dir: Path) -> list[psutil.Process]:
    """Every process that works for this data folder."""
    return [process for process in psutil.process_iter() if _works_for(process, str(data_dir))]


def _works_for(process: psutil.Process, data_dir: str) -> bool:
    try:
        if process.status() == psutil.STATUS_ZOMBIE or process.pid == os.getpid():
            return False
        return data_dir in " ".join([*process.cmdline(), *process.environ().values()])
    except psutil.Error:
        return False


def marks_in(line: str) -> int:
    found = re.search(r"marks ([\d,]+)", line)
    assert found, line
    return int(found[1].replace(",", ""))


def test_the_demo_runs_stops_and_goes_on(data_dir: Path) -> None:
    demo = f"--pupils 60 --days 15 --exit --data-dir {data_dir}"
    first = Running("make", "--no-print-directory", "run", f"ARGS={demo}")
    catcher = first.until(r"caught email and SMS: (http\S+)")[1]
    first.until(r"same day alert.* sent")
    caught = httpx.get(f"{catcher}/messages").json()
    assert caught["count"] > 0
    assert {message["channel"] for message in caught["messages"]} <= {"email", "sms"}
    assert first.end() == 0
    assert "\x1b" not in first.said, "plain lines"
    last = first.said.splitlines()[-1]
    assert "day 15 of 15" in last
    assert "waiting 0" in last
    assert left_over(data_dir) == []

    second = Running(ROLLCALL, "up", "--demo", "--pupils", "60", "--days", "2", "--data-dir", str(data_dir))
    shown = second.until(r"day 2 of 2, .*").string
    assert marks_in(shown) > marks_in(last) > 0
    assert second.end(by=signal.SIGINT) == 0
    assert "stopped" in second.said
    assert left_over(data_dir) == []


def test_a_killed_supervisor_leaves_nothing_in_the_way(data_dir: Path) -> None:
    first = Running(ROLLCALL, "up", "--data-dir", str(data_dir))
    first.until("referrals API")
    second = Running(ROLLCALL, "up", "--data-dir", str(data_dir))
    assert second.end() == 1
    assert re.search(rf"already runs on .*process {first.process.pid}", second.said)

    assert first.end(by=signal.SIGKILL) == -9
    third = Running(ROLLCALL, "up", "--data-dir", str(data_dir))
    third.until("referrals API")
    assert third.end(by=signal.SIGTERM) == 0
    assert left_over(data_dir) == []
