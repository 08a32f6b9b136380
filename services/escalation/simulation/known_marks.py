"""What the school has said about one pupil up to a point of the history."""

from datetime import date
from operator import attrgetter

from services.escalation.ladder import Mark, Pupil
from services.escalation.pupils import enrolled_at
from services.escalation.simulation.history import Statement

Slot = tuple[str, date, int | None]


class KnownMarks:
    """Of each school, day and period the statement that holds: the one with the highest (rev, sequence)."""

    def __init__(self) -> None:
        self._holding: dict[Slot, Statement] = {}
        self._schools: set[str] = set()

    def __bool__(self) -> bool:
        return bool(self._holding)

    def take(self, said: Statement) -> None:
        slot = (said.school, said.day, said.period)
        before = self._holding.get(slot)
        if before is None or (before.rev, before.sequence) < (said.rev, said.sequence):
            self._holding[slot] = said
        self._schools.add(said.school)

    def between(self, pupil: Pupil, first: date, last: date) -> list[Mark]:
        """The marks that hold for the days from the first to the last."""
        holding = [said for said in self._holding.values() if said.mark and first <= said.day <= last]
        if len(self._schools) > 1:
            holding = _one_school_a_day(pupil, holding)
        return [said.mark for said in holding if said.mark]


def _one_school_a_day(pupil: Pupil, said: list[Statement]) -> list[Statement]:
    """As `services.escalation.pupils.one_school_a_day` does it for rows."""
    kept: dict[tuple[date, int | None], Statement] = {}
    for statement in sorted(said, key=attrgetter("sequence")):
        slot = (statement.day, statement.period)
        before = kept.get(slot)
        if (
            before is None
            or not enrolled_at(pupil, before.school, before.day)
            or enrolled_at(pupil, statement.school, statement.day)
        ):
            kept[slot] = statement
    return list(kept.values())
