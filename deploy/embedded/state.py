"""What a running stack tells others in `stack.json` of its data folder, and what a killed one left behind."""

import fcntl
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
from pydantic import BaseModel, ConfigDict

from deploy.migrate import service_url

DATA_DIR = Path(".rollcall")


class StackRunning(Exception):
    """Another supervisor owns this data folder."""


class StackNotRunning(Exception):
    """Nobody serves from this data folder."""


class ProcessId(BaseModel):
    """A process, told apart from a later one that got the same number."""

    model_config = ConfigDict(frozen=True)

    pid: int
    started: float

    @classmethod
    def of(cls, pid: int) -> "ProcessId":
        return cls(pid=pid, started=psutil.Process(pid).create_time())

    def find(self) -> psutil.Process | None:
        """The process if it still runs."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.started) < 1 and process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return None
        return process if same else None


class StackInfo(BaseModel):
    """Addresses and secrets of a stack on this machine; the file is readable by its owner only."""

    model_config = ConfigDict(frozen=True)

    supervisor: ProcessId
    processes: dict[str, ProcessId]
    """The child processes by name: the four services, and `broker` if it was started here."""
    urls: dict[str, str]
    """By service: `http://127.0.0.1:PORT`."""
    catcher_url: str
    """The page where every caught email and SMS can be read; also its JSON."""
    broker_kind: str
    bootstrap: str
    admin_url: str
    """PostgreSQL as its superuser; connect to the database `database` there."""
    database: str
    clock: str
    staff_token: str
    data_dir: Path

    def database_url(self, service: str) -> str:
        """The database with the service's own role."""
        return service_url(self.admin_url, self.database, service)


def read_stack(data_dir: Path = DATA_DIR) -> StackInfo:
    """The stack that runs on `data_dir`. Raises StackNotRunning."""
    info = last_stack(data_dir)
    if info is None or info.supervisor.find() is None:
        raise StackNotRunning(f"no stack runs on {data_dir}; start one with `rollcall up` in another terminal")
    return info


def last_stack(data_dir: Path) -> StackInfo | None:
    """What the last supervisor wrote, whether it still runs or not; None if it ended in order or never was."""
    try:
        return StackInfo.model_validate_json((data_dir / "stack.json").read_bytes())
    except (FileNotFoundError, ValueError):
        return None


def write_stack(info: StackInfo) -> None:
    write_private(info.data_dir / "stack.json", info.model_dump_json(indent=2))


def forget_stack(data_dir: Path) -> None:
    (data_dir / "stack.json").unlink(missing_ok=True)


def end_leftovers(data_dir: Path) -> list[str]:
    """Kill the child processes of a supervisor that was killed; their names. Call it under the lock."""
    info = last_stack(data_dir)
    found = {name: process for name, known in (info.processes if info else {}).items() if (process := known.find())}
    for process in found.values():
        with suppress(psutil.NoSuchProcess):  # the kernel may be ending it at this moment
            process.kill()
    psutil.wait_procs(list(found.values()), timeout=5)
    forget_stack(data_dir)
    return sorted(found)


@contextmanager
def sole_owner(data_dir: Path) -> Iterator[None]:
    """Own `data_dir` until the end of the block, or of this process. Raises StackRunning if another process does."""
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StackRunning(_whose(data_dir)) from None
        yield


@contextmanager
def first_on_machine() -> Iterator[bool]:
    """True inside the block for one process of this machine at a time: who gets it may take the well-known ports, which are
    bound only seconds after they were found free."""
    with (Path(tempfile.gettempdir()) / f"rollcall-ports-{os.getuid()}.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def _whose(data_dir: Path) -> str:
    info = last_stack(data_dir)
    number = f" (process {info.supervisor.pid})" if info else ""
    return f"a stack already runs on {data_dir}{number}; stop it with Ctrl-C there, or choose another --data-dir"


def staff_token(data_dir: Path) -> str:
    """The token for staff tools of this data folder; made at the first call."""
    path = data_dir / "staff-token"
    if not path.exists():
        write_private(path, secrets.token_urlsafe(32))
    return path.read_text()


def write_private(path: Path, text: str) -> None:
    """Write so that only the owner can read it, and so that a reader never sees half of it."""
    unfinished = path.with_suffix(".new")
    with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    unfinished.rename(path)
