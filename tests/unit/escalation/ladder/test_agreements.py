"""Agreements, the SARB's directive, and its monitoring."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.escalation.ladder import DaAnswer, Directive, PolicyError, merge
from services.escalation.ladder.state import state_from_json, state_to_json
from shared.contracts.case_life import (
    DirectiveCompleted,
    DirectiveItemBreached,
    DirectiveItemSetAside,
    MonitoringOccasion,
    MonitoringReportDue,
)
from shared.contracts.ladder import ActRefused, DirectiveItem
from tests.unit.escalation.ladder.builders import (
    DAYS,
    POLICY,
    Year,
    at,
    at_level_1,
    at_level_3,
    enforcement_proposed,
    meeting,
    person,
    progress,
    pupil,
)

D = DAYS


def signed(validity: str = "school_year") -> Year:
    year = at_level_1()
    year.policy = merge(POLICY, {"agreement_validity": validity})
    year.act(meeting(at(D[3]), agreement="signed"))
    return year


@pytest.mark.parametrize(
    ("validity", "until"),
    [("school_year", date(2026, 6, 30)), ("365d", date(2026, 8, 21)), ("months:6", date(2026, 2, 21))],
)
def test_the_term(validity: str, until: date) -> None:
    [agreement] = signed(validity).state.agreements
    assert (agreement.kind, agreement.signed, agreement.until, agreement.state) == ("sart", D[3], until, "open")


@pytest.mark.parametrize("validity", ["forever", "months:0", "0d", "365"])
def test_no_such_term(validity: str) -> None:
    with pytest.raises(PolicyError, match="agreement_validity"):
        merge(POLICY, {"agreement_validity": validity})


def test_an_occasion_of_the_day_of_the_signature_is_no_breach() -> None:
    year = signed().miss(D[3])
    assert "agreement.breached" not in year.types
    year.miss(D[4], D[5])
    assert year.types.count("agreement.breached") == 1
    assert year.state.agreements[0].breached_on == D[4]
    assert state_from_json(state_to_json(year.state)) == year.state


def test_a_breach_goes_with_its_only_occasion() -> None:
    year = signed().miss(D[4], D[5])
    year.excuse(D[4]).close(D[6])
    assert "agreement.breach_withdrawn" not in year.types
    year.excuse(D[5]).close(D[7])
    assert (year.state.agreements[0].state, year.types.count("agreement.breach_withdrawn")) == ("open", 1)


def test_the_end_of_the_term_wakes() -> None:
    year = signed("14d")
    year.close(D[9])
    assert year.wake_on == D[14]
    year.close(D[14])
    assert year.state.agreements[0].state == "completed"


def test_a_refused_agreement_is_none() -> None:
    year = at_level_1()
    year.act(meeting(at(D[3]), agreement="refused"))
    assert year.state.agreements == ()


def test_a_step_taken_back_sets_its_agreement_aside() -> None:
    year = signed().miss(D[4])
    year.excuse(D[0], D[1]).close(D[5])
    assert (year.now("level"), year.state.agreements[0].state) == ("prevention", "set_aside")


def issued(*items: DirectiveItem, born: date = date(2010, 3, 2)) -> Year:
    year = at_level_3()
    year.pupil = pupil(born)
    year.act(Directive(year.state.reports[0].id, at(D[30]), "chair", items))
    return year


def item(kind: Any = "counselling", due: date = D[40], target: float | None = None) -> DirectiveItem:
    return DirectiveItem(id=str(kind), kind=kind, due=due, target=target)


def test_nothing_is_due_before_it_was_directed() -> None:
    refused = issued(item(due=D[29])).events[-1]
    assert isinstance(refused, ActRefused)
    assert "before the directive" in refused.reason


@pytest.mark.parametrize(("years_and_a_day", "breached"), [(0, 1), (1, 0)])
def test_community_service_binds_from_twelve_years_on(years_and_a_day: int, breached: int) -> None:
    twelve = D[30].replace(year=D[30].year - 12) + timedelta(days=years_and_a_day)
    year = issued(item("csp_hours", target=10), born=twelve)
    year.close(D[41])
    set_aside = [event.because.rule for event in year.events if isinstance(event, DirectiveItemSetAside)]
    assert set_aside == ["directive.item_set_aside"] * (1 - breached)
    assert year.types.count("directive.item_breached") == breached
    assert "directive.completed" not in year.types


def test_an_item_is_breached_once_it_is_past_due() -> None:
    year = issued(item(), item("attendance", due=D[41]))
    year.close(D[40])
    assert year.wake_on == D[41]
    year.close(D[41])
    year.close(D[42])
    year.close(D[43])
    breached = [(event.item, event.breach) for event in year.events if isinstance(event, DirectiveItemBreached)]
    assert breached == [("counselling", "service"), ("attendance", "attendance")]
    assert (year.types.count("sarb.review_due"), year.now("proposed")) == (1, "none")


def test_hours_add_up_and_the_latest_word_counts() -> None:
    year = issued(item("csp_hours", target=20), item())
    for number, hours in enumerate((12, 8)):
        year.act(replace(progress(at(D[31 + number]), "csp_hours"), hours=hours))
    year.act(progress(at(D[33]), "counselling", "failed"))
    year.close(D[33])
    assert "directive.completed" not in year.types
    assert year.types.count("directive.item_breached") == 1
    year.act(progress(at(D[34]), "counselling", "done"))
    year.close(D[34])
    year.close(D[35])
    assert year.types.count("directive.completed") == 1


def test_progress_reports_at_30_60_and_90_school_days() -> None:
    year = at_level_3()
    year.close_through(D[22], D[150])
    due = [
        (event.as_of.date(), event.number, event.last)
        for event in year.events
        if isinstance(event, MonitoringReportDue)
    ]
    assert due == [(D[51], 1, False), (D[81], 2, False), (D[111], 3, True)]


def test_after_the_district_attorneys_no_the_sarb_watches_again() -> None:
    year = enforcement_proposed()
    year.act(person(at(D[53]), "approve_enforcement", basis="EC48293"))
    year.act(DaAnswer(UUID(int=99), at(D[60]), "da", "declined", "missing_service_proof"))
    assert year.state.monitoring is not None
    assert (year.now("level"), year.state.monitoring.since, year.state.monitoring.reported) == ("level_3", D[60], 0)


def test_an_occasion_under_the_directive_is_logged() -> None:
    year = issued(item(due=D[100])).miss(D[32])
    assert year.types.count("monitoring.occasion") == 1
    year.close(D[33])
    assert year.types.count("monitoring.occasion") == 1


def test_each_agreement_is_breached_and_set_aside_by_itself() -> None:
    year = signed()
    year.miss(*D[8:11])
    year.act(meeting(at(D[12]), "mediation", agreement="signed"))
    year.miss(D[18])
    assert [(each.kind, each.breached_on) for each in year.state.agreements] == [("sart", D[8]), ("mediation", D[18])]
    year.excuse(D[9], D[10]).close(D[19])
    assert year.now("level") == "level_1"
    assert [(each.kind, each.state) for each in year.state.agreements] == [
        ("sart", "breached"),
        ("mediation", "set_aside"),
    ]


def test_the_last_day_of_the_term_belongs_to_it() -> None:
    """Signed on a Thursday for four days: through Monday."""
    year = signed("4d")
    year.close(D[4])
    year.miss(D[5])
    [agreement] = year.state.agreements
    assert (agreement.until, agreement.state, agreement.breached_on) == (D[5], "breached", D[5])
    year.close(D[6])
    assert year.state.agreements[0].state == "expired"


def test_the_end_of_the_term_wakes_after_a_breach_too() -> None:
    year = signed("14d").miss(D[4])
    assert year.close(D[9]).wake_on == D[14]
    year.close(D[14])
    assert year.state.agreements[0].state == "expired"


def test_the_end_of_a_directive_says_so() -> None:
    year = issued(item())
    year.act(progress(at(D[31]), "counselling", "done"))
    decision = year.close(D[31])
    assert [event.because.rule for event in decision.events if isinstance(event, DirectiveCompleted)] == [
        "directive.completed"
    ]


def test_a_progress_report_lists_the_occasions_after_the_referral() -> None:
    """The referral was on the morning of day 21."""
    year = at_level_3().miss(D[21], D[25])
    year.close(D[51])
    [report] = [event for event in year.events if isinstance(event, MonitoringReportDue)]
    assert (report.because.days, report.because.values) == ((D[25],), {"school_days": 30, "occasions": 1})


def test_an_occasion_on_the_day_of_the_directive_is_not_under_it() -> None:
    year = issued(item(due=D[100])).miss(D[30], D[32])
    logged = [event for event in year.events if isinstance(event, MonitoringOccasion)]
    assert [(event.day, event.because.values["occasions_since_directive"]) for event in logged] == [(D[32], 1)]
