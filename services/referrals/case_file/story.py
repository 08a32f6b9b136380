"""The pupil's way on the ladder as the file tells it: reports numbered, notices with what became of them, acts in order."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar
from uuid import UUID

from services.referrals.case_file.facts import PupilFacts
from shared.contracts.envelope import Event
from shared.contracts.ladder import (
    ActData,
    AgreementRefused,
    AgreementSigned,
    ContactLogged,
    DirectiveIssued,
    DirectiveItemReported,
    LadderEventData,
    LevelChange,
    MeetingHeld,
    MeetingNoticeDefective,
    NoticeRequired,
    NoticeWithdrawn,
    OccasionCounted,
    OccasionUncounted,
    ReportIssued,
    ReportVoided,
    ReviewRequired,
)
from shared.contracts.notices import DeliveryEventData, NoticeUndeliverable
from shared.contracts.statuses import StatusChange
from shared.contracts.terms import MeetingKind

LadderT = TypeVar("LadderT", bound=LadderEventData)
ActT = TypeVar("ActT", bound=ActData)


@dataclass(frozen=True, slots=True)
class Report:
    """`number` counts the valid reports in order of issue; None: voided. `days` are the occasions that it still lists."""

    id: UUID
    number: int | None
    initial: bool
    issued: datetime
    days: tuple[date, ...]
    taken_off: tuple[date, ...]
    voided: datetime | None


@dataclass(frozen=True, slots=True)
class Notice:
    required: NoticeRequired
    withdrawn: NoticeWithdrawn | None
    deliveries: tuple[tuple[DeliveryEventData, ...], ...]
    """Per delivery (one guardian, one channel) its events in order."""
    undeliverable: NoticeUndeliverable | None

    @property
    def counts(self) -> bool:
        """False once the rule behind it was no longer met; a changed list of dates leaves it standing."""
        return self.withdrawn is None or self.withdrawn.state == "basis_changed"


@dataclass(frozen=True, slots=True)
class Story:
    """Built by `tell`."""

    occasions: tuple[OccasionCounted, ...]
    taken_off: tuple[OccasionUncounted, ...]
    reports: tuple[Report, ...]
    notices: tuple[Notice, ...]
    statuses: tuple[StatusChange, ...]
    levels: tuple[LevelChange, ...]
    reviews: tuple[ReviewRequired, ...]
    defects: tuple[MeetingNoticeDefective, ...]
    acts: tuple[ActData, ...]

    @property
    def valid_reports(self) -> tuple[Report, ...]:
        return tuple(report for report in self.reports if report.voided is None)

    def acts_of(self, kind: type[ActT]) -> tuple[ActT, ...]:
        return tuple(act for act in self.acts if isinstance(act, kind))

    @property
    def directive(self) -> DirectiveIssued | None:
        return max(self.acts_of(DirectiveIssued), key=lambda act: act.as_of, default=None)

    def progress(self, item: str) -> tuple[DirectiveItemReported, ...]:
        return tuple(act for act in self.acts_of(DirectiveItemReported) if act.item == item)

    def notices_of(self, kind: str) -> tuple[Notice, ...]:
        return tuple(notice for notice in self.notices if notice.required.kind == kind)

    def efforts(self) -> tuple[ContactLogged | MeetingHeld, ...]:
        """Attempts that count for EC 48262: after the first report that is still valid, and not a bounced message."""
        first = min((report.issued for report in self.valid_reports), default=None)
        tried: tuple[ContactLogged | MeetingHeld, ...] = (*self.acts_of(ContactLogged), *self.acts_of(MeetingHeld))
        return tuple(
            act
            for act in sorted(tried, key=lambda act: act.as_of)
            if first is not None
            and act.as_of > first
            and not (isinstance(act, ContactLogged) and act.outcome == "bounced")
        )

    def held(self, kind: MeetingKind) -> tuple[MeetingHeld, ...]:
        return tuple(act for act in self.acts_of(MeetingHeld) if act.kind == kind)


def tell(facts: PupilFacts) -> Story:
    """`facts`: only the relevant ones."""
    counted, taken_off = _occasions(facts)
    return Story(
        occasions=counted,
        taken_off=taken_off,
        reports=_reports(facts),
        notices=_notices(facts),
        statuses=_data(facts, StatusChange),
        levels=_data(facts, LevelChange),
        reviews=_data(facts, ReviewRequired),
        defects=_data(facts, MeetingNoticeDefective),
        acts=tuple(sorted(_data(facts, ActData), key=_in_order)),
    )


def _data(facts: PupilFacts, kind: type[LadderT]) -> tuple[LadderT, ...]:
    return tuple(sorted((event.data for event in facts.all(kind)), key=lambda data: data.as_of))


def _in_order(act: ActData) -> tuple[datetime, str, bool]:
    """A meeting comes before the agreement that was signed at it."""
    return act.as_of, str(act.act), isinstance(act, AgreementSigned | AgreementRefused)


def _occasions(facts: PupilFacts) -> tuple[tuple[OccasionCounted, ...], tuple[OccasionUncounted, ...]]:
    """Of each day the latest word: counted, or taken off again."""
    changes: list[OccasionCounted | OccasionUncounted] = [
        *_data(facts, OccasionCounted),
        *_data(facts, OccasionUncounted),
    ]
    latest = {change.day: change for change in sorted(changes, key=lambda change: change.as_of)}
    in_order = [latest[day] for day in sorted(latest)]
    return (
        tuple(change for change in in_order if isinstance(change, OccasionCounted)),
        tuple(change for change in in_order if isinstance(change, OccasionUncounted)),
    )


def _reports(facts: PupilFacts) -> tuple[Report, ...]:
    voided = {data.report: data.as_of for data in _data(facts, ReportVoided)}
    uncounted = _data(facts, OccasionUncounted)
    issued = _data(facts, ReportIssued)
    valid = [data.report for data in issued if data.report not in voided]
    return tuple(
        _report(
            data,
            number=valid.index(data.report) + 1 if data.report in valid else None,
            voided=voided.get(data.report),
            gone={one.day for one in uncounted if one.as_of >= data.as_of} & set(data.days),
        )
        for data in issued
    )


def _report(data: ReportIssued, number: int | None, voided: datetime | None, gone: set[date]) -> Report:
    return Report(
        id=data.report,
        number=number,
        initial=data.initial,
        issued=data.as_of,
        days=tuple(sorted(set(data.days) - gone)),
        taken_off=tuple(sorted(gone)),
        voided=voided,
    )


def _notices(facts: PupilFacts) -> tuple[Notice, ...]:
    withdrawn = {data.notice: data for data in _data(facts, NoticeWithdrawn)}
    undeliverable = {event.data.notice: event.data for event in facts.all(NoticeUndeliverable)}
    deliveries = _deliveries(facts.all(DeliveryEventData))
    return tuple(
        Notice(
            required=data,
            withdrawn=withdrawn.get(data.notice),
            deliveries=deliveries.get(data.notice, ()),
            undeliverable=undeliverable.get(data.notice),
        )
        for data in _data(facts, NoticeRequired)
    )


def _deliveries(events: Iterable[Event[DeliveryEventData]]) -> dict[UUID, tuple[tuple[DeliveryEventData, ...], ...]]:
    """Per notice its deliveries, each with its events in order."""
    by_delivery: defaultdict[tuple[str, str, str], list[DeliveryEventData]] = defaultdict(list)
    for event in events:
        data = event.data
        by_delivery[data.guardian, data.channel, str(data.delivery)].append(data)
    by_notice: defaultdict[UUID, list[tuple[DeliveryEventData, ...]]] = defaultdict(list)
    for _, found in sorted(by_delivery.items()):
        by_notice[found[0].notice].append(tuple(sorted(found, key=lambda data: data.at)))
    return {notice: tuple(found) for notice, found in by_notice.items()}
