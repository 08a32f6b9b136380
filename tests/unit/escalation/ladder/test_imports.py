"""The verified record of another district."""

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from services.escalation.ladder import Enrolment, Import, ImportedReport, act_to_json, merge, parse_act
from services.escalation.ladder.state import Report, state_from_json, state_to_json
from shared.contracts.case_life import RecordImported
from shared.contracts.envelope import derived_id
from shared.contracts.ladder import ActRefused
from tests.unit.escalation.ladder.builders import DAYS, POLICY, Year, at, meeting, pupil

D = DAYS
ARRIVED = D[20]


def arriving() -> Year:
    return Year(pupil=pupil(date(2010, 3, 2), Enrolment("north", ARRIVED, None, 10)))


def record(days: tuple[date, ...] = D[:4], *reports: tuple[date, tuple[date, ...]], **fields: Any) -> Import:
    made = tuple(ImportedReport(day, listed) for day, listed in reports)
    return Import(UUID(int=7), at(D[21]), "registrar", days, "Example Valley USD", "verified", made, **fields)


def test_the_days_count_and_are_marked() -> None:
    year = arriving()
    assert year.act(record(D[:4], (D[2], D[:3]), (D[3], D[3:4]))) == ["record.imported"]
    assert all(occasion.imported for occasion in year.state.occasions)
    assert [(report.initial, report.imported) for report in year.state.reports] == [(True, True), (False, True)]
    [event] = [event for event in year.events if isinstance(event, RecordImported)]
    assert (event.days, event.reports, event.because.values["source"]) == (D[:4], (D[2], D[3]), "Example Valley USD")
    before = year.state
    year.close(D[21])
    assert (year.state.occasions, year.now("reports"), year.now("level")) == (before.occasions, 2, "prevention")
    assert state_from_json(state_to_json(year.state)) == year.state


def test_imported_days_are_no_absences_here() -> None:
    year = arriving()
    year.act(record(D[:8], (D[7], D[:8])))
    year.miss(D[22])
    assert [occasion.imported for occasion in year.state.occasions].count(True) == 8
    assert year.now("days_absent") == 1


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (record((D[1], D[0])), "in order"),
        (record((D[0], D[0])), "each once"),
        (record((date(2025, 6, 3),)), "not a past day of the school year 2025-2026"),
        (record((D[22],)), "not a past day"),
        (record((D[20],)), "enrolled here"),
        (record(D[:3], (D[2], D[:4])), "not among the days"),
        (record(D[:4], (D[2], D[:4])), "up to its own"),
        (record(D[:4], (D[22], D[:4])), "be of the past"),
        (record(D[:4], (D[2], ())), "must list days"),
        (record(D[:4], (D[1], D[:2])), "fewer than 3"),
    ],
)
def test_a_record_that_cannot_be(act: Import, words: str) -> None:
    year = arriving()
    assert year.act(act) == ["act.refused"]
    refused = year.events[-1]
    assert isinstance(refused, ActRefused)
    assert words in refused.reason


def test_the_same_days_do_not_come_twice() -> None:
    year = arriving()
    year.act(record())
    assert year.act(record()) == ["act.refused"]
    refused = year.events[-1]
    assert isinstance(refused, ActRefused)
    assert refused.reason == f"{D[0]} counts already"


def test_an_import_is_json_and_back() -> None:
    act = record(D[:4], (D[2], D[:3]))
    assert parse_act(act_to_json(act)) == act


def test_each_report_is_taken_as_it_was() -> None:
    year = arriving()
    act = record(D[:4], (D[2], D[:3]), (D[3], D[3:4]))
    year.act(act)
    first, second = year.state.reports
    assert first == Report(derived_id("report", act.id, 0), D[2], act.at, True, D[:3], imported=True)
    assert second == Report(derived_id("report", act.id, 1), D[3], act.at, False, D[3:4], imported=True)
    assert all(occasion.full_day and occasion.imported for occasion in year.state.occasions)


def test_own_reports_and_imported_ones_stand_in_the_order_of_their_days() -> None:
    year = arriving()
    year.miss(D[20], D[21], D[22])
    year.act(replace(record(D[:3], (D[22], D[:3])), at=at(D[23])))
    assert [(report.day, report.imported) for report in year.state.reports] == [(D[22], True), (D[22], False)]
    assert [report.initial for report in year.state.reports] == [False, True]


def test_the_limits_of_a_record() -> None:
    """The first day of the school year and the day before the enrolment; a report of today."""
    year = arriving()
    assert year.act(record((date(2025, 7, 1), D[0], D[19]), (D[21], (date(2025, 7, 1), D[0], D[19])))) == [
        "record.imported"
    ]
    assert year.state.imported_days == (date(2025, 7, 1), D[0], D[19])


def test_a_day_after_an_earlier_enrolment_was_elsewhere() -> None:
    year = Year(pupil=pupil(date(2010, 3, 2), Enrolment("north", D[0], D[5], 10), Enrolment("north", D[10], None, 10)))
    assert year.act(record((D[4],))) == ["act.refused"]
    assert year.act(record((D[5], D[6]))) == ["record.imported"]


def test_a_day_may_be_that_of_the_import() -> None:
    year = Year(pupil=pupil(date(2010, 3, 2), Enrolment("north", D[22], None, 10)))
    assert year.act(record((D[20], D[21]))) == ["record.imported"]


def test_two_steps_that_a_record_makes_due_are_taken_at_two_closes() -> None:
    """Level 1 begins at six occasions, as the second letter does, and the SART meeting was held before."""
    policy = merge(POLICY, {"levels": {"L1": {"n": 6}}, "letters": {"need_new_occasion_since_last": False}})
    year = replace(arriving(), policy=policy).miss(*D[20:23])
    year.act(meeting(at(D[23])))
    year.act(replace(record(D[10:13], (D[12], D[10:13])), at=at(D[32])))
    assert year.close(D[32]).wake_on == D[33]
    assert (year.now("level"), year.now("notices")) == ("level_1", ["truancy_notice_1"])
    year.close(D[33])
    assert (year.now("level"), year.now("notices")) == ("level_2", ["truancy_notice_1", "truancy_notice_2"])
