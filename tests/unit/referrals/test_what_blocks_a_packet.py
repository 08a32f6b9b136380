"""Notices of other years and with old texts, answers of the District Attorney, and events of every type (S22, S23)."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.referrals.case_file.build import contents
from shared.contracts import ladder
from shared.contracts.notices import NoticeSent
from shared.contracts.registry import types_of
from shared.contracts.topics import LADDER, NOTICES
from tests.contracts.golden import SAMPLES
from tests.unit.referrals.history import DISTRICT, PROPOSED, SCHOOL, STUDENT, YEAR, at, event, history, notice_id, step
from tests.unit.referrals.test_case_file import RULES, check, file_of, part, text, without


@pytest.mark.parametrize("type", sorted({**types_of(LADDER), **types_of(NOTICES)}))
def test_a_file_can_be_made_with_every_event_that_may_come(type: str) -> None:
    """Also with those of other states' rules, and of what became of a case."""
    sample = SAMPLES[type].data()
    pupil = {"district": DISTRICT, "student": STUDENT}
    if isinstance(sample, ladder.LadderEventData):
        pupil |= {"school": SCHOOL, "school_year": YEAR, "as_of": at(PROPOSED, 17)}
    told = event(sample.model_copy(update=pupil), at(PROPOSED, 17))
    more = history().plus(ladder=(told,))
    assert text(file_of(more))


def first_notice(year: str, day: date, text: str) -> tuple[Any, Any]:
    """A first notice in another school year: that it was required, and that it went out with this text."""
    notice = notice_id(f"truancy_notice_1 of {year}")
    required = step(
        ladder.NoticeRequired, at(day), notice=notice, kind="truancy_notice_1", school_year=year, days=(day,)
    )
    sent = next(found for found in history().notices if found.data.kind == "truancy_notice_1" and sent_of(found))
    change = {"notice": notice, "template": f"truancy_notice_1/{text}", "at": at(day, 19)}
    return required, event(sent.data.model_copy(update=change), at(day, 19))


def sent_of(found: Any) -> bool:
    return isinstance(found.data, NoticeSent)


def test_a_first_notice_of_the_year_before_is_no_part_of_the_case() -> None:
    """S22: of June 2025 with the text that was lawful then. It neither harms this year's case nor helps it."""
    required, sent = first_notice("2024-2025", date(2025, 6, 20), "V1")
    file = file_of(history().plus(ladder=(required,), notices=(sent,)))
    assert check(file, "notice_texts").met
    assert contents(file)["parts"] == contents(file_of(history()))["parts"]
    alone = without(history(), ladder.NoticeRequired, kind="truancy_notice_1").plus(ladder=(required,), notices=(sent,))
    assert "First notice of truancy (EC 48260.5): none that counts." in part(file_of(alone), "notices").reason


def test_a_first_notice_with_the_old_text_blocks_the_packet_until_it_is_cured() -> None:
    """S22: of September 2025 with the text of before July; withdrawn and sent anew, the packet is free of it."""
    old = tuple(
        event(found.data.model_copy(update={"template": "truancy_notice_1/V1"}), found.time)
        if found.data.kind == "truancy_notice_1"
        else found
        for found in history().notices
    )
    bad = replace(history(), notices=old)
    assert "notice_texts" in file_of(bad).unmet
    wrong = {"notice": notice_id("truancy_notice_1"), "kind": "truancy_notice_1", "state": "corrected"}
    withdrawn = step(ladder.NoticeWithdrawn, at(PROPOSED), **wrong)
    required, sent = first_notice("2025-2026", PROPOSED, "V2")
    cured = bad.plus(ladder=(withdrawn, required), notices=(sent,))
    assert "notice_texts" not in file_of(cured).unmet
    assert file_of(cured).parts != file_of(bad).parts


@pytest.mark.parametrize("reason", sorted(RULES.after_decline))
def test_every_reason_of_the_district_attorney_leaves_something_to_do(reason: str) -> None:
    assert RULES.tasks_after(reason) == RULES.after_decline[reason] != ()


def test_a_reason_that_nobody_knows_is_to_be_read() -> None:
    assert RULES.tasks_after("a reason of their own") == RULES.tasks_after(None) == RULES.after_decline["other"]
