"""The whole system on one machine: PostgreSQL, a broker, the catcher and four services, started, watched, stopped."""

import asyncio
import os
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

from deploy.embedded.broker import BrokerHost, BrokerKind
from deploy.embedded.catcher import Catcher, start_catcher
from deploy.embedded.engines import DATABASE, Engines
from deploy.embedded.process import free_port, is_open
from deploy.embedded.service import ServiceProcess
from deploy.embedded.state import (
    DATA_DIR,
    ProcessId,
    StackInfo,
    end_leftovers,
    first_on_machine,
    forget_stack,
    sole_owner,
    staff_token,
    write_stack,
)
from deploy.migrate import SERVICES, service_url

PORTS = {"ingest": 8701, "escalation": 8702, "notifications": 8703, "referrals": 8704, "catcher": 8705}
WATCH_SECONDS = 0.2
TIME_LAPSE = {"ROLLCALL_SEND_POLL": "0.05"}
"""A day passes in less than a second: the sender must look that often."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class StackOptions:
    data_dir: Path = DATA_DIR
    broker: BrokerKind = "tansu"
    cluster: str | None = None
    """The bootstrap address of a running Kafka cluster, to be used instead of a broker of our own."""
    clock: Literal["real", "driven"] = "real"
    known_ports: bool = False
    """Take the ports of `PORTS` where they are free; otherwise any free port."""
    services: tuple[str, ...] = SERVICES
    environment: tuple[tuple[str, str], ...] = ()
    """More environment for the services, e.g. (("ROLLCALL_MAX_RECORDS", "10"),)."""


class Stack:
    """`async with Stack(options) as stack:` serves inside the block. Start it from the main thread (see `spawn`).

    Raises StackRunning, DidNotStart, subprocess.SubprocessError (PostgreSQL), OSError, asyncpg.PostgresError.
    """

    def __init__(self, options: StackOptions, say: Say = lambda text: None) -> None:
        self.options = options
        self.data_dir = options.data_dir.resolve()
        self.say = say
        self.engines = Engines(self.data_dir, BrokerHost(options.broker, self.data_dir, options.cluster))
        self.services: dict[str, ServiceProcess] = {}
        self.running_catcher: Catcher | None = None
        self._ownership = ExitStack()
        self._known_ports = False
        self._watcher: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._ownership.enter_context(sole_owner(self.data_dir))
        self._known_ports = self.options.known_ports and self._ownership.enter_context(first_on_machine())
        try:
            await self._start()
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def _start(self) -> None:
        if ended := end_leftovers(self.data_dir):
            self.say(f"ended what a killed stack had left running: {', '.join(ended)}")
        await self.engines.start()
        await self._start_catcher()
        self.services = {name: self._service(name) for name in self.options.services}
        await self._start_services(*self.options.services)
        self._watcher = asyncio.create_task(self._watch())

    async def _start_catcher(self) -> None:
        """In another thread, because it runs loops of its own and here one runs already."""
        self.running_catcher = await asyncio.to_thread(start_catcher, 0, self._port("catcher"))

    def _service(self, name: str) -> ServiceProcess:
        log, port = self.data_dir / "logs" / f"{name}.log", self._port(name)
        environment = {"ROLLCALL_PUBLIC_URL": f"http://127.0.0.1:{port}", **self._environment(name)}
        return ServiceProcess(name, port, log, environment)

    def _port(self, name: str) -> int:
        known = PORTS[name]
        return known if self._known_ports and not is_open(known) else free_port()

    def _environment(self, service: str) -> dict[str, str]:
        return {
            "ROLLCALL_DATABASE_URL": service_url(self.engines.postgres.url(), DATABASE, service),
            "ROLLCALL_KAFKA_BOOTSTRAP": self.engines.broker.bootstrap,
            "ROLLCALL_BROKER_KIND": self.engines.broker.kind,
            "ROLLCALL_INSTANCE": f"{service}-1",
            "ROLLCALL_CLOCK": self.options.clock,
            "ROLLCALL_STAFF_TOKEN": staff_token(self.data_dir),
            **(TIME_LAPSE if self.options.clock == "driven" else {}),
            **self._providers(),
            **dict(self.options.environment),
        }

    def _providers(self) -> dict[str, str]:
        """Mail and SMS go to the catcher."""
        return {
            "ROLLCALL_SMTP_HOST": "127.0.0.1",
            "ROLLCALL_SMTP_PORT": str(self.catcher.smtp_port),
            "ROLLCALL_SMTP_TLS": "none",
            "ROLLCALL_MAIL_FROM": "attendance@rollcall.example.org",
            "ROLLCALL_SMS_URL": self.catcher.url,
            "ROLLCALL_SMS_ACCOUNT": "AC" + "0" * 32,
            "ROLLCALL_SMS_TOKEN": staff_token(self.data_dir),
            "ROLLCALL_SMS_FROM": "+14085550100",
        }

    async def _start_services(self, *names: str) -> None:
        for name in names:
            self.services[name].start()
        write_stack(self.info)
        await asyncio.gather(*(self.services[name].wait_ready() for name in names))

    async def stop(self) -> None:
        """Services first, then broker, PostgreSQL last. What was not started is no hindrance."""
        await self._end_watch()
        for service in self.services.values():
            service.ask_to_end()
        for service in self.services.values():
            service.stop()
        if self.running_catcher:
            await asyncio.to_thread(self.running_catcher.stop)
        self.engines.stop()
        forget_stack(self.data_dir)
        self._ownership.close()

    # What is there

    @property
    def catcher(self) -> Catcher:
        assert self.running_catcher, "the catcher was not started"
        return self.running_catcher

    def url(self, service: str) -> str:
        return self.services[service].url

    @property
    def info(self) -> StackInfo:
        children = {name: service.process for name, service in self.services.items()}
        children["broker"] = self.engines.broker.process
        return StackInfo(
            supervisor=ProcessId.of(os.getpid()),
            processes={name: ProcessId.of(it.pid) for name, it in children.items() if it and it.poll() is None},
            urls={name: service.url for name, service in self.services.items()},
            catcher_url=self.catcher.url,
            broker_kind=self.engines.broker.kind,
            bootstrap=self.engines.broker.bootstrap,
            admin_url=self.engines.postgres.url(),
            database=DATABASE,
            clock=self.options.clock,
            staff_token=staff_token(self.data_dir),
            data_dir=self.data_dir,
        )

    # For tests: break it

    def kill(self, service: str) -> None:
        """End a service at once (SIGKILL) and leave it down until `restart`."""
        self.services[service].hold()

    async def restart(self, service: str) -> None:
        """Start a killed service again and wait until it is ready."""
        await self._start_services(service)

    def kill_broker(self) -> None:
        """End the broker at once (SIGKILL) and leave it down until `restart_broker`."""
        self.engines.kill_broker()

    async def restart_broker(self) -> None:
        """Start a dead broker again.

        One in memory comes back with other offsets, which a consumer that lived on would take for the old ones and skip
        events. So the consumers end before and start after; ingest only publishes and goes on serving.
        """
        misled = self._consumers() if self.engines.host.starts_empty else []
        for name in misled:
            self.services[name].kill()
        await self.engines.restart_broker()
        await self._start_services(*misled)

    def _consumers(self) -> list[str]:
        return [name for name, service in self.services.items() if name != "ingest" and not service.held]

    # The watch

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            try:
                await self._look()
            except Exception as error:
                self.say(f"could not start again what ended: {error}; trying once more in 5 s")
                await asyncio.sleep(5)

    async def _look(self) -> None:
        if self.engines.postgres_died():
            self.say("PostgreSQL ended; starting it again")
            self.engines.restart_postgres()
        if self.engines.broker_died():
            self.say("the broker ended; starting it again")
            await self.restart_broker()
        for service in self.services.values():
            self._look_at(service)

    def _look_at(self, service: ServiceProcess) -> None:
        now = time.monotonic()
        if service.held or service.exit_code is None:
            return
        if service.start_again_at is None:
            pause = service.backoff.next(lived=now - service.started_at)
            service.start_again_at = now + pause
            self.say(f"{service.name} ended with exit code {service.exit_code}; starting it again in {pause:g} s")
        elif now >= service.start_again_at:
            service.start()
            write_stack(self.info)

    async def _end_watch(self) -> None:
        if self._watcher:
            self._watcher.cancel()
            with suppress(asyncio.CancelledError):
                await self._watcher
