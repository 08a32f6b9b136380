"""PostgreSQL and the broker of one data folder, with topics, schemas and (for a broker in memory) the events of the logs."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from deploy.embedded.broker import Broker, BrokerHost
from deploy.embedded.postgres import EmbeddedPostgres, start_postgres
from deploy.migrate import SERVICES, migrate_all, service_url
from deploy.topics import create_topics
from shared.db.pool import open_pool

DATABASE = "rollcall"


@dataclass(slots=True)
class Engines:
    data_dir: Path
    host: BrokerHost
    running_broker: Broker | None = None
    running_postgres: EmbeddedPostgres | None = None
    broker_held: bool = False
    """Killed on purpose: not to be started again by the watch."""

    @property
    def broker(self) -> Broker:
        assert self.running_broker, "the broker was not started"
        return self.running_broker

    @property
    def postgres(self) -> EmbeddedPostgres:
        assert self.running_postgres, "PostgreSQL was not started"
        return self.running_postgres

    async def start(self) -> None:
        """Raises DidNotStart (broker), subprocess.SubprocessError (PostgreSQL), KafkaError, asyncpg.PostgresError."""
        self.host.log.parent.mkdir(parents=True, exist_ok=True)
        self._start_both()
        await migrate_all(self.postgres.url(), DATABASE)
        await self.prepare_broker()

    def _start_both(self) -> None:
        """At the same time, and not to be cancelled in the middle: then nobody would know what to stop."""
        with ThreadPoolExecutor(1) as other:
            postgres = other.submit(start_postgres, self.data_dir / "postgres")
            try:
                self.running_broker = self.host.start()
            finally:
                self.running_postgres = postgres.result()

    async def prepare_broker(self) -> None:
        """Topics; and what a broker in memory has forgotten goes back to the services' pending events."""
        await create_topics(self.broker.bootstrap)
        if self.host.starts_empty:
            for service in SERVICES:
                await self._refill(service)

    async def _refill(self, service: str) -> None:
        from shared.messaging.replay import refill

        url = service_url(self.postgres.url(), DATABASE, service)
        async with open_pool(url, service, max_size=1) as pool, pool.acquire() as connection, connection.transaction():
            await refill(connection)

    async def restart_broker(self) -> None:
        self.running_broker, self.broker_held = self.host.start(), False
        await self.prepare_broker()

    def kill_broker(self) -> None:
        """End a broker of our own at once (SIGKILL) and leave it down until `restart_broker`."""
        self.broker_held = True
        if process := self.broker.process:
            process.kill()
            process.wait()

    def broker_died(self) -> bool:
        process = self.broker.process
        return not self.broker_held and process is not None and process.poll() is not None

    def restart_postgres(self) -> None:
        self.running_postgres = start_postgres(self.data_dir / "postgres")

    def postgres_died(self) -> bool:
        return not self.postgres.is_running()

    def stop(self) -> None:
        """The broker first, PostgreSQL last; what was not started is no hindrance."""
        if self.running_broker:
            self.running_broker.stop()
        if self.running_postgres:
            self.running_postgres.stop()
