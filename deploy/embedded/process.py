"""Child processes that do not outlive the process that started them, and the small things around them."""

import ctypes
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

Process = subprocess.Popen[bytes]

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


class DidNotStart(Exception):
    """A child process ended at once, or did not answer in time."""


def spawn(command: Sequence[str], log: Path, env: Mapping[str, str] | None = None) -> Process:
    """Start `command` with its output appended to `log`, in a session of its own (Ctrl-C reaches only the parent).

    On Linux the child is killed when the parent dies, even by kill -9. The kernel ties that to the *thread* that
    started the child, so a child that another thread than the main one starts is not tied.
    """
    tied = threading.current_thread() is threading.main_thread()
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=env,
            start_new_session=True,
            preexec_fn=_die_with_parent if _libc and tied else None,
        )


def _die_with_parent() -> None:
    assert _libc is not None
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def stop(process: Process, patience: float = 5) -> None:
    """Ask `process` to end; kill it after `patience` seconds. Nothing happens if it has ended already."""
    process.terminate()
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listened on just now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def unused(port: int | None) -> int:
    """`port`, or a free one for None. Raises DidNotStart if something else listens there: we would talk to that."""
    if port is not None and is_open(port):
        raise DidNotStart(f"port {port} of 127.0.0.1 is in use")
    return port or free_port()


def is_open(port: int) -> bool:
    """True if something on 127.0.0.1 listens on `port`."""
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_for_port(process: Process, port: int, timeout: float) -> None:
    """Return when something listens on `port`. Raises DidNotStart if `process` ends, or after `timeout` s (killed)."""
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise DidNotStart(f"it ended at once with exit code {process.returncode}")
        if is_open(port):
            return
        time.sleep(0.05)
    process.kill()
    process.wait()
    raise DidNotStart(f"it did not listen on port {port} within {timeout:.0f} s")
