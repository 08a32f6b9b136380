"""What time it is. Real in production; driven by the stream in tests and time-lapse."""

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """The current time, aware."""
        ...

    def advance(self, to: datetime) -> None:
        """Something happened at `to`. A driven clock moves there and never goes back; a real clock does not care."""
        ...


class RealClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def advance(self, to: datetime) -> None:
        pass


class DrivenClock:
    """Shows the latest time that the stream has named."""

    def __init__(self, start: datetime = datetime(1970, 1, 1, tzinfo=UTC)) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def advance(self, to: datetime) -> None:
        self._now = max(self._now, to)


def build_clock(kind: str) -> Clock:
    return DrivenClock() if kind == "driven" else RealClock()
