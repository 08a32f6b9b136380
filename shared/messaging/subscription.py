"""What a service wants to hear, and what it does with it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from shared.contracts.envelope import Event, EventData
from shared.db.pool import Connection

Handler = Callable[[Connection, Sequence[Event[Any]]], Awaitable[None]]
"""Runs inside the one transaction of the batch, which messaging opens and commits. Must be idempotent and set-based. May raise
Transient (tried again later, in order) or Invalid (dead-lettered); anything else is tried again and then dead-lettered."""


@dataclass(frozen=True, slots=True)
class Subscription:
    topic: str
    group: str
    """Who listens, for example `escalation.attendance`: each group gets every event once."""
    types: tuple[type[EventData], ...]
    """Other known types of the topic are skipped; unknown ones are dead-lettered."""
    handler: Handler
