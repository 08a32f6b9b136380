"""`ladder.v1`, owned by escalation: how a case goes on, ends and comes back, beside the steps of the ladder."""

import datetime as dt
from typing import ClassVar, Literal
from uuid import UUID

from shared.contracts.ladder import ActData, LadderEventData
from shared.contracts.terms import CaseEnd, Level, MeetingKind, WaitCause


class CaseClosed(LadderEventData):
    """The case ends for this district or school, though nobody judged it: the pupil is of age, or is elsewhere."""

    type: ClassVar[str] = "case.closed"
    reason: CaseEnd
    residence_district: str | None = None
    """For a charter school: the district that stays the way to the District Attorney."""


class CaseReopened(LadderEventData):
    """The pupil is back: the record stands where it stood."""

    type: ClassVar[str] = "case.reopened"
    closed_for: CaseEnd


class RecordImported(ActData):
    """Days and reports that another district verified; they count like our own and are marked as imported."""

    type: ClassVar[str] = "record.imported"
    source: str
    reason: str
    days: tuple[dt.date, ...]
    reports: tuple[dt.date, ...]
    """The days of the other district's reports."""


class AgreementChange(LadderEventData):
    agreement: UUID
    """The act by which it was signed."""
    kind: MeetingKind


class AgreementBreached(AgreementChange):
    """An occasion within its term. A fact for people; by itself it moves nothing."""

    type: ClassVar[str] = "agreement.breached"


class AgreementBreachWithdrawn(AgreementChange):
    """A correction took away the occasion that the breach rested on."""

    type: ClassVar[str] = "agreement.breach_withdrawn"


class AgreementCompleted(AgreementChange):
    """Its term is over, or the pupil stepped down, without a breach."""

    type: ClassVar[str] = "agreement.completed"


class AgreementExpired(AgreementChange):
    """Its term is over, and it was breached."""

    type: ClassVar[str] = "agreement.expired"


class DirectiveItemBreached(LadderEventData):
    """An item of the SARB's directive failed, or is past due and not done."""

    type: ClassVar[str] = "directive.item_breached"
    directive: UUID
    item: str
    breach: Literal["service", "attendance"]


class DirectiveItemSetAside(LadderEventData):
    """An item that does not bind this pupil; the rest of the directive stands."""

    type: ClassVar[str] = "directive.item_set_aside"
    directive: UUID
    item: str
    reason: str


class SarbReviewDue(LadderEventData):
    """A service was not used: the SARB looks at it. Hours alone never go to the District Attorney (EC 48263)."""

    type: ClassVar[str] = "sarb.review_due"
    directive: UUID
    item: str


class DirectiveCompleted(LadderEventData):
    type: ClassVar[str] = "directive.completed"
    directive: UUID


class MonitoringOccasion(LadderEventData):
    """A new occasion while the SARB's directive is open."""

    type: ClassVar[str] = "monitoring.occasion"
    directive: UUID
    day: dt.date


class MonitoringReportDue(LadderEventData):
    """A progress report to the SARB is due."""

    type: ClassVar[str] = "monitoring.report_due"
    number: int
    last: bool


class StepQueued(LadderEventData):
    """The rule of a step is met, but nothing goes to the family before the step is released."""

    type: ClassVar[str] = "step.queued"
    step: Level
    cause: WaitCause
    until: dt.date | None = None
    """The close of this day releases it. None: a person does, or nobody knows yet."""


class StepDropped(LadderEventData):
    """A step that waited is not to be taken: its rule is no longer met, or a person said no."""

    type: ClassVar[str] = "step.dropped"
    step: Level


class ProposalWithdrawn(LadderEventData):
    """A proposal fell away by itself: its rule is no longer met."""

    type: ClassVar[str] = "proposal.withdrawn"
    step: Level


class CaseCarriedOver(LadderEventData):
    """A case that only people end goes on in a new school year; the counts begin anew."""

    type: ClassVar[str] = "case.carried_over"
    level: Level
    previous_year: str
