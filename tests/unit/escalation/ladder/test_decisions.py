"""Decisions of people to the letter: what is refused and why, and what is left of a case afterwards."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.escalation.ladder import DaAnswer, merge
from services.escalation.ladder.state import Dismissal, Referral
from services.escalation.policies import pack
from shared.contracts.ladder import ActRefused, MeetingCancelOffered, MeetingNoticeDefective, Service
from tests.unit.escalation.ladder.builders import (
    DAYS,
    POLICY,
    Year,
    at,
    at_level_1,
    at_level_2,
    at_level_3,
    directive,
    enforcement_proposed,
    level_3_proposed,
    meeting,
    person,
    progress,
    pupil,
)

D = DAYS


def enforced() -> Year:
    year = enforcement_proposed()
    year.act(person(at(D[53]), "approve_enforcement", basis="EC48293"))
    return year


@pytest.mark.parametrize(
    ("situation", "act", "reason"),
    [
        (at_level_1, person(at(D[53]), "release"), "nothing is held, nothing waits, and no review is pending"),
        (level_3_proposed, person(at(D[53]), "dismiss", step="enforcement"),
         "enforcement is not proposed; proposed is: level_3"),
        (level_3_proposed, person(at(D[53]), "hold", step="enforcement"), "enforcement is not proposed; proposed is: level_3"),
        (level_3_proposed, person(at(D[53]), "reject_enforcement"), "enforcement is not proposed; proposed is: level_3"),
        (at_level_1, person(at(D[53]), "dismiss", basis="foster"), "a step is not proposed; proposed is: none"),
        (at_level_1, progress(at(D[53]), "talk", "done"), "no directive has the item talk; there are: none"),
        (enforcement_proposed, progress(at(D[53]), "talk", "done"),
         "no directive has the item talk; there are: attendance, counselling"),
        (enforcement_proposed, directive(at(D[53]), "csp_hours", "csp_hours"), "the directive names the item csp_hours twice"),
        (at_level_3, person(at(D[53]), "refer_to_sarb"), "the pupil is referred to the SARB already"),
        (at_level_1, person(at(D[53]), "refer_to_sarb", basis="chronic_absent"), "the pupil is not a chronic absentee"),
        (enforcement_proposed, person(at(D[53]), "approve_enforcement", basis="XY"),
         "a basis is needed, one of EC48293, PC272, WIC601b, PC270.1; given: XY"),
    ],
)  # fmt: skip
def test_what_is_refused_and_why(situation: Callable[[], Year], act: Any, reason: str) -> None:
    year = situation()
    before = year.state
    assert year.act(act) == ["act.refused"]
    assert isinstance(year.events[-1], ActRefused)
    assert year.events[-1].reason == reason
    assert year.state == before


def test_the_basis_is_kept_while_the_case_is_with_the_district_attorney() -> None:
    year = enforced()
    assert (year.state.enforcement_basis, year.state.on_hold, year.state.proposed) == ("EC48293", False, "none")


def test_after_a_no_of_the_district_attorney_no_basis_is_left() -> None:
    year = enforced()
    year.act(DaAnswer(UUID(int=1), at(D[60]), "attorney", "declined"))
    assert (year.now("level"), year.state.enforcement_basis, year.state.proposed) == ("level_3", None, "none")
    assert year.state.dismissals == (Dismissal("enforcement", D[60]),)


def test_an_item_may_be_due_on_the_day_of_the_directive() -> None:
    year = at_level_3()
    assert year.act(directive(at(D[30]), "counselling", due=D[30])) == ["directive.issued"]


def barred(before: Dismissal, **state: Any) -> Year:
    """A pupil of whom a fact is known that bars a referral in Texas."""
    year = Year(policy=pack("us-tx"))
    year.state = replace(year.state, dismissals=(before,), on_hold=True, proposed="enforcement", **state)
    year.act(person(at(D[20]), "dismiss", basis="homeless"))
    return year


def test_a_fact_that_bars_a_referral_replaces_an_earlier_no() -> None:
    other = Dismissal("level_3", D[2])
    year = barred(other)
    assert year.state.dismissals == (other, Dismissal("enforcement", D[20], "homeless"))
    assert (year.state.proposed, year.state.on_hold) == ("none", False)
    assert barred(Dismissal("enforcement", D[3])).state.dismissals == (Dismissal("enforcement", D[20], "homeless"),)


def test_a_fact_that_comes_after_the_referral_bars_nothing() -> None:
    year = barred(Dismissal("level_3", D[2]), level="enforcement")
    assert isinstance(year.events[-1], ActRefused)
    assert year.events[-1].reason == "the referral was approved already"


def test_a_dismissed_case_leaves_nothing_behind() -> None:
    year = enforced()
    notices = {notice.kind: notice.days for notice in year.state.notices}
    year.excuse(D[19]).close(D[54])
    assert year.state.review
    year.state = replace(year.state, on_hold=True, proposed="enforcement")
    year.act(person(at(D[55]), "dismiss"))
    state = year.state
    assert (state.review, state.referral, state.proposed, state.on_hold) == (False, None, "none", False)
    assert (state.enforcement_basis, state.directive, state.monitoring) == (None, None, None)
    [notice] = [notice for notice in state.notices if notice.kind == "sarb_notice"]
    assert notice.state == "corrected"
    assert notice.days == tuple(day for day in notices["sarb_notice"] if day != D[19])


def test_a_closed_case_is_under_review_no_more() -> None:
    year = at_level_3()
    year.excuse(D[19]).close(D[22])
    assert year.state.review
    year.act(person(at(D[23]), "close_case"))
    assert not year.state.review


def test_one_no_for_each_step_is_remembered() -> None:
    year = level_3_proposed()
    earlier = (Dismissal("level_3", D[3]), Dismissal("enforcement", D[4]))
    year.state = replace(year.state, dismissals=earlier, on_hold=True)
    year.act(person(at(D[21]), "dismiss"))
    assert set(year.state.dismissals) == {Dismissal("enforcement", D[4]), Dismissal("level_3", D[21])}
    assert (year.state.proposed, year.state.on_hold) == ("none", False)


@pytest.mark.parametrize(
    ("born", "allowed"),
    [
        (D[53].replace(year=D[53].year - 12), True),
        (D[53].replace(year=D[53].year - 12) + timedelta(1), False),
        (D[53].replace(year=D[53].year - 18) + timedelta(1), True),
        (D[53].replace(year=D[53].year - 18), False),
    ],
)
def test_a_petition_from_the_twelfth_birthday_to_the_day_before_the_eighteenth(born: date, allowed: bool) -> None:
    year = enforcement_proposed()
    year.pupil = pupil(born)
    year.act(person(at(D[53]), "approve_enforcement", basis="WIC601b"))
    assert (year.now("level") == "enforcement") is allowed


def test_a_basis_is_valid_from_its_first_day() -> None:
    bases = [{"id": "NEW", "valid_from": D[53]}]
    for day, event in ((D[52], "act.refused"), (D[53], "enforcement.approved")):
        year = enforcement_proposed()
        year.policy = merge(POLICY, {"charge_basis": bases})
        assert year.act(person(at(day, 19), "approve_enforcement", basis="NEW"))[0] == event


def test_an_occasion_on_the_day_of_the_directive_is_not_since_it() -> None:
    year = at_level_3()
    year.act(directive(at(D[30]), "counselling"))
    year.miss(D[30], D[50], D[51]).close_through(D[52], D[56])
    assert year.now("proposed") == "none"
    year.miss(D[57])
    assert year.now("proposed") == "enforcement"


def test_a_failed_item_counts_only_where_the_policy_says_so() -> None:
    for counts, proposed in ((True, "enforcement"), (False, "none")):
        year = at_level_3()
        year.policy = merge(POLICY, {"levels": {"ENF": {"breach": {"or_directive_item_failed": counts}}}})
        year.act(directive(at(D[30]), "attendance"))
        year.act(progress(at(D[40]), "attendance", "failed"))
        year.close(D[60])
        assert year.now("proposed") == proposed


@pytest.mark.parametrize(("due", "breached"), [(D[40], False), (D[39], True)])
def test_an_item_is_due_through_its_day(due: date, breached: bool) -> None:
    year = at_level_3()
    year.act(directive(at(D[30]), "counselling", due=due))
    year.close(D[40])
    assert ("directive.item_breached" in year.types) is breached


def test_a_defective_notice_says_what_is_wrong_with_which_meeting() -> None:
    year = at_level_2()
    meets = D[20]
    served = (Service(to="parent", method="certified", posted=meets - timedelta(4)),)
    act = meeting(at(D[12]), "mediation", "scheduled", date=meets, statutory=True, served=served)
    year.act(act)
    [event] = [event for event in year.events if isinstance(event, MeetingNoticeDefective)]
    assert event.reason == "the notice to the parent was served 4 days before"
    assert event.because.rule == "meeting.notice_defective"
    assert event.because.values == {"date": meets.isoformat(), "scheduled_by_act": str(act.id)}
    wrong = (Service(to="pupil", method="email", posted=D[0]),)
    year.act(meeting(at(D[13]), "mediation", "scheduled", date=meets, statutory=True, served=wrong))
    [*_, event] = [event for event in year.events if isinstance(event, MeetingNoticeDefective)]
    assert event.reason == "the notice to the pupil was served by email, not by certified or personal"


def test_only_meetings_that_are_still_to_come_are_offered_to_be_cancelled() -> None:
    """The group meeting was held, the individual one is scheduled."""
    year = at_level_1()
    year.act(meeting(at(D[3]), status="scheduled", form="individual", date=D[20]))
    year.act(meeting(at(D[4]), status="scheduled", form="group", date=D[5]))
    year.act(meeting(at(D[5]), status="held", form="group"))
    year.excuse(D[1]).close(D[6])
    offers = [event for event in year.events if isinstance(event, MeetingCancelOffered)]
    assert [event.because.days for event in offers] == [(D[20],)]


def test_items_of_the_directive_fall_due_at_enforcement_too() -> None:
    year = enforced()
    year.act(directive(at(D[54]), "counselling", due=D[60]))
    assert year.close(D[60]).wake_on == D[61]
    year.close(D[61])
    assert (year.now("level"), year.types.count("directive.item_breached")) == ("enforcement", 1)


def test_a_referral_that_rests_on_absences_is_reviewed_at_enforcement_too() -> None:
    year = enforced().excuse(D[40])
    year.state = replace(year.state, referral=Referral(at(D[21]), D[21], "chronic_absent"))
    year.close(D[54])
    del year.marks[D[40], None]
    year.close(D[55])
    assert (year.now("level"), year.now("review")) == ("enforcement", True)


def test_a_referral_for_absences_ends_the_hold_on_the_proposed_one() -> None:
    year = level_3_proposed()
    year.act(person(at(D[21]), "hold"))
    year.act(person(at(D[21], 10), "refer_to_sarb", basis="chronic_absent"))
    assert (year.now("level"), year.state.on_hold) == ("level_3", False)


def test_an_occasion_on_the_day_of_a_no_brings_nothing_back() -> None:
    year = level_3_proposed()
    year.act(person(at(D[21]), "dismiss"))
    assert year.miss(D[21]).now("proposed") == "none"
    assert year.miss(D[22]).now("proposed") == "level_3"
