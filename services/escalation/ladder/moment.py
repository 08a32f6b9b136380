"""One evaluation: about whom, when, by which rules; and the events that it causes, in their order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Literal
from uuid import UUID

from services.escalation.ladder.acts import Act
from services.escalation.ladder.facts import Pupil, SchoolCalendar
from services.escalation.ladder.policy import Policy
from shared.contracts.envelope import derived_id
from shared.contracts.ladder import Because, LadderEventData
from shared.contracts.terms import Level

Values = Mapping[str, int | float | str | bool | None]
HeldSteps = Mapping[Level, Literal["kill_switch", "blast_radius"]]
"""Steps that are stopped from outside, and by what."""
NOT_HELD: HeldSteps = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Moment:
    pupil: Pupil
    calendar: SchoolCalendar
    policy: Policy
    acts: Sequence[Act]
    """What people did up to this moment."""
    day: date
    at: datetime
    events: list[LadderEventData] = field(default_factory=list)
    held_steps: HeldSteps = field(default_factory=dict)

    def emit(
        self,
        sort: type[LadderEventData],
        rule: str,
        days: Sequence[date] = (),
        /,
        marks: Sequence[UUID] = (),
        values: Values | None = None,
        **fields: Any,
    ) -> None:
        """Add an event; `rule`, `days`, `marks` and `values` say why, `fields` are those of its own sort."""
        because = Because(
            rule=rule,
            policy=self.policy.id,
            policy_version=self.policy.version,
            days=tuple(days),
            marks=tuple(marks),
            values=dict(values or {}),
        )
        self.events.append(
            sort(
                district=self.pupil.district,
                student=self.pupil.student,
                school=self.calendar.school,
                school_year=self.calendar.school_year,
                as_of=self.at,
                because=because,
                **fields,
            )
        )

    def artefact_id(self, sort: str, number: int) -> UUID:
        """The id of the pupil's `number`-th report or notice of the school year: the same whenever it is decided again."""
        year = self.calendar.school_year
        return derived_id(sort, self.pupil.district, self.pupil.student, year, self.day.isoformat(), number)
