"""`ladder.v1`, owned by escalation: how a case goes on, ends and comes back, beside the steps of the ladder."""

import datetime as dt
from typing import ClassVar

from shared.contracts.ladder import ActData, LadderEventData
from shared.contracts.terms import CaseEnd


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
