"""Which occasions came in, and which stopped counting."""

from dataclasses import replace

from services.escalation.ladder.attendance import Attendance
from services.escalation.ladder.moment import Moment
from services.escalation.ladder.state import Occasion, PupilState
from shared.contracts.ladder import OccasionCounted, OccasionUncounted


def count_occasions(
    moment: Moment, state: PupilState, attendance: Attendance
) -> tuple[PupilState, tuple[Occasion, ...]]:
    """The state with the occasions that count now, and those that stopped counting."""
    if attendance.occasions == state.occasions:
        return state, ()
    before, now = set(state.days), {occasion.day for occasion in attendance.occasions}
    uncounted = tuple(occasion for occasion in state.occasions if occasion.day not in now)
    for occasion in uncounted:
        moment.emit(
            OccasionUncounted,
            "occasion.uncounted",
            [occasion.day],
            occasion.marks,
            _values(attendance),
            day=occasion.day,
        )
    for occasion in attendance.occasions:
        if occasion.day not in before:
            moment.emit(
                OccasionCounted,
                "occasion.counted",
                [occasion.day],
                occasion.marks,
                _values(attendance),
                day=occasion.day,
                full_day=occasion.full_day,
            )
    return replace(state, occasions=attendance.occasions), uncounted


def _values(attendance: Attendance) -> dict[str, int]:
    return {"occasions": len(attendance.occasions)}
