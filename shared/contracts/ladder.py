"""`ladder.v1`, owned by escalation: every step that a pupil takes on the ladder, every human act, and why."""

import datetime as dt
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from shared.contracts.envelope import StudentEventData
from shared.contracts.terms import (
    ContactChannel,
    ContactOutcome,
    DirectiveItemKind,
    Level,
    MeetingForm,
    MeetingKind,
    NoticeKind,
    Role,
    RuleAction,
    ServiceMethod,
)
from shared.contracts.topics import LADDER


class Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Because(Value):
    """Why: the rule, the policy version that judged, and the facts (by id and value) that it judged."""

    rule: str
    """Short name of the rule, for example `report.first` or `level_2.entered`."""
    policy: str
    policy_version: int
    days: tuple[dt.date, ...] = ()
    """Occasion days (or absence days) that carried the decision."""
    marks: tuple[UUID, ...] = ()
    """Ids of the attendance events behind those days."""
    values: dict[str, int | float | str | bool | None] = Field(default_factory=dict)
    """Further values that the rule compared, for example occasions, school_days_since_last_notice."""


class LadderEventData(StudentEventData):
    topic: ClassVar[str] = LADDER

    school: str
    school_year: str
    as_of: AwareDatetime
    """The close, or the human act, at which this was decided. Never back-dated."""
    because: Because


class OccasionCounted(LadderEventData):
    type: ClassVar[str] = "truancy.occasion.counted"
    day: dt.date
    full_day: bool


class OccasionUncounted(LadderEventData):
    type: ClassVar[str] = "truancy.occasion.uncounted"
    day: dt.date


class ReportIssued(LadderEventData):
    """A report to the attendance supervisor (EC 48260, 48261)."""

    type: ClassVar[str] = "truancy.report.issued"
    report: UUID
    initial: bool
    days: tuple[dt.date, ...]


class ReportVoided(LadderEventData):
    type: ClassVar[str] = "truancy.report.voided"
    report: UUID


class NoticeRequired(LadderEventData):
    """A family must be told. Who, in which language and by which channel is for notifications to decide."""

    type: ClassVar[str] = "notice.required"
    notice: UUID
    kind: NoticeKind
    days: tuple[dt.date, ...] = ()
    """The days that the notice lists."""
    report: UUID | None = None
    meeting: MeetingKind | None = None
    """For an invitation."""
    corrects: UUID | None = None
    """For a correction: the notice that it corrects."""
    to_student: bool = False
    """The pupil is an adult: the notice is addressed to the student."""


class NoticeWithdrawn(LadderEventData):
    """The rule behind a notice is no longer met, or its dates changed. Unsent: do not send. Sent: a correction follows."""

    type: ClassVar[str] = "notice.withdrawn"
    notice: UUID
    kind: NoticeKind
    state: Literal["withdrawn", "corrected", "basis_changed"]
    days: tuple[dt.date, ...] = ()


class LevelChange(LadderEventData):
    level: Level
    previous: Level


class LevelProposed(LevelChange):
    """A step that only a person can take is due (level_3)."""

    type: ClassVar[str] = "level.proposed"


class LevelEntered(LevelChange):
    type: ClassVar[str] = "level.entered"


class LevelRescinded(LevelChange):
    type: ClassVar[str] = "level.rescinded"


class LevelSteppedDown(LevelChange):
    type: ClassVar[str] = "level.stepped_down"


class RuleMet(LadderEventData):
    """A rule of a pack that counts by rules of its own (Texas, Florida, New York) is met: what it asks for follows."""

    type: ClassVar[str] = "rule.met"
    rule: str
    """The id of the rule in its pack."""
    do: tuple[RuleAction, ...]
    due_by: dt.date | None = None
    """The last school day on which what it asks for is in time, where the rule says so."""


class RuleNoLongerMet(LadderEventData):
    """A correction took away what the rule rested on."""

    type: ClassVar[str] = "rule.no_longer_met"
    rule: str


class ReviewRequired(LadderEventData):
    type: ClassVar[str] = "review.required"
    reason: str


class RecognitionDue(LadderEventData):
    type: ClassVar[str] = "recognition.due"


class EnforcementProposed(LadderEventData):
    type: ClassVar[str] = "enforcement.proposed"


class ActData(LadderEventData):
    """A named person did something, at a time."""

    act: UUID
    by: str


class EnforcementApproved(ActData):
    type: ClassVar[str] = "enforcement.approved"
    basis: str


class ActRefused(ActData):
    """An act that the rules do not allow, with the reason in plain words."""

    type: ClassVar[str] = "act.refused"
    do: str
    reason: str


class ActRecorded(ActData):
    """A decision of a named person that has no event of its own (release, hold, dismiss, waive, refer, reject, close)."""

    type: ClassVar[str] = "act.recorded"
    do: str
    step: str | None = None
    basis: str | None = None
    reason: str | None = None


class MeetingRequired(LadderEventData):
    type: ClassVar[str] = "meeting.required"
    kind: MeetingKind


class Service(Value):
    """Service of a meeting's notice on one person."""

    to: Literal["parent", "pupil"]
    method: ServiceMethod
    posted: dt.date


class MeetingChange(ActData):
    kind: MeetingKind
    form: MeetingForm
    date: dt.date | None = None
    statutory: bool = False
    participants: tuple[Role, ...] = ()
    """Who is asked to come, or came."""
    reason: str | None = None


class MeetingScheduled(MeetingChange):
    type: ClassVar[str] = "meeting.scheduled"
    served: tuple[Service, ...] = ()


class MeetingHeld(MeetingChange):
    type: ClassVar[str] = "meeting.held"


class MeetingNoShow(MeetingChange):
    type: ClassVar[str] = "meeting.no_show"


class MeetingCancelled(MeetingChange):
    type: ClassVar[str] = "meeting.cancelled"


class MeetingNoticeDefective(LadderEventData):
    type: ClassVar[str] = "meeting.notice_defective"
    kind: MeetingKind
    reason: str


class MeetingCancelOffered(LadderEventData):
    type: ClassVar[str] = "meeting.cancel_offered"
    kind: MeetingKind


class AgreementSigned(ActData):
    type: ClassVar[str] = "agreement.signed"
    kind: MeetingKind


class AgreementRefused(ActData):
    type: ClassVar[str] = "agreement.refused"
    kind: MeetingKind


class DirectiveItem(Value):
    id: str
    kind: DirectiveItemKind
    target: float | None = None
    due: dt.date


class DirectiveIssued(ActData):
    """The SARB's directive to use services (EC 48263), given at the held meeting."""

    type: ClassVar[str] = "directive.issued"
    items: tuple[DirectiveItem, ...]


class DirectiveItemReported(ActData):
    type: ClassVar[str] = "directive.item_reported"
    item: str
    hours: float | None = None
    state: Literal["done", "failed"] | None = None


class ContactLogged(ActData):
    """An attempt to reach the family: part of the conscientious effort (EC 48262)."""

    type: ClassVar[str] = "contact.logged"
    channel: ContactChannel
    outcome: ContactOutcome
