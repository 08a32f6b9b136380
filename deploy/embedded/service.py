"""One service as a child process: started, waited for, started again when it dies."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from deploy.embedded.process import DidNotStart, Process, spawn, stop

LONGEST_PAUSE = 30.0


@dataclass(slots=True)
class Backoff:
    """How long to wait before the next start, in seconds: doubled after each early death, short again after a long life."""

    pause: float = 0.5

    def next(self, lived: float) -> float:
        if lived > LONGEST_PAUSE:
            self.pause = 0.5
        pause, self.pause = self.pause, min(self.pause * 2, LONGEST_PAUSE)
        return pause


@dataclass(slots=True)
class ServiceProcess:
    name: str
    port: int
    log: Path
    environment: Mapping[str, str]
    process: Process | None = None
    held: bool = False
    """Ended on purpose: not to be started again by the watch."""
    started_at: float = 0
    start_again_at: float | None = None
    backoff: Backoff = field(default_factory=Backoff)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def exit_code(self) -> int | None:
        """None while it runs, or before it was started."""
        return self.process.poll() if self.process else None

    def start(self) -> None:
        command = [sys.executable, "-m", "uvicorn", f"services.{self.name}.app:build_app", "--factory"]
        command += ["--host", "127.0.0.1", "--port", str(self.port), "--no-access-log", "--log-level", "warning"]
        self.process = spawn(command, self.log, {**os.environ, **self.environment})
        self.held, self.started_at, self.start_again_at = False, time.monotonic(), None

    def hold(self) -> None:
        """End it at once (SIGKILL) and leave it down until `start`."""
        self.held = True
        self.kill()

    def kill(self) -> None:
        """End it at once (SIGKILL); the watch starts it again."""
        if self.process:
            self.process.kill()
            self.process.wait()

    def ask_to_end(self) -> None:
        self.held = True
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)

    def stop(self, patience: float = 10) -> None:
        self.held = True
        if self.process:
            stop(self.process, patience)

    async def wait_ready(self, patience: float = 30) -> None:
        """Return when /ready says yes. Raises DidNotStart with the end of its log."""
        async with httpx.AsyncClient(base_url=self.url, timeout=2) as client:
            deadline = time.monotonic() + patience
            while time.monotonic() < deadline and self.exit_code is None:
                if await _is_ready(client):
                    return
                await asyncio.sleep(0.05)
        raise DidNotStart(self._why_not(patience))

    def _why_not(self, patience: float) -> str:
        ended = self.exit_code is not None
        what = f"ended with exit code {self.exit_code}" if ended else f"was not ready within {patience:.0f} s"
        last = self.log.read_text(errors="replace").splitlines()[-12:]
        return "\n".join([f"{self.name} {what}; the end of {self.log}:", *last])


async def _is_ready(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/ready")).is_success
    except httpx.TransportError:
        return False
