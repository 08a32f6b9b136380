"""Pupils who move, leave, or come of age."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from services.escalation.ladder import (
    Close,
    Enrolment,
    SchoolCalendar,
    decide,
    initial_state,
    record_act,
    same_day_alert,
)
from services.escalation.ladder.leaving import has_left, is_adult
from services.escalation.ladder.state import Referral, state_from_json, state_to_json
from services.escalation.ladder.transfers import has_case, of_one_agency
from shared.contracts.case_life import CaseClosed
from shared.contracts.ladder import ActRefused, NoticeRequired
from tests.unit.escalation.ladder.builders import (
    CALENDAR,
    DAYS,
    POLICY,
    YEAR,
    Year,
    at,
    at_level_1,
    enforcement_proposed,
    level_3_proposed,
    mark,
    person,
    pupil,
)

D = DAYS
OFF = D[5]
SOUTH = replace(CALENDAR, school="south", days=tuple(day for day in D if day != OFF), periods=(1, 2))
CHARTER = replace(CALENDAR, school="acorn", lea_type="charter")
MOVED = pupil(date(2010, 3, 2), Enrolment("south", D[0], D[10], 10), Enrolment("north", D[10], None, 10))


def test_one_school_needs_no_other_calendar() -> None:
    assert of_one_agency(MOVED, CALENDAR, ()) == (MOVED, CALENDAR)
    assert of_one_agency(MOVED, CALENDAR, ())[1] is CALENDAR


def test_each_day_is_of_the_school_of_that_day() -> None:
    own, merged = of_one_agency(MOVED, CALENDAR, [SOUTH])
    assert own == MOVED
    assert (OFF in merged.positions, len(merged.days)) == (False, 179)
    assert (merged.periods_on[D[0]], merged.periods_on[D[10]]) == ((1, 2), ())
    decision = decide(
        MOVED, CALENDAR, [mark(OFF)], (), Year().state, Year().policy, Close("north", D[12], at(D[12], 18)),
        other_calendars=[SOUTH],
    )  # fmt: skip
    assert decision.state.occasions == ()


def test_calendars_of_other_years_say_nothing() -> None:
    other = replace(SOUTH, school_year="2024-2025")
    assert of_one_agency(MOVED, CALENDAR, [other])[1] is CALENDAR


def test_a_charter_school_sees_its_own_days_only() -> None:
    moved = pupil(date(2010, 3, 2), Enrolment("north", D[0], D[10], 10), Enrolment("acorn", D[10], None, 10))
    own, _ = of_one_agency(moved, CHARTER, [CALENDAR])
    assert [enrolment.school for enrolment in own.enrolments] == ["acorn"]


def moved_to_charter() -> Year:
    year = level_3_proposed()
    year.pupil = pupil(date(2010, 3, 2), Enrolment("north", D[0], D[22], 10), Enrolment("acorn", D[22], None, 10))
    close = Close("acorn", D[22], at(D[22], 18))
    marks = list(year.marks.values())
    year._take(
        decide(year.pupil, CHARTER, marks, year.acts, year.state, year.policy, close, other_calendars=[CALENDAR])
    )
    return year


def test_the_districts_case_is_closed_and_kept() -> None:
    year = moved_to_charter()
    [closed] = [event for event in year.events if isinstance(event, CaseClosed)]
    assert (closed.reason, closed.residence_district) == ("transferred_to_charter", "district")
    assert (year.now("level"), year.now("occasions"), year.now("proposed")) == ("prevention", 0, "none")
    [kept] = year.state.elsewhere
    assert (kept.level, len(kept.occasions), kept.closed) == ("level_2", 9, "transferred_to_charter")
    assert state_from_json(state_to_json(year.state)) == year.state


def test_a_charter_school_refers_nobody_to_the_sarb() -> None:
    year = moved_to_charter()
    act = person(at(D[23]), "refer_to_sarb", basis="chronic_absent")
    decision = record_act(year.pupil, CHARTER, year.acts, year.state, year.policy, act, other_calendars=[CALENDAR])
    [refused] = decision.events
    assert isinstance(refused, ActRefused)
    assert "district of residence" in refused.reason


@pytest.mark.parametrize(
    ("ends", "left"), [((None,), False), ((D[5],), True), ((D[6],), False), ((D[2], None), False), ((D[2], D[4]), True)]
)
def test_who_has_left(ends: tuple[date | None, ...], left: bool) -> None:
    enrolments = [Enrolment("north", D[0], end, 10) for end in ends]
    assert has_left(pupil(date(2010, 3, 2), *enrolments), D[5]) is left


def test_the_end_of_the_last_enrolment_wakes() -> None:
    year = at_level_1()
    year.pupil = pupil(date(2010, 3, 2), Enrolment("north", D[0], D[9], 10))
    year.close(D[4])
    assert year.wake_on == D[9]
    year.close(D[9])
    assert year.types[-1] == "case.closed"
    year.close(D[12])
    assert year.types.count("case.closed") == 1


def of_age_on(day: date, year: Year) -> Year:
    year.pupil = pupil(day.replace(year=day.year - 18))
    return year


def test_letters_to_an_adult_go_to_the_student() -> None:
    year = of_age_on(D[3], at_level_1())
    year.close(D[2])
    assert year.wake_on == D[3]
    year.excuse(D[0]).close(D[4])
    notices = [event for event in year.events if isinstance(event, NoticeRequired)]
    assert [(notice.kind, notice.to_student) for notice in notices] == [
        ("truancy_notice_1", False),
        ("correction", True),
    ]
    assert (year.now("adult"), year.state.closed) == (True, "aged_out")


def test_an_alert_for_an_adult_goes_to_the_student() -> None:
    day = D[3]
    adult = pupil(day.replace(year=day.year - 18))
    minor = pupil((day + timedelta(days=1)).replace(year=day.year - 18))
    alerts = [same_day_alert(each, CALENDAR, mark(day), POLICY) for each in (adult, minor)]
    assert [alert.to_student for alert in alerts if alert] == [True, False]
    assert (is_adult(adult, day), is_adult(minor, day)) == (True, False)


@pytest.mark.parametrize(("basis", "words"), [("EC48293", "adult"), ("WIC601b", "12 to 17")])
def test_no_charge_that_is_not_for_an_adult(basis: str, words: str) -> None:
    year = of_age_on(D[53], enforcement_proposed())
    assert year.act(person(at(D[53]), "approve_enforcement", basis=basis)) == ["act.refused"]
    refused = year.events[-1]
    assert isinstance(refused, ActRefused)
    assert words in refused.reason


@pytest.mark.parametrize(
    ("decided", "case"),
    [
        ({}, False),
        ({"days_absent": 4, "chronic_absent": True, "adult": True}, False),
        ({"occasions": at_level_1().state.occasions}, True),
        ({"reports": at_level_1().state.reports}, True),
        ({"notices": at_level_1().state.notices}, True),
        ({"referral": Referral(at(D[20]), D[20], None)}, True),
        ({"level": "level_1"}, True),
    ],
)
def test_what_makes_a_case(decided: dict[str, Any], case: bool) -> None:
    assert has_case(replace(initial_state(YEAR), **decided)) is case


def test_on_the_day_of_the_move_the_new_school_counts_in_whatever_order_the_enrolments_stand() -> None:
    enrolments = (Enrolment("south", D[0], OFF, 10), Enrolment("north", OFF, None, 10))
    for each in (enrolments, enrolments[::-1]):
        _, merged = of_one_agency(pupil(date(2010, 3, 2), *each), CALENDAR, [SOUTH])
        assert (OFF in merged.positions, merged.periods_on[OFF]) == (True, ())


def between_district_and_charter(year: Year) -> Year:
    """Enrolled at the charter school from day 22 to 39 and again from day 60."""
    year.pupil = replace(
        year.pupil,
        enrolments=(
            Enrolment("north", D[0], D[22], 10),
            Enrolment("acorn", D[22], D[40], 10),
            Enrolment("north", D[40], D[60], 10),
            Enrolment("acorn", D[60], None, 10),
        ),
    )
    return year


def close_at(year: Year, school: SchoolCalendar, day: date) -> list[str]:
    others = [each for each in (CALENDAR, CHARTER) if each is not school]
    close = Close(school.school, day, at(day, 18))
    marks = list(year.marks.values())
    decision = decide(year.pupil, school, marks, year.acts, year.state, year.policy, close, other_calendars=others)
    return [event.type for event in year._take(decision).events]


def test_who_moves_to_and_fro_finds_each_record_where_it_stood() -> None:
    year = between_district_and_charter(level_3_proposed()).absent(*D[23:26])
    assert "case.closed" in close_at(year, CHARTER, D[25])
    assert close_at(year, CALENDAR, D[40])[:2] == ["case.closed", "case.reopened"]
    assert (year.state.agency, year.now("occasions"), year.state.closed) == ("", 9, None)
    [charter] = year.state.elsewhere
    assert (charter.agency, charter.days, charter.closed, charter.elsewhere) == ("acorn", D[23:26], "moved", ())
    assert close_at(year, CHARTER, D[60])[:2] == ["case.closed", "case.reopened"]
    [district] = year.state.elsewhere
    assert (year.state.days, district.agency, district.elsewhere) == (D[23:26], "", ())


def test_who_has_no_case_leaves_nothing_to_close() -> None:
    year = between_district_and_charter(Year())
    year.close(D[4])
    assert (close_at(year, CHARTER, D[22]), year.state.elsewhere) == ([], ())


def test_a_case_that_ended_with_the_compulsory_age_is_not_reopened_by_a_move() -> None:
    year = between_district_and_charter(of_age_on(D[21], level_3_proposed()))
    close_at(year, CALENDAR, D[21])
    assert year.state.closed == "aged_out"
    close_at(year, CHARTER, D[22])
    assert "case.reopened" not in close_at(year, CALENDAR, D[40])
    assert year.state.closed == "aged_out"


def test_a_record_elsewhere_stands_while_the_calendar_of_its_school_is_missing() -> None:
    year = moved_to_charter()
    kept = year.state.elsewhere
    year.calendar = CHARTER
    year.excuse(D[0]).close(D[23])
    assert year.state.elsewhere == kept
