"""A district's record in the order in which everything was taken."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from services.escalation.ladder import Act, Close, HeldSteps, Mark, Pupil, SchoolCalendar
from services.escalation.policies import Choice

Order = tuple[int, datetime]
"""The place in the order in which things were taken; for what was taken before places were kept, the time decides."""


class Statement(NamedTuple):
    """The school said this about a day and period. `mark` is None where it took back what it had said."""

    order: Order
    school: str
    day: date
    period: int | None
    rev: int
    sequence: int
    mark: Mark | None


class Snapshot(NamedTuple):
    """The roster as of a moment; `school` is that of the enrolment that was entered last."""

    order: Order
    pupil: Pupil
    school: str | None


class Did(NamedTuple):
    """A person did something."""

    order: Order
    act: Act


class Chosen(NamedTuple):
    """The district chose a policy."""

    order: Order
    choice: Choice


class Calendar(NamedTuple):
    """A calendar came, or a newer revision of one."""

    order: Order
    calendar: SchoolCalendar


Thing = Statement | Snapshot | Did | Chosen | Calendar


class Closed(NamedTuple):
    """A school closed a day. `switches` are the steps that were switched off then, `stops` those that the blast radius
    stopped at this close."""

    order: Order
    close: Close
    switches: HeldSteps
    stops: HeldSteps


class Switched(NamedTuple):
    """From here on these steps are switched off."""

    order: Order
    held: HeldSteps


@dataclass(frozen=True, slots=True)
class DistrictHistory:
    """What is known about the schools of a district. All lists in their order."""

    district: str
    closes: Mapping[str, Sequence[Closed]]
    calendars: Mapping[str, Sequence[Calendar]]
    choices: Sequence[Chosen]
    switches: Sequence[Switched]


@dataclass(frozen=True, slots=True)
class PupilHistory:
    """What is known about one pupil. All lists in their order; at least one snapshot."""

    student: str
    snapshots: Sequence[Snapshot]
    statements: Sequence[Statement]
    acts: Sequence[Did]
    subgroups: tuple[str, ...] = ()

    @property
    def latest(self) -> Snapshot:
        return self.snapshots[-1]
