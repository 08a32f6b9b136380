"""A batch that fails: which of its records is to blame, and when there are too many of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shared.contracts.envelope import Event
from shared.db.pool import Connection, is_transient
from shared.messaging.decoder import Dead
from shared.messaging.errors import Flood, Invalid, Transient
from shared.messaging.subscription import Handler

Outcome = tuple[Event[Any], Dead | None]


async def isolate(connection: Connection, handler: Handler, events: Sequence[Event[Any]]) -> list[Outcome]:
    """Handle `events` in order, in halves and halves of halves, each in a savepoint; what fails alone is dead.

    Raises what may succeed later (Transient, the database away).
    """
    if not events:
        return []
    try:
        async with connection.transaction():
            await handler(connection, events)
    except Exception as error:
        if isinstance(error, Transient) or is_transient(error):
            raise
        if len(events) == 1:
            return [(events[0], cause(error))]
        middle = len(events) // 2
        first = await isolate(connection, handler, events[:middle])
        return first + await isolate(connection, handler, events[middle:])
    return [(event, None) for event in events]


def cause(error: Exception) -> Dead:
    """The text of an unforeseen error may quote rows: only its class goes on."""
    if isinstance(error, Invalid):
        return Dead("Invalid", error.reason)
    return Dead(type(error).__qualname__, "the handler failed on this record alone; see the log at this time")


@dataclass(slots=True)
class FloodGuard:
    """Counts the dead. A few are theirs; many in a row, or a large share, are most likely a fault of ours."""

    in_a_row: int = 100
    share: float = 0.2
    window: int = 1000
    """Records over which the share is taken."""
    _row: int = 0
    _seen: int = 0
    _dead: int = 0

    def count(self, dead: bool) -> None:
        """Raises Flood when there are too many."""
        self._row = self._row + 1 if dead else 0
        if self._seen == self.window:
            self._seen = self._dead = 0
        self._seen += 1
        self._dead += dead
        if self._row > self.in_a_row:
            raise Flood(f"{self._row} records in a row are dead")
        if self._dead > self.share * self.window:
            raise Flood(f"{self._dead} of the last {self._seen} records are dead")
