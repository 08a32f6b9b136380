"""Rules of other states, step by step: what waits for a person, what is taken back, and with which reason."""

from typing import Any

import pytest

from services.escalation.ladder import merge
from services.escalation.ladder.state import Dismissal
from services.escalation.policies import pack
from shared.contracts.envelope import EventData
from tests.unit.escalation.ladder.builders import DAYS, Year, at, person

D = DAYS
TEXAS, FLORIDA = pack("us-tx"), pack("us-fl")
LOOKED_AT = {"release": {"level_1": "person"}}


def year_of(*rules: dict[str, Any], **overrides: Any) -> Year:
    return Year(policy=merge(TEXAS, {"rules": list(rules), **overrides}))


def events(year: Year, sort: str) -> list[EventData]:
    return [event for event in year.events if event.type == sort]


def reasons(year: Year, sort: str) -> list[tuple[str, tuple[Any, ...]]]:
    return [(event.because.rule, event.because.days) for event in events(year, sort)]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("do", "waits"),
    [
        (["parent_warning"], True),
        (["request_conference"], True),
        (["parent_warning", "request_conference"], True),
        (["principal_report"], False),
        (["habitual_truant"], False),
    ],
)
def test_what_touches_the_family_waits_for_its_release(do: list[str], waits: bool) -> None:
    year = year_of({"id": "own", "n": 3, "do": do}, **LOOKED_AT).miss(*D[:3])
    assert year.now("waiting") == (["level_1"] if waits else [])
    assert bool(events(year, "rule.met")) is not waits
    assert year.now("sent") == []


def test_the_referral_does_not_wait_for_the_warning() -> None:
    year = Year(policy=merge(TEXAS, LOOKED_AT)).miss(*D[:10])
    assert (year.now("waiting"), year.now("sent"), year.now("proposed")) == (["level_1"], [], "enforcement")
    assert [met.rule for met in year.state.rules_met] == ["referral"]


def test_a_dismissed_step_does_not_hold_back_the_referral() -> None:
    year = Year(policy=merge(TEXAS, LOOKED_AT)).miss(*D[:3])
    year.act(person(at(D[3]), "dismiss", step="level_1"))
    assert year.state.dismissals == (Dismissal("level_1", D[3]),)
    year.close(D[3])
    assert (year.now("waiting"), year.now("sent")) == ([], [])


def test_a_second_sort_of_meeting_is_asked_for_at_level_1() -> None:
    first, second = {"n": 3, "do": ["request_conference"]}, {"n": 5, "do": ["child_study_team"]}
    year = year_of({"id": "a", **first}, {"id": "b", **second}).miss(*D[:5])
    assert year.now("meetings_required") == ["conference", "child_study_team"]
    assert reasons(year, "meeting.required") == [("rule.a", D[:3]), ("rule.b", D[:5])]
    assert reasons(year, "level.entered") == [("rule.a", D[:3])]


def test_a_rule_with_a_meeting_is_met_again_only_after_improvement() -> None:
    year = Year(policy=TEXAS).miss(*D[:3])
    year.miss(*D[3:6])
    assert len(events(year, "rule.met")) == 1
    year.close_through(D[6], D[60])
    assert year.now("level") == "prevention"
    year.miss(D[61])
    assert len(events(year, "rule.met")) == 1, "one occasion since is no window of three"
    year.miss(D[62], D[63])
    assert reasons(year, "rule.met")[1:] == [("rule.warning", D[61:64])]
    assert year.now("level") == "level_1"


def test_each_warning_is_put_right_by_itself() -> None:
    warnings = [{"id": "a", "n": 2, "do": ["parent_warning"]}, {"id": "b", "n": 4, "do": ["parent_warning"]}]
    year = year_of(*warnings).miss(*D[:4])
    assert year.now("sent") == ["parent_warning", "parent_warning"]
    year.excuse(D[3]).close(D[4])
    assert year.now("sent") == ["parent_warning", "parent_warning:corrected", "correction"]
    assert [(met.rule, met.days) for met in year.state.rules_met] == [("a", D[:3])]
    year.excuse(D[0]).close(D[5])
    assert year.now("sent")[0] == "parent_warning:basis_changed"
    assert year.now("sent").count("correction") == 2
    year.excuse(D[1]).close(D[6])
    assert year.now("sent")[0] == "parent_warning:corrected", "what was put right once can fall later"
    assert year.now("sent").count("correction") == 3


def test_a_question_about_an_absence_falls_away_with_it() -> None:
    year = Year(policy=FLORIDA)
    year.absent(*D[:2]).close(D[1])
    year.miss(D[2])
    assert year.now("sent") == ["absence_notice", "absence_notice"]
    year.excuse(D[0]).close(D[3])
    assert year.now("sent") == ["absence_notice:basis_changed", "absence_notice"]
    changed = events(year, "notice.withdrawn")[-1]
    assert (changed.state, changed.days) == ("basis_changed", (D[1],))  # type: ignore[attr-defined]
    assert changed.because.values == {"days_listed": 2}  # type: ignore[attr-defined]
    year.excuse(D[1], D[2]).close(D[4])
    assert year.now("sent") == ["absence_notice:withdrawn", "absence_notice:withdrawn"]


def test_a_report_to_the_principal_stands_as_long_as_its_rule() -> None:
    year = Year(policy=FLORIDA).miss(*D[:6])
    assert [report.days for report in year.state.reports] == [D[:5]]
    year.excuse(D[0]).close(D[6])
    assert (year.now("reports"), events(year, "truancy.report.voided")) == (1, [])
    year.excuse(D[1]).close(D[7])
    assert year.now("reports") == 0
    [voided] = events(year, "truancy.report.voided")
    assert voided.because.values == {"days_still_listed": 3}  # type: ignore[attr-defined]
    year.excuse(D[2]).close(D[8])
    assert len(events(year, "truancy.report.voided")) == 1


def test_a_habitual_truant_is_one_no_longer_without_the_rule() -> None:
    year = year_of({"id": "h", "n": 4, "do": ["habitual_truant"]}).miss(*D[:5])
    assert year.now("habitual")
    year.excuse(D[0]).close(D[5])
    assert year.now("habitual"), "four are left"
    year.excuse(D[1]).close(D[6])
    assert not year.now("habitual")
    assert reasons(year, "status.habitual.cleared") == [("habitual", D[2:5])]
