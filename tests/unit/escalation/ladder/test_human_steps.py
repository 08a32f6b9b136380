"""Level 3 and enforcement: proposed by the rules, decided by people."""

from datetime import date

import pytest

from services.escalation.ladder import DaAnswer, merge, record_act
from shared.contracts.ladder import ActRefused, EnforcementApproved
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
)

D = DAYS


def refusal(year: Year) -> str:
    assert isinstance(year.events[-1], ActRefused)
    return year.events[-1].reason


def test_nine_occasions_propose_level_3_and_enter_nothing() -> None:
    year = level_3_proposed()
    assert (year.now("level"), year.now("proposed")) == ("level_2", "level_3")
    assert "sarb_notice" not in year.now("notices")
    year.close_through(D[21], D[25])
    assert year.types.count("level.proposed") == 1


def test_a_named_person_refers() -> None:
    year = at_level_3()
    assert (year.now("level"), year.now("proposed")) == ("level_3", "none")
    assert year.now("notices") == ["truancy_notice_1", "truancy_notice_2", "sarb_notice"]
    assert year.types[-3:] == ["act.recorded", "notice.required", "level.entered"]


def test_nobody_refers_what_is_not_proposed() -> None:
    year = at_level_2()
    before = year.state
    assert year.act(person(at(D[12]), "refer_to_sarb")) == ["act.refused"]
    assert year.state == before
    assert "level_3 is not proposed" in refusal(year)
    again = at_level_3()
    again.act(person(at(D[22]), "refer_to_sarb"))
    assert "already" in refusal(again)


def test_level_3_is_not_proposed_without_the_mediation() -> None:
    year = at_level_2()
    year.miss(*D[18:21])
    year.act(meeting(at(D[21])))
    year.close(D[21])
    assert (year.now("occasions"), year.now("habitual"), year.now("proposed")) == (9, True, "none")


def test_a_dismissed_step_comes_back_only_with_a_new_occasion() -> None:
    year = level_3_proposed()
    year.act(person(at(D[21]), "dismiss", step="level_3", reason="support plan"))
    year.close_through(D[21], D[25])
    assert year.now("proposed") == "none"
    year.miss(D[26])
    assert year.now("proposed") == "level_3"


def test_a_held_step_waits_for_its_release() -> None:
    year = level_3_proposed()
    year.act(person(at(D[21]), "hold"))
    year.act(person(at(D[21], 10), "refer_to_sarb"))
    assert "on hold" in refusal(year)
    year.act(person(at(D[21], 11), "release"))
    year.act(person(at(D[21], 12), "refer_to_sarb"))
    assert year.now("level") == "level_3"
    year.act(person(at(D[21], 13), "release"))
    assert "nothing is held" in refusal(year)


def test_a_chronic_absentee_may_be_referred_but_not_enforced() -> None:
    year = Year().excuse(*D[:4])
    year.close(D[20])
    year.act(person(at(D[21]), "refer_to_sarb"))
    assert "not proposed" in refusal(year)
    year.act(person(at(D[21]), "refer_to_sarb", basis="chronic_absent"))
    assert (year.now("level"), year.now("notices"), year.now("reports")) == ("level_3", ["sarb_notice"], 0)
    year.act(directive(at(D[22]), "attendance"))
    year.act(progress(at(D[30]), "attendance", "failed"))
    year.close(D[60])
    assert (year.now("proposed"), year.now("chronic_truant")) == ("none", False)
    punctual = Year().miss(D[0])
    punctual.act(person(at(D[20]), "refer_to_sarb", basis="chronic_absent"))
    assert "not a chronic absentee" in refusal(punctual)


def test_a_case_that_rests_on_absences_is_reviewed_when_they_are_corrected() -> None:
    year = Year().excuse(*D[:4])
    year.close(D[20])
    year.act(person(at(D[21]), "refer_to_sarb", basis="chronic_absent"))
    year.close(D[21])
    year.marks.pop((D[1], None))
    year.close(D[22])
    assert year.now("review")


def test_enforcement_is_proposed_and_approved_on_a_basis() -> None:
    year = enforcement_proposed()
    assert (year.now("level"), year.now("proposed")) == ("level_3", "enforcement")
    year.act(person(at(D[53]), "approve_enforcement", basis="EC48293"))
    assert (year.now("level"), year.now("proposed")) == ("enforcement", "none")
    approved = next(event for event in year.events if isinstance(event, EnforcementApproved))
    assert (approved.by, approved.basis) == ("supervisor", "EC48293")


@pytest.mark.parametrize(
    ("day", "basis", "why"),
    [
        (D[53], None, "a basis is needed"),
        (D[53], "PC1", "a basis is needed"),
        (D[120], "PC270.1", "not valid after 2025-12-31"),
    ],
)
def test_a_basis_that_is_not_valid_is_refused(day: date, basis: str | None, why: str) -> None:
    year = enforcement_proposed()
    assert year.act(person(at(day), "approve_enforcement", basis=basis)) == ["act.refused"]
    assert why in refusal(year)
    assert year.now("level") == "level_3"


def test_a_basis_is_valid_through_its_last_day() -> None:
    year = enforcement_proposed()
    year.act(person(at(D[90]), "approve_enforcement", basis="PC270.1"))
    assert year.now("level") == "enforcement"


def test_a_petition_needs_its_age() -> None:
    year = enforcement_proposed()
    policy = merge(POLICY, {"petition_601b": {"ages": [16, 17]}})
    decision = record_act(
        year.pupil,
        year.calendar,
        year.acts,
        year.state,
        policy,
        person(at(D[53]), "approve_enforcement", basis="WIC601b"),
    )
    assert [event.type for event in decision.events] == ["act.refused"]
    year.act(person(at(D[53]), "approve_enforcement", basis="WIC601b"))
    assert year.now("level") == "enforcement"


def test_two_occasions_after_the_directive_are_too_few_but_a_failed_item_is_enough() -> None:
    year = at_level_3()
    year.act(directive(at(D[30]), "attendance", "csp_hours"))
    year.miss(*D[51:53])
    assert year.now("proposed") == "none"
    year.act(progress(at(D[53]), "csp_hours", "failed"))
    year.close(D[53])
    assert year.now("proposed") == "none"
    year.act(progress(at(D[54]), "attendance", "failed"))
    year.close(D[54])
    assert year.now("proposed") == "enforcement"
    year.act(progress(at(D[55]), "attendance", "done"))
    year.close(D[55])
    assert year.now("proposed") == "none"


def test_the_directive_must_be_thirty_days_old() -> None:
    year = at_level_3()
    given = D[30]
    year.act(directive(at(given), "attendance"))
    year.miss(*D[31:34])
    thirty_days_later = next(day for day in D if (day - given).days >= 30)
    first_progress_report = D[51]
    assert (year.now("proposed"), year.wake_on) == ("none", first_progress_report)
    year.close(first_progress_report)
    assert (year.now("proposed"), year.wake_on) == ("none", thirty_days_later)
    year.close(thirty_days_later)
    assert year.now("proposed") == "enforcement"


def test_a_rejected_enforcement_needs_a_new_occasion() -> None:
    year = enforcement_proposed()
    year.act(person(at(D[53]), "reject_enforcement", reason="services pending"))
    year.close_through(D[53], D[55])
    assert year.now("proposed") == "none"
    year.miss(D[56])
    assert year.now("proposed") == "enforcement"


def test_the_district_attorney_declines() -> None:
    year = enforcement_proposed()
    year.act(person(at(D[53]), "approve_enforcement", basis="EC48293"))
    answer = DaAnswer(person(at(D[60]), "hold").id, at(D[60]), "office", "declined", "not_willful")
    assert year.act(answer) == ["act.recorded", "level.stepped_down"]
    year.close(D[60])
    assert (year.now("level"), year.now("proposed")) == ("level_3", "none")


@pytest.mark.parametrize("level", ["level_3", "enforcement"])
def test_a_correction_above_level_2_only_asks_for_a_review(level: str) -> None:
    year = enforcement_proposed() if level == "enforcement" else at_level_3()
    if level == "enforcement":
        year.act(person(at(D[53]), "approve_enforcement", basis="EC48293"))
    year.excuse(D[1]).close(D[54])
    assert (year.now("level"), year.now("review")) == (level, True)
    assert "level.rescinded" not in year.types
    assert year.now("notices") == ["truancy_notice_1", "truancy_notice_2", "sarb_notice"]
    assert year.now("sent")[:3] == ["truancy_notice_1:basis_changed", "truancy_notice_2:basis_changed", "sarb_notice"]
    assert year.now("sent").count("correction") == 2


def test_a_review_freezes_enforcement_until_it_is_released() -> None:
    year = enforcement_proposed()
    year.excuse(D[51]).absent(D[53]).close(D[53])
    assert (year.now("review"), year.now("proposed")) == (True, "enforcement")
    year.act(person(at(D[54]), "approve_enforcement", basis="EC48293"))
    assert "release it first" in refusal(year)
    year.act(person(at(D[54], 10), "release"))
    assert not year.now("review")
    year.act(person(at(D[54], 11), "approve_enforcement", basis="EC48293"))
    assert year.now("level") == "enforcement"


def test_after_a_review_a_person_may_take_the_case_back() -> None:
    year = at_level_3()
    year.excuse(D[0], D[1], D[8], D[9]).close(D[22])
    assert (year.now("level"), year.now("occasions"), year.now("review")) == ("level_3", 5, True)
    year.act(person(at(D[23]), "dismiss"))
    assert (year.now("level"), year.now("review"), year.now("notices")) == ("level_1", False, ["truancy_notice_1"])


def test_a_closed_case_is_proposed_again_only_after_a_new_occasion() -> None:
    year = enforcement_proposed()
    year.act(person(at(D[53]), "close_case", reason="moved"))
    year.close(D[53])
    assert year.now("proposed") == "none"


def test_waive_where_there_is_nothing_to_waive() -> None:
    year = Year()
    year.act(person(at(D[0]), "waive_disposition"))
    assert "prevention asks for no meeting" in refusal(year)
    year.act(person(at(D[0]), "waive_disposition", step="level_3"))
    assert "level_3 asks for no meeting" in refusal(year)


@pytest.mark.parametrize("do", ["hold", "dismiss", "release", "approve_enforcement", "reject_enforcement"])
def test_decisions_about_nothing_are_refused(do: str) -> None:
    year = at_level_1()
    assert year.act(person(at(D[3]), do, basis="EC48293")) == ["act.refused"]
