"""Which occasions came in, and which stopped counting."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from services.escalation.ladder.attendance import Attendance
from services.escalation.ladder.imports import with_imported
from services.escalation.ladder.moment import Moment
from services.escalation.ladder.state import Occasion, PupilState
from shared.contracts.ladder import OccasionCounted, OccasionUncounted


def count_occasions(moment: Moment, state: PupilState, attendance: Attendance) -> tuple[PupilState, bool]:
    """The state with the occasions that count now; and whether one stopped counting, or counts for less."""
    counted = with_imported(attendance.occasions, state.imported_days) if state.imported_days else attendance.occasions
    if counted == state.occasions:
        return state, False
    before = {occasion.day: occasion for occasion in state.occasions}
    now = {occasion.day for occasion in counted}
    uncounted = [occasion for occasion in state.occasions if occasion.day not in now]
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
    corrected = bool(uncounted) or (moment.policy.looks_into_days and _weaker(before, counted))
    return replace(state, occasions=counted), corrected


def _weaker(before: Mapping[date, Occasion], counted: tuple[Occasion, ...]) -> bool:
    """Is a full day now a part of one, are fewer periods missed, or is something no longer verified?"""
    return any(
        (old := before.get(new.day)) is not None
        and (old.full_day > new.full_day or old.periods > new.periods or old.verified > new.verified)
        for new in counted
    )


def _values(counted: tuple[Occasion, ...]) -> dict[str, int]:
    return {"occasions": len(counted)}
