"""Meetings, their notices, and what becomes of them."""

from datetime import date
from typing import Any

import pytest

from shared.contracts.ladder import ActRefused, Service
from tests.unit.escalation.ladder.builders import (
    DAYS,
    Year,
    at,
    at_level_1,
    at_level_3,
    contact,
    directive,
    meeting,
    person,
    progress,
)

D = DAYS
MEETS = date(2025, 11, 10)


def served(method: Any, posted: date) -> tuple[Service, ...]:
    return (
        Service(to="parent", method="personal", posted=date(2025, 8, 1)),
        Service(to="pupil", method=method, posted=posted),
    )


@pytest.mark.parametrize(
    ("method", "posted", "statutory", "defective"),
    [
        ("certified", date(2025, 11, 6), True, True),
        ("certified", date(2025, 11, 5), True, False),
        ("personal", date(2025, 11, 5), True, False),
        ("first_class", date(2025, 10, 1), True, True),
        ("email", date(2025, 10, 1), True, True),
        ("email", date(2025, 11, 9), False, False),
    ],
)
def test_a_statutory_mediation_notice(method: str, posted: date, statutory: bool, defective: bool) -> None:
    year = at_level_1()
    types = year.act(
        meeting(
            at(date(2025, 11, 6)),
            "mediation",
            "scheduled",
            date=MEETS,
            statutory=statutory,
            served=served(method, posted),
        )
    )
    assert ("meeting.notice_defective" in types) is defective
    assert year.now("sent")[-1] == "meeting_invitation"


@pytest.mark.parametrize(("days", "defective"), [(9, True), (10, False)])
def test_a_sarb_notice_comes_ten_days_before(days: int, defective: bool) -> None:
    year = at_level_3()
    notified = year.state.notices[-1].day
    types = year.act(meeting(at(D[23]), "sarb", "scheduled", date=date.fromordinal(notified.toordinal() + days)))
    assert ("meeting.notice_defective" in types) is defective
    posted = (Service(to="parent", method="first_class", posted=D[23]),)
    late = meeting(at(D[23], 10), "sarb", "scheduled", date=date.fromordinal(D[23].toordinal() + days), served=posted)
    assert ("meeting.notice_defective" in year.act(late)) is defective


def missed_twice() -> Year:
    year = at_level_1()
    year.act(meeting(at(D[5]), status="no_show", form="group"))
    year.act(contact(at(D[6])))
    year.act(meeting(at(D[7]), status="no_show", form="individual"))
    return year


def test_no_shows_are_documented_by_an_attempt_after_both() -> None:
    year = missed_twice()
    assert year.now("disposition")["level_1"] == "open"
    year.act(contact(at(D[8]), "email", "bounced"))
    assert year.now("disposition")["level_1"] == "open"
    year.act(contact(at(D[9]), "visit", "no_answer"))
    assert year.now("disposition")["level_1"] == "no_show_documented"
    year.act(meeting(at(D[10]), form="individual"))
    assert year.now("disposition")["level_1"] == "held"


@pytest.mark.parametrize(("posted", "disposition"), [(D[7], "open"), (D[1], "no_show_documented")])
def test_staying_away_from_a_defective_meeting_says_nothing(posted: date, disposition: str) -> None:
    year = at_level_1()
    year.act(meeting(at(D[5]), "mediation", "no_show", form="group"))
    notice = {"date": D[8], "statutory": True, "served": served("certified", posted)}
    year.act(meeting(at(D[6]), "mediation", "scheduled", form="individual", **notice))
    year.act(meeting(at(D[8]), "mediation", "no_show", form="individual"))
    year.act(contact(at(D[10])))
    assert year.now("disposition")["level_2"] == disposition


def test_an_invitation_to_a_cancelled_meeting_is_withdrawn() -> None:
    year = at_level_1()
    year.act(meeting(at(D[3]), status="scheduled", date=D[10]))
    assert year.act(meeting(at(D[4]), status="cancelled")) == ["meeting.cancelled", "notice.withdrawn"]
    assert year.now("sent") == ["truancy_notice_1", "meeting_invitation:withdrawn"]


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"status": "held", "date": D[9]}, "still to come"),
        ({"status": "no_show", "date": D[9]}, "still to come"),
        ({"status": "scheduled", "agreement": "signed"}, "at a meeting that is held"),
    ],
)
def test_impossible_meetings(fields: dict[str, Any], why: str) -> None:
    year = at_level_1()
    assert year.act(meeting(at(D[3]), **fields)) == ["act.refused"]
    assert isinstance(year.events[-1], ActRefused)
    assert why in year.events[-1].reason


def test_an_agreement_comes_from_a_held_meeting() -> None:
    year = at_level_1()
    assert year.act(meeting(at(D[3]), agreement="signed")) == ["meeting.held", "agreement.signed"]
    assert year.act(meeting(at(D[4]), agreement="refused")) == ["meeting.held", "agreement.refused"]


def test_progress_needs_an_item_of_a_directive() -> None:
    year = at_level_3()
    assert year.act(progress(at(D[25]), "attendance")) == ["act.refused"]
    assert year.act(directive(at(D[25]), "attendance", "attendance")) == ["act.refused"]
    assert year.act(directive(at(D[25]), "attendance")) == ["directive.issued"]
    assert year.act(progress(at(D[26]), "attendance", "done")) == ["directive.item_reported"]


def test_a_missed_individual_meeting_alone_documents_nothing() -> None:
    year = at_level_1()
    year.act(meeting(at(D[5]), status="no_show", form="individual"))
    year.act(contact(at(D[6])))
    assert year.now("disposition")["level_1"] == "open"


@pytest.mark.parametrize(("day", "disposition"), [(date(2025, 6, 30), "open"), (date(2025, 7, 1), "held")])
def test_a_meeting_counts_from_the_first_day_of_the_school_year(day: date, disposition: str) -> None:
    year = Year()
    year.act(meeting(at(day)))
    year.miss(*D[:3])
    assert year.now("disposition")["level_1"] == disposition


def test_waiving_one_meeting_waives_no_other() -> None:
    year = at_level_1()
    year.act(person(at(D[3]), "waive_disposition"))
    assert year.now("disposition") == {"level_1": "waived", "level_2": "open"}
