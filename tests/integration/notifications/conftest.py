"""A catcher, and notifications on a fresh database."""

from collections.abc import AsyncIterator, Iterator

import pytest

from deploy.embedded.catcher import Catcher, start_catcher
from tests.conftest import Database
from tests.integration.notifications.world import World, open_world, settings_for


@pytest.fixture
def catcher() -> Iterator[Catcher]:
    catcher = start_catcher()
    yield catcher
    catcher.stop()


@pytest.fixture
async def world(database: Database, catcher: Catcher) -> AsyncIterator[World]:
    """A school is known, and it is noon there."""
    async with open_world(settings_for(database.url("notifications"), catcher), catcher) as world:
        await world.school()
        yield world
