"""`ladder.v1`, owned by escalation: what a pupil is in law, and no longer is."""

from typing import ClassVar

from shared.contracts.ladder import LadderEventData


class StatusChange(LadderEventData):
    pass


class HabitualSet(StatusChange):
    type: ClassVar[str] = "status.habitual.set"


class HabitualCleared(StatusChange):
    type: ClassVar[str] = "status.habitual.cleared"


class ChronicTruantSet(StatusChange):
    type: ClassVar[str] = "status.chronic_truant.set"


class ChronicTruantCleared(StatusChange):
    type: ClassVar[str] = "status.chronic_truant.cleared"


class ChronicAbsentSet(StatusChange):
    type: ClassVar[str] = "status.chronic_absent.set"


class ChronicAbsentCleared(StatusChange):
    type: ClassVar[str] = "status.chronic_absent.cleared"


class SeverelyAbsentSet(StatusChange):
    """Twice the share of chronic absence, by the default pack: the strongest tier of support."""

    type: ClassVar[str] = "status.severely_absent.set"


class SeverelyAbsentCleared(StatusChange):
    type: ClassVar[str] = "status.severely_absent.cleared"
