"""One whole stack with a driven clock for the tests of this folder."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from deploy.embedded.stack import Stack, StackOptions


@pytest_asyncio.fixture(loop_scope="package", scope="package")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    options = StackOptions(tmp_path_factory.mktemp("stack"), clock="driven")
    async with Stack(options) as running:
        yield running
