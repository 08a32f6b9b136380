"""Which occasions came in, and which stopped counting."""

from dataclasses import replace

from services.escalation.ladder.attendance import Attendance
from services.escalation.ladder.imports import with_imported
from services.escalation.ladder.moment import Moment
from services.escalation.ladder.state import Occasion, PupilState
from shared.contracts.ladder import OccasionCounted, OccasionUncounted


def count_occasions(
    moment: Moment, state: PupilState, attendance: Attendance
) -> tuple[PupilState, tuple[Occasion, ...]]:
    """The state with the occasions that count now, and those that stopped counting."""
    counted = with_imported(attendance.occasions, state.imported_days) if state.imported_days else attendance.occasions
    if counted == state.occasions:
        return state, ()
    before, now = set(state.days), {occasion.day for occasion in counted}
    uncounted = tuple(occasion for occasion in state.occasions if occasion.day not in now)
    for occasion in uncounted:
        moment.emit(
            OccasionUncounted,
            "occasion.uncounted",
            [occasion.day],
            occasion.marks,
            _values(counted),
            day=occasion.day,
        )
    for occasion in counted:
        if occasion.day not in before:
            moment.emit(
                OccasionCounted,
                "occasion.counted",
                [occasion.day],
                occasion.marks,
                _values(counted),
                day=occasion.day,
                full_day=occasion.full_day,
            )
    return replace(state, occasions=counted), uncounted


def _values(counted: tuple[Occasion, ...]) -> dict[str, int]:
    return {"occasions": len(counted)}
