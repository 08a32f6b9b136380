"""What staff do about the ladder's events in the demo."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest

from deploy.demo.calendar import school_days
from deploy.demo.run import by_meeting
from deploy.demo.staff import Diary, LadderEvent, PlannedAct, plan

LOCAL = ZoneInfo("America/Los_Angeles")
CLOSE = datetime(2025, 9, 12, 18, tzinfo=LOCAL)


def event(
    type_: str, student: str = "p1", as_of: datetime = CLOSE, id_: UUID | None = None, **data: Any
) -> LadderEvent:
    return LadderEvent(id_ or uuid4(), type_, student, as_of, data)


def statuses(acts: list[PlannedAct]) -> list[str]:
    return [act.fields["status"] for act in acts if act.entry == "meeting"]


def test_the_same_event_always_leads_to_the_same_acts() -> None:
    required = event("meeting.required", kind="sart")
    assert plan(required, 1, firm=False) == plan(required, 1, firm=False)


def test_acts_come_later_than_the_event_on_school_days_and_in_order() -> None:
    for type_, kind in (
        ("meeting.required", "sart"),
        ("meeting.required", "mediation"),
        ("notice.required", "sarb_notice"),
        ("notice.required", "truancy_notice_1"),
    ):
        for _ in range(50):
            acts = plan(event(type_, kind=kind), 1, firm=False)
            assert [act.at for act in acts] == sorted({act.at for act in acts})
            assert all(act.at > CLOSE and act.at.date() in school_days() for act in acts)


def test_a_missed_group_meeting_is_followed_by_an_individual_one_and_a_visit() -> None:
    seen = {tuple(statuses(plan(event("meeting.required", kind="sart"), 1, firm=False))) for _ in range(200)}
    assert seen == {
        ("scheduled", "held"),
        ("scheduled", "no_show", "scheduled", "held"),
        ("scheduled", "no_show", "scheduled", "no_show"),
    }
    [visited] = [
        acts
        for _ in range(200)
        if statuses(acts := plan(event("meeting.required", kind="sart"), 1, firm=False)).count("no_show") == 2
    ][:1]
    assert (visited[-1].entry, visited[-1].fields["channel"]) == ("contact", "visit")


def test_a_watched_family_comes_to_every_meeting() -> None:
    for _ in range(50):
        assert statuses(plan(event("meeting.required", kind="sart"), 1, firm=True)) == ["scheduled", "held"]


@pytest.mark.parametrize("kind", ["truancy_notice_1", "truancy_notice_2"])
def test_a_truancy_notice_is_followed_by_a_call(kind: str) -> None:
    [call] = plan(event("notice.required", kind=kind), 1, firm=False)
    assert (call.entry, call.fields["channel"]) == ("contact", "phone")


def test_an_alert_asks_nothing_of_staff() -> None:
    assert plan(event("notice.required", kind="same_day_alert"), 1, firm=True) == []


def test_only_some_proposals_are_referred_to_the_board_but_every_watched_one() -> None:
    def referred(firm: bool) -> int:
        return sum(bool(plan(event("level.proposed", level="level_3"), 1, firm)) for _ in range(100))

    assert referred(firm=True) == 100
    assert 20 < referred(firm=False) < 80


def test_a_queued_step_is_looked_at_by_a_person_and_a_stopped_one_is_not() -> None:
    def released(cause: str, firm: bool = False) -> int:
        return sum(bool(plan(event("step.queued", step="level_2", cause=cause), 1, firm)) for _ in range(100))

    assert 75 < released("policy_person") < 100
    assert released("blast_radius", firm=True) == 100
    assert released("kill_switch", firm=True) == 0


def test_some_proposals_of_enforcement_wait_even_for_a_watched_pupil() -> None:
    approved = [plan(event("enforcement.proposed"), 1, firm=True) for _ in range(100)]
    assert 40 < sum(map(bool, approved)) < 80
    assert {act.fields["basis"] for [act] in filter(None, approved)} == {"EC48293"}


def test_the_district_attorney_acknowledges_and_then_files_or_declines() -> None:
    answers = [plan(event("enforcement.approved"), 1, firm=False) for _ in range(30)]
    decisions = {tuple(act.fields["decision"] for act in acts) for acts in answers}
    assert decisions == {("acknowledged", "filed"), ("acknowledged", "declined")}


def test_those_of_a_school_who_meet_in_a_group_at_the_same_hour_meet_together() -> None:
    acts = [
        act
        for student in ("p1", "p2", "p3")
        for act in plan(event("meeting.required", student, kind="sart"), 1, firm=True)
    ]
    held = [replace(act, at=CLOSE) for act in acts if act.fields["status"] == "held"]
    meetings, others = by_meeting(held, {"p1": "north", "p2": "north", "p3": "south"})
    assert [[act.student for act in meeting] for meeting in meetings] == [["p1", "p2"]]
    assert [act.student for act in others] == ["p3"]


def test_the_hearing_has_notice_of_ten_days_and_a_directive() -> None:
    notice, held, directive, progress = plan(event("notice.required", kind="sarb_notice"), 1, firm=True)
    posted = date.fromisoformat(notice.fields["served"][0]["posted"])
    assert (held.at.date() - posted).days >= 10
    assert {item["kind"] for item in directive.fields["items"]} == {"counselling", "csp_hours", "attendance"}
    assert progress.fields["item"] in {item["id"] for item in directive.fields["items"]}


def test_a_meeting_that_is_required_anew_takes_the_place_of_the_one_before() -> None:
    before, after = event("meeting.required", "p1", kind="sart"), event("meeting.required", "p1", kind="sart")
    diary = Diary(1, frozenset({"p1"}))
    diary.note(before)
    diary.note(after)
    planned = plan(after, 1, firm=True)
    assert [act.id for day in school_days() for act in diary.due(day)] == [act.id for act in planned]


def test_a_cancelled_requirement_calls_the_meetings_off_that_are_still_to_come() -> None:
    diary = Diary(1, frozenset({"p1", "p2"}))
    diary.note(event("meeting.required", "p1", kind="sart"))
    diary.note(event("meeting.required", "p2", kind="sart"))
    diary.note(event("notice.required", "p1", kind="truancy_notice_1"))
    diary.note(event("meeting.cancel_offered", "p1", kind="sart"))
    left = [act for day in school_days() for act in diary.due(day)]
    assert left == sorted(left, key=lambda act: act.at)
    assert {(act.student, act.entry) for act in left} == {("p2", "meeting"), ("p1", "contact")}


def test_acts_planned_beyond_the_year_still_have_a_day() -> None:
    acts = plan(
        event("notice.required", as_of=datetime(2026, 6, 4, 18, tzinfo=LOCAL), kind="sarb_notice"), 1, firm=True
    )
    assert all(act.at.date() > date(2026, 6, 4) for act in acts)


def test_what_was_due_while_nobody_looked_is_taken_once() -> None:
    diary = Diary(1, frozenset())
    diary.note(event("notice.required", kind="truancy_notice_1"))
    assert len(diary.due(date(2025, 9, 17))) == 1
    assert diary.due(date(2025, 9, 17)) == []
