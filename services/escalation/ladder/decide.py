"""What changes for a pupil: at a close, at a human act, and when a mark arrives on its own day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from services.escalation.ladder.acts import Act
from services.escalation.ladder.facts import Close, Mark, Pupil, SchoolCalendar
from services.escalation.ladder.policy import Policy
from services.escalation.ladder.state import PupilState
from shared.contracts.envelope import EventData
from shared.contracts.ladder import NoticeRequired


@dataclass(frozen=True, slots=True)
class Decision:
    """The new state, what happened, and the next school day on whose close something may change without new facts."""

    state: PupilState
    events: tuple[EventData, ...]
    wake_on: date | None


def decide(
    pupil: Pupil,
    calendar: SchoolCalendar,
    marks: Sequence[Mark],
    acts: Sequence[Act],
    state: PupilState,
    policy: Policy,
    close: Close,
) -> Decision:
    raise NotImplementedError


def record_act(
    pupil: Pupil, calendar: SchoolCalendar, acts_so_far: Sequence[Act], state: PupilState, policy: Policy, act: Act
) -> Decision:
    raise NotImplementedError


def same_day_alert(pupil: Pupil, calendar: SchoolCalendar, mark: Mark) -> NoticeRequired | None:
    raise NotImplementedError
