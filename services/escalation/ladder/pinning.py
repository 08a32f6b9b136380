"""When did a pupil's case begin? Until the next school year it stays on the policy of that day."""

from datetime import date

from services.escalation.ladder.school_days import school_year_of
from services.escalation.ladder.state import PupilState

YEAR_START = "07-01"
"""Of every pack here; a case is pinned for a school year, whatever the policy says."""


def has_begun(state: PupilState, day: date) -> date | None:
    """The day on which the case of `day`'s school year began: its first report, or the first level that was entered; None if
    there is none. A case that a correction took away still counts, so that the policy of a pupil never goes back and forth."""
    if not (state.reports or state.entries) or school_year_of(day, YEAR_START) > state.school_year:
        return None
    days = [*(report.day for report in state.reports), *(entry.monitored_from for entry in state.entries)]
    return min((day for day in days if school_year_of(day, YEAR_START) == state.school_year), default=None)
