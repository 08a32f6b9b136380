"""What the people of the demo district do about what the ladder asks for. Pure: the same events always lead to the same acts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from deploy.demo.calendar import school_days
from deploy.demo.chance import stream
from deploy.demo.district import TIMEZONE
from shared.contracts.envelope import derived_id

LIAISON, ADMINISTRATOR, SUPERVISOR, CHAIR, DISTRICT_ATTORNEY = (
    "school liaison",
    "school administrator",
    "attendance supervisor",
    "SARB chair",
    "District Attorney's office",
)
ACTED_ON = (
    "notice.required",
    "meeting.required",
    "meeting.cancel_offered",
    "step.queued",
    "level.proposed",
    "enforcement.proposed",
    "enforcement.approved",
)
"""The ladder's events that make somebody do something."""


@dataclass(frozen=True, slots=True)
class LadderEvent:
    """An event of the ladder as the feed of escalation gives it."""

    id: UUID
    type: str
    student: str
    as_of: datetime
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class PlannedAct:
    """Something that a person will do. `entry` is contact, meeting, directive, progress, act or da."""

    id: UUID
    student: str
    at: datetime
    by: str
    entry: str
    fields: dict[str, Any]

    def body(self) -> dict[str, Any]:
        """As escalation's `POST …/acts` wants it."""
        return {"id": str(self.id), "at": self.at.isoformat(), "by": self.by, "kind": self.entry, **self.fields}


@dataclass(slots=True)
class Diary:
    """All that staff have planned. Rebuilt from the ladder's events at any time: there is nothing to store."""

    seed: int
    watched: frozenset[str]
    planned: dict[UUID, PlannedAct] = field(default_factory=dict)
    done: set[UUID] = field(default_factory=set)

    def note(self, event: LadderEvent) -> None:
        """Plan what this event asks for; a meeting that is no longer required, or required anew, is called off."""
        if event.type in ("meeting.cancel_offered", "meeting.required"):
            self._call_off(event)
        self.planned.update({act.id: act for act in plan(event, self.seed, firm=event.student in self.watched)})

    def due(self, day: date) -> list[PlannedAct]:
        """Take the acts of the week up to `day` that were not taken yet, in order of time.

        After a restart the last week is taken again: acts have ids, so that nobody acts twice.
        """
        since = day - timedelta(days=7)
        acts = [act for act in self.planned.values() if since < act.at.date() <= day and act.id not in self.done]
        self.done.update(act.id for act in acts)
        return sorted(acts, key=lambda act: (act.at, act.id))

    def _call_off(self, event: LadderEvent) -> None:
        called_off = [act.id for act in self.planned.values() if _belongs_to(act, event)]
        for act_id in called_off:
            del self.planned[act_id]


def _belongs_to(act: PlannedAct, event: LadderEvent) -> bool:
    """A meeting to come, of the kind that the event is about."""
    return (
        act.entry == "meeting"
        and act.student == event.student
        and act.fields["meeting"] == event.data["kind"]
        and act.at > event.as_of
    )


def plan(event: LadderEvent, seed: int, firm: bool) -> list[PlannedAct]:
    """What staff will do because of `event`. `firm`: they hold every meeting and go the whole way."""
    desk = _Desk(event, stream(seed, "staff", event.id), firm)
    match event.type:
        case "notice.required" if event.data["kind"] in ("truancy_notice_1", "truancy_notice_2"):
            return list(_call_the_family(desk))
        case "notice.required" if event.data["kind"] == "sarb_notice":
            return list(_hold_a_hearing(desk))
        case "meeting.required":
            return list(_meet(desk, event.data["kind"]))
        case "step.queued" if event.data["cause"] in ("policy_person", "blast_radius"):
            return list(_look_at_the_queue(desk, event.data["step"]))
        case "level.proposed" if event.data["level"] == "level_3" and desk.likely(0.5):
            reason = "support so far has not been enough"
            return [desk.decide(desk.random.randrange(1, 4), "refer_to_sarb", reason)]
        case "enforcement.proposed" if desk.random.random() < 0.6:
            reason = "the directive was not followed, and support was offered"
            return [desk.decide(desk.random.randrange(2, 6), "approve_enforcement", reason, basis="EC48293")]
        case "enforcement.approved":
            return list(_answer(desk))
    return []


@dataclass(frozen=True, slots=True)
class _Desk:
    """The event on somebody's desk, with the calendar at hand."""

    event: LadderEvent
    random: Random
    firm: bool

    def act(self, day: date, hour: int, by: str, entry: str, **fields: Any) -> PlannedAct:
        at = datetime.combine(day, time(hour), ZoneInfo(TIMEZONE))
        return PlannedAct(
            derived_id("demo act", self.event.id, at, entry, sorted(fields)), self.event.student, at, by, entry, fields
        )

    def decide(self, later: int, do: str, reason: str, **fields: Any) -> PlannedAct:
        """A decision of the attendance supervisor, `later` school days after the event."""
        return self.act(self.school_day(later), 11, SUPERVISOR, "act", do=do, reason=reason, **fields)

    def school_day(self, later: int) -> date:
        """The school day `later` school days after the event."""
        return _on_or_after(self.event.as_of.date() + timedelta(days=1), later - 1)

    def likely(self, probability: float) -> bool:
        return self.firm or self.random.random() < probability


def _on_or_after(day: date, further: int = 0) -> date:
    """The first school day from `day` on, and `further` school days after it; after the year, any weekday will do."""
    days: Sequence[date] = [candidate for candidate in school_days() if candidate >= day]
    return days[further] if further < len(days) else day + timedelta(days=further)


def _call_the_family(desk: _Desk) -> Iterator[PlannedAct]:
    outcome = desk.random.choices(("reached", "voicemail", "no_answer"), (0.5, 0.3, 0.2))[0]
    yield desk.act(
        desk.school_day(desk.random.randrange(1, 4)), 10, LIAISON, "contact", channel="phone", outcome=outcome
    )


def _look_at_the_queue(desk: _Desk, step: str) -> Iterator[PlannedAct]:
    """Somebody looks at each name before the step is taken; some stay for another day."""
    if desk.likely(0.9):
        yield desk.decide(desk.random.randrange(1, 4), "release", "the absences are right", step=step)


def _answer(desk: _Desk) -> Iterator[PlannedAct]:
    """The District Attorney's office takes its time, and does not file every case."""
    yield desk.act(desk.school_day(3), 10, DISTRICT_ATTORNEY, "da", decision="acknowledged")
    answer = desk.random.choice(
        ({"decision": "filed", "basis": "EC48293"}, {"decision": "declined", "reason": "services_pending"})
    )
    yield desk.act(desk.school_day(desk.random.randrange(8, 15)), 10, DISTRICT_ATTORNEY, "da", **answer)


def _meet(desk: _Desk, kind: str) -> Iterator[PlannedAct]:
    """A group meeting; who misses it is invited alone; who misses that too is visited."""
    invited = desk.school_day(desk.random.randrange(1, 4))
    group = _on_or_after(invited + timedelta(days=desk.random.randrange(10, 15)))
    yield _scheduled(desk, invited, kind, "group", group)
    if desk.likely(0.7):
        yield _held(desk, group, kind, "group")
        return
    yield _missed(desk, group, kind, "group")
    alone = _on_or_after(group + timedelta(days=7))
    yield _scheduled(desk, _on_or_after(group + timedelta(days=1)), kind, "individual", alone)
    if desk.likely(0.6):
        yield _held(desk, alone, kind, "individual")
        return
    yield _missed(desk, alone, kind, "individual")
    outcome = desk.random.choice(("reached", "no_answer"))
    yield desk.act(_on_or_after(alone + timedelta(days=2)), 13, LIAISON, "contact", channel="visit", outcome=outcome)


def _scheduled(desk: _Desk, on: date, kind: str, form: str, day: date) -> PlannedAct:
    return desk.act(on, 9, ADMINISTRATOR, "meeting", meeting=kind, status="scheduled", form=form, date=day.isoformat())


def _held(desk: _Desk, on: date, kind: str, form: str) -> PlannedAct:
    agreement = desk.random.choices(("signed", "refused", "none"), (0.8, 0.1, 0.1))[0]
    return desk.act(on, 14, ADMINISTRATOR, "meeting", meeting=kind, status="held", form=form, agreement=agreement)


def _missed(desk: _Desk, on: date, kind: str, form: str) -> PlannedAct:
    return desk.act(on, 14, ADMINISTRATOR, "meeting", meeting=kind, status="no_show", form=form)


def _hold_a_hearing(desk: _Desk) -> Iterator[PlannedAct]:
    """The SARB: written notice in time, the hearing, the directive, and some evidence that it is followed."""
    posted = desk.school_day(1)
    hearing = _on_or_after(posted + timedelta(days=desk.random.randrange(12, 17)))
    served = [
        {"to": to, "method": method, "posted": posted.isoformat()}
        for to in ("parent", "pupil")
        for method in ("certified", "first_class")
    ]
    yield desk.act(
        posted, 9, CHAIR, "meeting",
        meeting="sarb", status="scheduled", form="individual", date=hearing.isoformat(), served=served,
    )  # fmt: skip
    yield desk.act(hearing, 14, CHAIR, "meeting", meeting="sarb", status="held", form="individual", agreement="signed")
    yield desk.act(hearing, 15, CHAIR, "directive", items=_directive_items(hearing))
    yield desk.act(_on_or_after(hearing + timedelta(days=14)), 15, LIAISON, "progress", item="service", hours=4)


def _directive_items(hearing: date) -> list[dict[str, Any]]:
    def due(days: int) -> str:
        return (hearing + timedelta(days=days)).isoformat()

    return [
        {"id": "counselling", "kind": "counselling", "due": due(30)},
        {"id": "service", "kind": "csp_hours", "target": 12, "due": due(60)},
        {"id": "attendance", "kind": "attendance", "due": due(90)},
    ]
