"""The history of one invented pupil: a school year's attendance, every step of the ladder, and the proposal of enforcement."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from services.referrals.case_file.facts import Case, Close, PupilFacts, Statement, gather
from services.referrals.case_file.scope import Scope, scope_of
from shared.contracts import ladder, statuses
from shared.contracts.attendance import DayClosed, MarkEventData, MarkRecorded
from shared.contracts.envelope import Event, EventData, derived_id
from shared.contracts.notices import NoticeDelivered, NoticeQueued, NoticeSent
from shared.contracts.roster import CalendarChanged, Enrolment, Guardian, StudentChanged

ZONE = ZoneInfo("America/Los_Angeles")
DISTRICT, STUDENT, SCHOOL, YEAR = "test-district", "pupil-1", "north", "2025-2026"
CASE = Case(derived_id("case", DISTRICT, STUDENT, YEAR), DISTRICT, STUDENT, YEAR)
FIRST, LAST = date(2025, 8, 18), date(2026, 2, 27)
HOLIDAYS = {
    date(2025, 9, 1),
    *(date(2025, 11, 24) + timedelta(n) for n in range(5)),
    *(date(2025, 12, 22) + timedelta(n) for n in range(12)),
}
SCHOOL_DAYS = tuple(
    day
    for day in (FIRST + timedelta(n) for n in range((LAST - FIRST).days + 1))
    if day.weekday() < 5 and day not in HOLIDAYS
)
UNEXCUSED = tuple(
    date.fromisoformat(day)
    for day in (
        "2025-09-08", "2025-09-15", "2025-09-22", "2025-09-29", "2025-10-07", "2025-10-14", "2025-10-23", "2025-11-05",
        "2025-11-13", "2025-12-10", "2026-01-07", "2026-01-14", "2026-01-21",
    )
)  # fmt: skip
CUT, EXCUSED, CORRECTED = date(2025, 11, 19), (date(2025, 9, 10), date(2025, 10, 2)), date(2025, 9, 17)
PROPOSED = date(2026, 1, 30)


def at(day: date, hour: int = 18) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=ZONE)


def event(data: EventData, time: datetime) -> Event[Any]:
    source = f"/rollcall/{data.topic.partition('.')[0]}"
    return Event(derived_id("test", data.type, data.model_dump_json()), source, time, data)


def student(**changes: Any) -> Event[StudentChanged]:
    guardians = (
        Guardian(id="g1", given_name="Rosa", family_name="Testington", relation="mother", language="es",
                 email="rosa@example.org", address="1 Sample Street, San Jose CA 95112"),
        Guardian(id="g2", given_name="Pat", family_name="Testington", relation="father", restriction="see file",
                 address="2 Hidden Lane, San Jose CA 95112"),
    )  # fmt: skip
    data = StudentChanged(
        district=DISTRICT, student=STUDENT, revision=1, given_name="Ana", family_name="Testington",
        birth_date=date(2010, 3, 2), guardians=guardians, home_language="es",
        enrolments=(Enrolment(school=SCHOOL, entered=FIRST, grade=10),),
    )  # fmt: skip
    return event(data.model_copy(update=changes), at(FIRST, 8))


def calendar() -> Event[CalendarChanged]:
    days = (*SCHOOL_DAYS, *(LAST + timedelta(n) for n in range(3, 60) if (LAST + timedelta(n)).weekday() < 5))
    return event(
        CalendarChanged(
            district=DISTRICT,
            school=SCHOOL,
            name="North High School",
            revision=1,
            school_year=YEAR,
            instructional_days=days,
        ),
        at(FIRST, 7),
    )


def mark(
    day: date, status: str, excuse: str | None = None, sequence: int = 0, known: datetime | None = None, **more: Any
) -> Event[MarkRecorded]:
    data = MarkRecorded.model_validate(
        {
            "district": DISTRICT, "school": SCHOOL, "student": STUDENT, "day": day, "rev": 0, "status": status, "excuse": excuse,
            "sequence": sequence or (day - FIRST).days, "known_at": known or at(day, 10), "source": "api",
            "recorded_by": "clerk-7", **more,
        }
    )  # fmt: skip
    return event(data, data.known_at)


def marks() -> Iterator[Event[MarkRecorded]]:
    for day in SCHOOL_DAYS:
        if day in UNEXCUSED:
            yield mark(day, "absent", "unexcused", code="U")
        elif day in EXCUSED:
            yield mark(day, "absent", "excused", reason="MED", code="MED")
        elif day == CUT:
            yield mark(day, "absent", "unexcused", period=3, minutes=52, code="C")
        else:
            yield mark(day, "present")
    yield mark(CORRECTED, "absent", "unexcused", sequence=901, known=at(CORRECTED, 11), code="U")
    yield mark(
        CORRECTED, "absent", "excused", sequence=902, known=at(CORRECTED + timedelta(2), 9), reason="ILL", code="ILL"
    )


def closes() -> Iterator[Event[DayClosed]]:
    for number, day in enumerate(SCHOOL_DAYS):
        data = DayClosed(
            district=DISTRICT, school=SCHOOL, day=day, sequence=2000 + number, closed_at=at(day), calendar_revision=1
        )
        yield event(data, data.closed_at)


def because(rule: str, *days: date, **values: Any) -> ladder.Because:
    known = {found.data.day: found.id for found in marks()}
    return ladder.Because(
        rule=rule, policy="us-ca", policy_version=1, days=days, marks=tuple(known[day] for day in days), values=values
    )


def step(model: type[ladder.LadderEventData], time: datetime, /, *days: date, **fields: Any) -> Event[Any]:
    base = {"district": DISTRICT, "student": STUDENT, "school": SCHOOL, "school_year": YEAR, "as_of": time}
    if issubclass(model, ladder.ActData):
        base |= {"act": derived_id("act", model.type, time, *fields.values()), "by": "M. Example, attendance office"}
    return event(model.model_validate(base | {"because": because(model.type, *days)} | fields), time)


def occasion_days() -> list[date]:
    return sorted((*UNEXCUSED, CUT))


def report_id(number: int) -> UUID:
    return derived_id("report", DISTRICT, STUDENT, number)


def ladder_steps() -> Iterator[Event[Any]]:
    """What the rules decided, close by close."""
    waiting: list[date] = []
    reports = 0
    for day in occasion_days():
        yield step(ladder.OccasionCounted, at(day), day, day=day, full_day=day != CUT)
        waiting.append(day)
        if reports or len(waiting) == 3:
            reports += 1
            yield step(
                ladder.ReportIssued,
                at(day),
                *waiting,
                report=report_id(reports),
                initial=reports == 1,
                days=tuple(waiting),
            )
            waiting = []
        if reports == 3:
            yield step(statuses.HabitualSet, at(day))
    for kind, level, previous, day in (
        ("truancy_notice_1", "level_1", "prevention", UNEXCUSED[2]),
        ("truancy_notice_2", "level_2", "level_1", UNEXCUSED[6]),
        ("sarb_notice", "level_3", "level_2", date(2025, 11, 14)),
    ):
        yield step(ladder.LevelEntered, at(day), level=level, previous=previous)
        yield step(
            ladder.NoticeRequired,
            at(day),
            notice=notice_id(kind),
            kind=kind,
            days=tuple(d for d in occasion_days() if d <= day),
        )
    yield step(ladder.EnforcementProposed, at(PROPOSED), *UNEXCUSED[-3:])


def notice_id(kind: str) -> UUID:
    return derived_id("notice", DISTRICT, STUDENT, kind)


def acts() -> Iterator[Event[Any]]:
    """What people did."""
    for day, channel, outcome in (
        ("2025-09-12", "phone", "voicemail"), ("2025-09-26", "phone", "reached"), ("2025-10-20", "visit", "no_answer"),
        ("2025-11-06", "phone", "no_answer"),
    ):  # fmt: skip
        yield step(ladder.ContactLogged, at(date.fromisoformat(day), 15), channel=channel, outcome=outcome)
    yield step(ladder.MeetingScheduled, at(date(2025, 9, 24), 9), kind="sart", form="group", date=date(2025, 10, 6))
    yield step(ladder.MeetingNoShow, at(date(2025, 10, 6), 17), kind="sart", form="group", date=date(2025, 10, 6))
    yield step(ladder.MeetingHeld, at(date(2025, 10, 13), 16), kind="sart", form="individual", date=date(2025, 10, 13))
    yield step(ladder.AgreementSigned, at(date(2025, 10, 13), 17), kind="sart")
    yield step(ladder.MeetingHeld, at(date(2025, 11, 10), 16), kind="mediation", form="group", date=date(2025, 11, 10))
    yield step(
        ladder.ActRecorded,
        at(date(2025, 11, 14), 12),
        do="refer_to_sarb",
        reason="nine occasions in spite of two meetings",
    )
    served = (
        {"to": "parent", "method": "certified", "posted": "2025-11-15"},
        {"to": "pupil", "method": "first_class", "posted": "2025-11-15"},
    )
    yield step(
        ladder.MeetingScheduled,
        at(date(2025, 11, 15), 9),
        kind="sarb",
        form="individual",
        date=date(2025, 12, 2),
        served=served,
    )
    yield step(ladder.MeetingHeld, at(date(2025, 12, 2), 15), kind="sarb", form="individual", date=date(2025, 12, 2))
    items = (
        {"id": "counselling", "kind": "counselling", "due": "2026-01-15"},
        {"id": "hours", "kind": "csp_hours", "target": 20, "due": "2026-03-15"},
        {"id": "attend", "kind": "attendance", "due": "2026-01-31"},
    )
    yield step(ladder.DirectiveIssued, at(date(2025, 12, 2), 16), items=items)
    yield step(ladder.DirectiveItemReported, at(date(2026, 1, 12), 14), item="hours", hours=4.5)
    yield step(ladder.DirectiveItemReported, at(date(2026, 1, 22), 14), item="attend", state="failed")


def deliveries() -> Iterator[Event[Any]]:
    for kind, day, text in (
        ("truancy_notice_1", UNEXCUSED[2], "V2"),
        ("truancy_notice_2", UNEXCUSED[6], "V1"),
        ("sarb_notice", date(2025, 11, 14), "V1"),
    ):  # fmt: skip
        base = {
            "district": DISTRICT, "student": STUDENT, "notice": notice_id(kind), "kind": kind, "guardian": "g1",
            "channel": "email", "delivery": derived_id("delivery", kind, "g1"), "languages": ("en", "es"),
            "template": f"{kind}/{text}",
        }  # fmt: skip
        sent = {"content_sha256": "0f" * 32}
        for hour, model, more in ((19, NoticeQueued, {}), (20, NoticeSent, sent), (21, NoticeDelivered, {})):
            yield event(model.model_validate(base | more | {"at": at(day, hour)}), at(day, hour))


def statement(found: Event[MarkEventData]) -> Statement:
    data = found.data
    recorded = data if isinstance(data, MarkRecorded) else None
    return Statement(
        id=found.id, school=data.school, day=data.day, period=data.period, rev=data.rev, sequence=data.sequence,
        known_at=data.known_at,
        status=recorded and recorded.status, excuse=recorded and recorded.excuse, minutes=recorded and recorded.minutes,
        suspension=recorded and recorded.suspension, code=recorded.code if recorded and recorded.excuse != "excused" else None,
        recorded_by=data.recorded_by, source=data.source,
    )  # fmt: skip


@dataclass(frozen=True)
class History:
    """All events, as they would come from the topics."""

    student: Event[StudentChanged]
    calendars: tuple[Event[CalendarChanged], ...]
    marks: tuple[Event[Any], ...]
    closes: tuple[Event[DayClosed], ...]
    ladder: tuple[Event[Any], ...]
    notices: tuple[Event[Any], ...]

    def plus(self, **more: tuple[Event[Any], ...]) -> "History":
        return replace(self, **{name: (*getattr(self, name), *events) for name, events in more.items()})

    def facts(self) -> PupilFacts:
        return gather(self.student, self.calendars, map(statement, self.marks), (*self.ladder, *self.notices))

    @property
    def proposal(self) -> Event[ladder.EnforcementProposed]:
        return next(found for found in self.ladder if isinstance(found.data, ladder.EnforcementProposed))

    def scope(self) -> Scope:
        closes = [Close(found.data.school, found.data.day, found.data.closed_at) for found in self.closes]
        scope = scope_of(self.proposal, self.calendars, closes)
        assert isinstance(scope, Scope)
        return scope


@cache
def history() -> History:
    return History(
        student(), (calendar(),), tuple(marks()), tuple(closes()), (*ladder_steps(), *acts()), tuple(deliveries())
    )
