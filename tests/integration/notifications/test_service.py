"""The service as a process of its own: events come in by Kafka, families are reached, and a kill -9 doubles nothing."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from deploy.embedded.catcher import Catcher, MailFault
from deploy.embedded.tansu import free_port
from shared.contracts.envelope import EventData
from shared.contracts.topics import NOTICES
from shared.messaging.relay import cloud_event
from tests.brokers import Broker
from tests.conftest import Database
from tests.integration.notifications.world import NOON, World, open_world, rosa, settings_for

pytestmark = [pytest.mark.db, pytest.mark.broker, pytest.mark.chaos]
TOKEN = "a token for tests only"


@dataclass(slots=True)
class Service:
    process: asyncio.subprocess.Process
    url: str

    async def get(self, path: str) -> Any:
        async with httpx.AsyncClient(headers={"Authorization": f"Bearer {TOKEN}"}) as client:
            return (await client.get(f"{self.url}{path}")).raise_for_status().json()

    async def is_ready(self) -> bool:
        try:
            await self.get("/ready")
        except httpx.HTTPError:
            return False
        return True

    async def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        await self.process.wait()


@asynccontextmanager
async def running(environment: dict[str, str], log: Path) -> AsyncIterator[Service]:
    port = free_port()
    arguments = ["-m", "uvicorn", "services.notifications.app:build_app", "--factory", "--port", str(port)]
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable, *arguments, env={**os.environ, **environment}, stdout=output, stderr=output
        )
    service = Service(process, f"http://127.0.0.1:{port}")
    try:
        await until(service.is_ready)
        yield service
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


async def until(holds: Callable[[], Awaitable[bool]], seconds: float = 40) -> None:
    async with asyncio.timeout(seconds):
        while not await holds():  # noqa: ASYNC110  (another process moves)
            await asyncio.sleep(0.05)


async def publish(bootstrap: str, *data: EventData) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all")
    await producer.start()
    try:
        for each in data:
            row = {
                "event_id": uuid4(),
                "type": each.type,
                "source": "test",
                "subject": each.subject,
                "time": NOON,
                "traceparent": None,
            }
            headers = [(name, value.encode()) for name, value in cloud_event(row).items()]
            await producer.send_and_wait(
                each.topic, each.model_dump_json().encode(), each.key.encode(), headers=headers
            )
    finally:
        await producer.stop()


async def published(bootstrap: str, count: int) -> list[str]:
    """The types of the first `count` events of notices.v1."""
    consumer = AIOKafkaConsumer(NOTICES, bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        async with asyncio.timeout(20):
            return [dict((await consumer.getone()).headers)["ce_type"].decode() for _ in range(count)]
    finally:
        await consumer.stop()


def environment_for(database: Database, broker: Broker, catcher: Catcher) -> dict[str, str]:
    settings = settings_for(database.url("notifications"), catcher, kafka_bootstrap=broker.bootstrap)
    plain = settings.model_dump(mode="json", exclude={"school_contacts", "staff_token", "sms_token"}, exclude_none=True)
    secret = {"staff_token": TOKEN, "sms_token": settings.sms_token.get_secret_value()}
    given = {**plain, **secret, "broker_kind": broker.kind, "provider_timeout": 10, "session_timeout": 6}
    return {f"ROLLCALL_{name.upper()}": str(value) for name, value in given.items()}


@pytest.fixture
async def world(database: Database, catcher: Catcher) -> AsyncIterator[World]:
    """To look into the database, and to make events; it sends nothing here."""
    async with open_world(settings_for(database.url("notifications"), catcher), catcher) as world:
        yield world


async def test_from_kafka_to_the_family_and_back(
    database: Database, broker: Broker, catcher: Catcher, world: World, tmp_path: Path
) -> None:
    async with running(environment_for(database, broker, catcher), tmp_path / "log") as service:
        await publish(broker.bootstrap, world.calendar(), world.notice(), world.pupil(rosa()))

        async def caught() -> bool:
            return catcher.count > 0

        await until(caught)
        assert await published(broker.bootstrap, 2) == ["notice.queued", "notice.sent"]
        assert await service.get("/v1/summary") == {"notices": {"truancy_notice_1": {"sent": 1}}}
    log = (tmp_path / "log").read_text()
    assert not [secret for secret in ("Ejemplo", "rosa@", "5550101", "Elm St") if secret in log]


async def test_killed_between_attempt_and_outcome_the_outcome_is_unknown_and_nothing_is_sent_again(
    database: Database, broker: Broker, catcher: Catcher, world: World, tmp_path: Path
) -> None:
    environment = environment_for(database, broker, catcher)
    catcher.box.mail_faults.append(MailFault("250 OK", "data", hang=30, taken=True))
    notice = world.notice()

    async def caught() -> bool:
        return catcher.count > 0

    async with running(environment, tmp_path / "log") as service:
        await publish(broker.bootstrap, world.calendar(), world.pupil(rosa()), notice)
        await until(caught)
        await service.kill()
    assert await world.states(notice.notice) == {("rosa", "email"): "attempting"}

    async def found_out() -> bool:
        return await world.states(notice.notice) == {("rosa", "email"): "unknown"}

    async with running(environment, tmp_path / "log") as service:
        await until(found_out)
        await publish(broker.bootstrap, notice, world.pupil(rosa()))
        assert await published(broker.bootstrap, 2) == ["notice.queued", "notice.failed"]
        [unknown] = (await service.get("/v1/deliveries?state=unknown"))["deliveries"]
        assert unknown["notice"] == str(notice.notice)
        await asyncio.sleep(1)
    assert catcher.count == 1
