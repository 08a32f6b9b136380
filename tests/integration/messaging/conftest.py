"""A town on a real broker and the real PostgreSQL; logs as in production: one line, no values."""

from collections.abc import AsyncIterator

import pytest

from shared.runtime.logging import configure_logging
from tests.brokers import Broker, TansuBroker
from tests.conftest import Database
from tests.integration.messaging.town import Town, open_town


@pytest.fixture(autouse=True)
def logs() -> None:
    configure_logging("test")


@pytest.fixture
async def town(database: Database, broker: Broker) -> AsyncIterator[Town]:
    async with open_town(database.url, broker.bootstrap, broker.kind) as town:
        yield town


@pytest.fixture
async def tansu_town(database: Database, tansu: TansuBroker) -> AsyncIterator[Town]:
    async with open_town(database.url, tansu.bootstrap, "tansu") as town:
        yield town
