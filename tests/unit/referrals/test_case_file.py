"""The case file of an invented pupil: what its parts say, what is missing, what its checks find."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.referrals.case_file.blocks import Part
from services.referrals.case_file.build import CaseFile, build, contents
from services.referrals.case_file.checks import Check
from services.referrals.manifest import canonical
from services.referrals.rules import load_rules
from shared.contracts import ladder
from tests.unit.referrals.history import (
    CASE,
    PROPOSED,
    UNEXCUSED,
    History,
    at,
    event,
    history,
    mark,
    notice_id,
    report_id,
    step,
    student,
)

RULES = load_rules("us-ca")


def file_of(of: History) -> CaseFile:
    return build(CASE, of.scope(), of.facts(), RULES)


def part(file: CaseFile, name: str) -> Part:
    return next(one for one in file.parts if one.name == name)


def check(file: CaseFile, name: str) -> Check:
    return next(one for one in file.checks if one.name == name)


def text(of: CaseFile | Part) -> str:
    return canonical(contents(of) if isinstance(of, CaseFile) else of.as_json()).decode()


def without(of: History, *kinds: type[Any], **fields: Any) -> History:
    """The history as if these steps had never been told."""

    def is_meant(found: Any) -> bool:
        return isinstance(found.data, kinds) and all(
            getattr(found.data, name) == value for name, value in fields.items()
        )

    return replace(of, ladder=tuple(found for found in of.ladder if not is_meant(found)))


def test_a_complete_ladder_misses_only_what_people_must_add() -> None:
    file = file_of(history())
    assert file.missing == ("referral_form", "sarb_determination", "declarations", "disability", "disclosure")
    assert [one.number for one in file.parts] == list(range(1, 21))
    assert [one.name for one in file.checks if not one.met] == ["basis"]


def test_every_missing_part_says_why_in_words() -> None:
    assert all(one.reason for one in file_of(history()).parts if one.state != "present")


def test_the_worksheet_names_for_each_occasion_its_report() -> None:
    rows = part(file_of(history()), "attendance_worksheet").blocks[0].rows  # type: ignore[union-attr]
    assert len(rows) == 14
    assert rows[0] == ("1", "Mon, Sep 8, 2025", "full day", "absent, all day, unexcused", "1")
    assert rows[2][-1] == "1"
    assert rows[3][-1] == "2"


def test_an_occasion_that_is_excused_now_is_found() -> None:
    corrected = history().plus(marks=(mark(UNEXCUSED[0], "absent", "excused", sequence=5000, known=at(PROPOSED)),))
    found = check(file_of(corrected), "worksheet")
    assert not found.met
    assert found.detail == "Not unexcused now: Sep 8, 2025."


def test_the_highest_revision_holds_whatever_came_last() -> None:
    early = mark(UNEXCUSED[0], "absent", "excused", sequence=1, known=at(PROPOSED))
    assert check(file_of(history().plus(marks=(early,))), "worksheet").met


def test_a_mark_that_was_taken_back_is_no_occasion() -> None:
    whole = history()
    facts = whole.facts()
    retracted = replace(facts.statements[0], id=UUID(int=1), day=UNEXCUSED[0], sequence=5000, status=None, excuse=None)
    file = build(
        CASE, whole.scope(), replace(facts, statements=tuple(sorted((*facts.statements, retracted), key=_slot))), RULES
    )
    assert check(file, "worksheet").detail == "Not unexcused now: Sep 8, 2025."


def _slot(one: Any) -> Any:
    return one.slot, one.rank


def test_an_occasion_taken_off_leaves_the_worksheet_and_its_report() -> None:
    uncounted = step(ladder.OccasionUncounted, at(PROPOSED + timedelta(4)), day=UNEXCUSED[-1])
    file = file_of(history().plus(ladder=(uncounted,)))
    assert "Jan 21, 2026" not in str(part(file, "attendance_worksheet").blocks[0])
    assert "Taken off after a correction" in text(part(file, "attendance_worksheet"))
    assert "valid; taken off: Jan 21, 2026" in text(part(file, "truancy_reports"))


def test_voided_reports_are_shown_and_not_counted() -> None:
    voided = step(ladder.ReportVoided, at(PROPOSED + timedelta(4)), report=report_id(1))
    rows = part(file_of(history().plus(ladder=(voided,))), "truancy_reports").blocks[0].rows  # type: ignore[union-attr]
    assert rows[0][0] == "void"
    assert "does not count" in rows[0][-1]
    assert rows[1][0] == "1"


def test_an_effort_before_the_first_valid_report_does_not_count() -> None:
    file = file_of(without(history(), ladder.ContactLogged, ladder.MeetingHeld))
    early = step(ladder.ContactLogged, at(date(2025, 9, 12)), channel="phone", outcome="voicemail")
    bounced = step(ladder.ContactLogged, at(date(2025, 10, 12)), channel="email", outcome="bounced")
    assert not check(file, "effort").met
    file = file_of(without(history(), ladder.ContactLogged, ladder.MeetingHeld).plus(ladder=(early, bounced)))
    assert not check(file, "effort").met
    assert "conscientious_effort" in file.missing


def test_the_old_text_of_the_first_notice_is_not_lawful_after_june_2025() -> None:
    """The first notice of a September with the text that held until June."""
    old = tuple(
        event(found.data.model_copy(update={"template": "truancy_notice_1/V1"}), found.time)
        if found.data.kind == "truancy_notice_1"
        else found
        for found in history().notices
    )
    found = check(file_of(replace(history(), notices=old)), "notice_texts")
    assert not found.met
    assert "truancy_notice_1/V1, which was not lawful on that day" in found.detail


@pytest.mark.parametrize(
    ("basis", "met", "detail"),
    [
        ("EC48293", True, ""),
        ("WIC601b", True, ""),
        ("PC270.1", False, "PC270.1: not valid after Dec 31, 2025; repealed by AB 461."),
        ("XX1", False, "XX1 is not in the table of bases."),
    ],
)
def test_a_chosen_basis_must_be_valid(basis: str, met: bool, detail: str) -> None:
    approved = step(ladder.EnforcementApproved, at(PROPOSED + timedelta(1)), basis=basis)
    found = check(file_of(history().plus(ladder=(approved,))), "basis")
    assert (found.met, found.detail) == (met, detail)


def test_a_basis_is_judged_for_the_day_on_which_it_was_chosen() -> None:
    """The attendance ends before the repeal; the choice comes after it."""
    early, chosen = at(date(2025, 12, 19)), at(date(2026, 1, 5))
    proposal = step(ladder.EnforcementProposed, early, *UNEXCUSED[-5:-3])
    approved = step(ladder.EnforcementApproved, chosen, basis="PC270.1")
    before = without(history(), ladder.EnforcementProposed).plus(ladder=(proposal,))
    assert {one.id: one.open for one in file_of(before).bases}["PC270.1"]
    assert not check(file_of(before.plus(ladder=(approved,))), "basis").met


def test_an_invalid_basis_is_a_gap_of_the_cover_too() -> None:
    approved = step(ladder.EnforcementApproved, at(PROPOSED + timedelta(1)), basis="PC270.1")
    cover = part(file_of(history().plus(ladder=(approved,))), "referral_form")
    assert (cover.state, cover.reason) == ("missing", "PC270.1: not valid after Dec 31, 2025; repealed by AB 461.")


def test_a_standing_notice_that_lists_a_day_taken_off_is_found() -> None:
    uncounted = step(ladder.OccasionUncounted, at(PROPOSED + timedelta(4)), day=UNEXCUSED[0])
    file = file_of(history().plus(ladder=(uncounted,)))
    assert "First notice of truancy (EC 48260.5) lists Sep 8, 2025." in check(file, "notice_dates").detail
    notice = {"notice": notice_id("truancy_notice_1"), "kind": "truancy_notice_1", "state": "basis_changed"}
    changed = step(ladder.NoticeWithdrawn, at(PROPOSED + timedelta(4)), days=UNEXCUSED[1:4], **notice)
    assert "First notice" not in check(file_of(history().plus(ladder=(uncounted, changed))), "notice_dates").detail


def test_a_petition_needs_a_pupil_of_12_to_17() -> None:
    file = file_of(replace(history(), student=student(birth_date=date(2015, 3, 2))))
    assert {one.id: one.open for one in file.bases}["WIC601b"] is False


def test_occasions_outside_compulsory_age_are_found() -> None:
    file = file_of(replace(history(), student=student(birth_date=date(2007, 10, 1))))
    assert "Oct 7, 2025" in check(file, "ages").detail
    assert "Sep 29, 2025" not in check(file, "ages").detail


def test_a_sarb_hearing_noticed_too_late_is_found() -> None:
    late = tuple(
        replace(found, data=found.data.model_copy(update={"served": _posted(found.data, date(2025, 11, 25))}))
        if isinstance(found.data, ladder.MeetingScheduled) and found.data.kind == "sarb"
        else found
        for found in history().ladder
    )
    assert "less than 10 days before" in check(file_of(replace(history(), ladder=late)), "service").detail


def _posted(meeting: ladder.MeetingScheduled, day: date) -> tuple[ladder.Service, ...]:
    return tuple(one.model_copy(update={"posted": day}) for one in meeting.served)


def test_a_notice_that_was_never_sent_is_a_gap() -> None:
    unsent = replace(
        history(), notices=tuple(one for one in history().notices if one.data.notice != notice_id("sarb_notice"))
    )
    assert "no proof that it was sent" in part(file_of(unsent), "notices").reason
    assert "notices" in file_of(unsent).missing


def test_a_withdrawn_notice_does_not_count() -> None:
    gone = step(
        ladder.NoticeWithdrawn, at(PROPOSED + timedelta(2)), notice=notice_id("truancy_notice_2"), kind="truancy_notice_2",
        state="corrected",
    )  # fmt: skip
    assert (
        "Second notice of truancy: none that counts." in part(file_of(history().plus(ladder=(gone,))), "notices").reason
    )


def test_without_a_directive_the_file_says_so() -> None:
    file = file_of(without(history(), ladder.DirectiveIssued))
    assert {"sarb_directive", "attendance_since_sarb", "services"} <= set(file.missing)
    assert check(file, "directive").detail == "There is none."


def test_an_open_review_is_found() -> None:
    review = step(ladder.ReviewRequired, at(PROPOSED + timedelta(2)), reason="an occasion no longer counts")
    assert not check(file_of(history().plus(ladder=(review,))), "reviews").met


def test_why_a_day_is_excused_is_never_told() -> None:
    said = text(file_of(history()))
    assert "MED" not in said
    assert "ILL" not in said


def test_addresses_under_a_restriction_are_withheld() -> None:
    said = text(file_of(history()))
    assert "Hidden Lane" not in said
    assert "Sample Street" in said
    assert "rosa@example.org" not in said


def test_corrections_are_listed_with_when_and_by_whom() -> None:
    said = text(part(file_of(history()), "attendance_record"))
    assert '"Wed, Sep 17, 2025","present","absent, all day, unexcused"' in said
    assert (
        '"Wed, Sep 17, 2025","absent, all day, unexcused","absent, all day, excused","Sep 19, 2025 09:00","clerk-7"'
        in said
    )


def test_the_narrative_counts_what_the_parts_show() -> None:
    said = text(part(file_of(history()), "narrative"))
    assert "truant on 14 occasions: 13 full days and 1 day" in said
    assert "Of 104 school days enrolled, 13 (12.5%)" in said
    assert "12 reports of truancy that are valid" in said


def test_the_narrative_tells_unverified_days_apart() -> None:
    marks = (mark(UNEXCUSED[0], "absent", "unverified", sequence=5000, known=at(PROPOSED)),)
    said = text(part(file_of(history().plus(marks=marks)), "narrative"))
    assert "12 (11.5%) were unexcused absences of the whole day. 1 further whole-day absence was never verified" in said


def test_only_days_of_enrolment_count_as_school_days() -> None:
    [enrolment] = student().data.enrolments
    late = student(enrolments=(enrolment.model_copy(update={"entered": date(2026, 1, 20)}),))
    record = part(file_of(replace(history(), student=late)), "attendance_record")
    assert ("School days enrolled", "9") in record.blocks[0].rows  # type: ignore[union-attr]


def test_attendance_ends_with_the_day_that_was_closed_when_enforcement_was_proposed() -> None:
    scope = history().scope()
    assert scope.through == PROPOSED
    later = history().plus(marks=(mark(PROPOSED + timedelta(3), "absent", "unexcused", sequence=7000),))
    assert text(file_of(later)) == text(file_of(history()))
