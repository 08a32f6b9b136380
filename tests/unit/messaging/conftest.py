"""Logs as in production: one line, no values."""

import pytest

from shared.runtime.logging import configure_logging


@pytest.fixture(autouse=True)
def logs() -> None:
    configure_logging("test")
