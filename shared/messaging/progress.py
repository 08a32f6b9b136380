"""Named steps of a loop: whether it still moves (for /live), and where a test may kill it."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

Step = Literal[
    "polled", "fetched", "decoded", "handled", "committed", "acknowledged", "rewound",
    "waiting", "selected", "published", "removed",
]  # fmt: skip


def _nothing(loop: str, step: Step) -> None:
    pass


@dataclass(slots=True)
class Progress:
    """The last step of one loop, and when it was reached."""

    loop: str
    on_step: Callable[[str, Step], None] = _nothing
    step: Step = "waiting"
    moved_at: float = field(default_factory=time.monotonic)

    def reach(self, step: Step) -> None:
        self.step, self.moved_at = step, time.monotonic()
        self.on_step(self.loop, step)

    @property
    def idle_seconds(self) -> float:
        """How long this loop has not moved."""
        return time.monotonic() - self.moved_at
