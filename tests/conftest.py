"""The real PostgreSQL and the real brokers for every test that wants them. Nothing needs to be started by hand."""

import asyncio
import itertools
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest

from deploy.embedded.postgres import EmbeddedPostgres, start_postgres
from deploy.migrate import migrate_all, service_url

pytest_plugins = ["tests.brokers"]

_numbers = itertools.count(1)
TEMPLATE = "rollcall_template"


@dataclass(frozen=True, slots=True)
class Database:
    """A fresh, migrated database."""

    postgres: EmbeddedPostgres
    name: str

    def url(self, service: str) -> str:
        """The address for `service`, with that service's own role."""
        return service_url(self.postgres.url(), self.name, service)

    @property
    def admin_url(self) -> str:
        return self.postgres.url(self.name)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    server = start_postgres(tmp_path_factory.mktemp("postgres") / "data")
    yield server
    server.stop()


@pytest.fixture(scope="session")
def template(postgres: EmbeddedPostgres) -> str:
    asyncio.run(migrate_all(postgres.url(), TEMPLATE))
    return TEMPLATE


@pytest.fixture
def database(postgres: EmbeddedPostgres, template: str) -> Iterator[Database]:
    name = f"test_{next(_numbers)}"
    _admin(postgres, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield Database(postgres, name)
    _admin(postgres, f"DROP DATABASE {name} WITH (FORCE)")


def _admin(postgres: EmbeddedPostgres, statement: str) -> None:
    async def run() -> None:
        connection = await asyncpg.connect(postgres.url())
        await connection.execute(statement)
        await connection.close()

    asyncio.run(run())


SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def acceptance() -> Path:
    """The folder with the acceptance cases, where it exists beside the repository."""
    if not (SHARED / "scenarios").is_dir():
        pytest.skip("not run: the acceptance cases are not beside this repository")
    return SHARED


def has_java() -> bool:
    return bool(shutil.which("java") and shutil.which("mvn"))


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """A folder of our own: pytest closes its usual one to other users whenever it starts, and PostgreSQL, which does not
    run as root, is another user."""
    if not hasattr(config, "workerinput") and config.option.basetemp is None:
        config.option.basetemp = tempfile.mkdtemp(prefix="rollcall-tests-")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """What failed can be looked at; what passed leaves nothing."""
    if not hasattr(session.config, "workerinput") and exitstatus == 0:
        shutil.rmtree(session.config.option.basetemp, ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A file's tests stay together in one process; so do folders whose tests share a stack, or its well-known ports."""
    for item in items:
        folder = item.path.parent
        together = folder if folder.name in ("demo", "e2e") and "unit" not in folder.parts else item.path
        item.add_marker(pytest.mark.xdist_group(str(together)))
