"""What a scenario, the API and people can see of a pupil's state."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from services.escalation.ladder.state import Notice, PupilState


class Alert(NamedTuple):
    """When a same-day alert was required, and how many of the pupil's notices had been by then."""

    at: datetime
    notices_before: int


def summary(state: PupilState, on: date | None = None, same_day_alerts: Sequence[Alert] = ()) -> dict[str, Any]:
    """What a scenario can expect of a pupil, apart from `parked` and `events`.

    `on`: the last closed day (not said: the last that was judged). `same_day_alerts`: they are sent as marks arrive, so no
    state keeps them.
    """
    on = on or state.through
    return {
        "occasions": len(state.occasions),
        "court_grade_full_days": state.court_grade_full_days,
        "reports": len(state.valid_reports),
        "habitual": state.habitual,
        "chronic_truant": state.chronic_truant,
        "chronic_absent": state.chronic_absent,
        "severely_absent": state.severely_absent,
        "state_reportable": bool(on and state.reportable_from and on >= state.reportable_from),
        "days_absent": state.days_absent,
        "level": state.level,
        "proposed": state.proposed,
        "waiting": [waiting.step for waiting in state.waiting],
        "notices": [notice.kind for notice in state.notices_that_count],
        "sent": _sent(state, same_day_alerts),
        "meetings_required": list(state.meetings_required),
        "disposition": {"level_1": state.level_1_disposition, "level_2": state.level_2_disposition},
        "review": state.review,
        "adult": state.adult,
        "report_dates": [report.day for report in state.valid_reports],
        "report_days": [list(report.days) for report in state.valid_reports],
    }


def _sent(state: PupilState, same_day_alerts: Sequence[Alert]) -> list[str]:
    """In the order of time; what was required at the same time, in the order in which it was."""
    alerts = [((alert.at, alert.notices_before, 0), "same_day_alert") for alert in same_day_alerts]
    notices = [((notice.at, place, 1), _with_state(notice)) for place, notice in enumerate(state.notices)]
    return [name for _, name in sorted([*alerts, *notices])]


def _with_state(notice: Notice) -> str:
    return notice.kind if notice.state == "required" else f"{notice.kind}:{notice.state}"
