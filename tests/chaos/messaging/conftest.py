"""The same town as in the integration tests."""

from tests.integration.messaging.conftest import logs, tansu_town, town

__all__ = ["logs", "tansu_town", "town"]
