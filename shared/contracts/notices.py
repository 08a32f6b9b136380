"""`notices.v1`, owned by notifications: what became of each notice, for each guardian and channel. Ids only."""

from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime

from shared.contracts.envelope import StudentEventData
from shared.contracts.terms import NoticeChannel, NoticeKind
from shared.contracts.topics import NOTICES

THE_STUDENT = "student"
"""Stands for a guardian's id where a notice goes to the pupil, who is an adult; such a notice goes to nobody else."""


class DeliveryEventData(StudentEventData):
    """One delivery: one notice to one guardian by one channel."""

    topic: ClassVar[str] = NOTICES

    notice: UUID
    kind: NoticeKind
    delivery: UUID
    guardian: str
    channel: NoticeChannel
    languages: tuple[str, ...]
    language_gap: str | None = None
    """The recipient's own language, where there is no text in it (EC 48985): a person must see to it."""
    template: str
    """Name and version, for example `truancy_notice_1/V2`."""
    at: AwareDatetime


class NoticeQueued(DeliveryEventData):
    type: ClassVar[str] = "notice.queued"


class NoticeHeld(DeliveryEventData):
    """Not now: quiet hours, a kill switch, a restriction that somebody must read."""

    type: ClassVar[str] = "notice.held"
    reason: str
    until: AwareDatetime | None = None


class NoticeSent(DeliveryEventData):
    """Handed to the provider (or rendered for the post); `content_sha256` is of the rendered message or PDF."""

    type: ClassVar[str] = "notice.sent"
    content_sha256: str
    provider_id: str | None = None


class NoticeDelivered(DeliveryEventData):
    type: ClassVar[str] = "notice.delivered"


class NoticeFailed(DeliveryEventData):
    """`outcome_unknown`: the provider may have accepted it; never sent again without a person."""

    type: ClassVar[str] = "notice.failed"
    reason: str
    outcome_unknown: bool = False


class NoticeUndeliverable(StudentEventData):
    """No guardian can be reached by any channel: a person must act, the duty to notify remains."""

    type: ClassVar[str] = "notice.undeliverable"
    topic: ClassVar[str] = NOTICES

    notice: UUID
    kind: NoticeKind
    reason: str
    at: AwareDatetime


class NoticeCorrected(DeliveryEventData):
    """A delivered notice no longer stands; the correction was sent to the same guardian."""

    type: ClassVar[str] = "notice.corrected"
