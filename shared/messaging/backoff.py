"""How long to wait before the next try."""

import asyncio
import contextlib
from dataclasses import dataclass

FIRST = 0.2
LONGEST = 30.0


@dataclass(slots=True)
class Backoff:
    """Seconds, doubled from each failure to the next, up to `longest`."""

    longest: float = LONGEST
    delay: float = FIRST

    def next(self) -> float:
        delay, self.delay = self.delay, min(self.delay * 2, self.longest)
        return delay

    def reset(self) -> None:
        self.delay = FIRST


async def pause(seconds: float, until: asyncio.Event) -> None:
    """Return after `seconds`, or at once when `until` is set."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(until.wait(), seconds)
