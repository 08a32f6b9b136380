"""Which facts belong in the file. Attendance and what the rules decided count up to the proposal; what takes such a decision
back counts whenever it became known, and so does what people did."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from uuid import UUID

from services.referrals.case_file.facts import PupilFacts
from services.referrals.case_file.scope import Scope
from shared.contracts.envelope import Event, EventData
from shared.contracts.ladder import (
    ActData,
    DirectiveIssued,
    EnforcementProposed,
    LadderEventData,
    NoticeRequired,
    NoticeWithdrawn,
    OccasionCounted,
    OccasionUncounted,
    ReportIssued,
    ReportVoided,
    ReviewRequired,
)
from shared.contracts.notices import DeliveryEventData, NoticeUndeliverable


def relevant(facts: PupilFacts, scope: Scope) -> PupilFacts:
    """The facts of this file; a fact that came later and changes nothing in it is left out."""
    chosen = _Chosen(scope, _years(facts.events, scope), _reports(facts, scope), _notices(facts, scope))
    return replace(
        facts,
        calendars=tuple(event for event in facts.calendars if event.data.school_year == scope.school_year),
        statements=tuple(one for one in facts.statements if scope.covers(one.day)),
        events=tuple(event for event in facts.events if chosen.has(event.data)),
    )


@dataclass(frozen=True, slots=True)
class _Chosen:
    scope: Scope
    years: set[str]
    reports: set[UUID]
    notices: set[UUID]

    def has(self, data: EventData) -> bool:
        match data:
            case DeliveryEventData() | NoticeUndeliverable():
                return data.notice in self.notices
            case ActData():
                return data.school_year in self.years
            case LadderEventData():
                return data.school_year == self.scope.school_year and self._has_decision(data)
        return False

    def _has_decision(self, data: LadderEventData) -> bool:
        match data:
            case OccasionCounted() | OccasionUncounted():
                return self.scope.covers(data.day)
            case ReportVoided():
                return data.report in self.reports
            case NoticeRequired() | NoticeWithdrawn():
                return data.notice in self.notices
            case EnforcementProposed():
                return data == self.scope.proposal.data
            case ReviewRequired():
                return True
        return data.as_of <= self.scope.proposed_at


def _years(events: Iterable[Event[EventData]], scope: Scope) -> set[str]:
    """Counters start anew in July, a directive does not: what people did counts from the directive's school year on."""
    directives = [
        event.data
        for event in events
        if isinstance(event.data, DirectiveIssued) and event.data.as_of <= scope.proposed_at
    ]
    latest = max(directives, key=lambda data: data.as_of, default=None)
    return {scope.school_year} | ({latest.school_year} if latest else set())


def _reports(facts: PupilFacts, scope: Scope) -> set[UUID]:
    return {
        data.report
        for data in (event.data for event in facts.all(ReportIssued))
        if data.school_year == scope.school_year and data.as_of <= scope.proposed_at
    }


def _notices(facts: PupilFacts, scope: Scope) -> set[UUID]:
    """Those required up to the proposal, and the corrections of them."""
    required = [event.data for event in facts.all(NoticeRequired) if event.data.school_year == scope.school_year]
    first = {data.notice for data in required if data.as_of <= scope.proposed_at}
    return first | {data.notice for data in required if data.corrects in first}
