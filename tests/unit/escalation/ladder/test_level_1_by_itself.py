"""A district in which three occasions in one month, and not the report, lead to the SART meeting."""

from services.escalation.policies import pack
from shared.contracts.ladder import LevelEntered
from tests.unit.escalation.ladder.builders import DAYS, Year

D = DAYS
"""D[0] is 18 August, D[10] 1 September, D[32] 1 October 2025."""


def year() -> Year:
    return Year(policy=pack("us-ca-month"))


def entries(of: Year) -> list[LevelEntered]:
    return [event for event in of.events if isinstance(event, LevelEntered)]


def test_three_in_a_month_lead_to_the_meeting_and_say_so() -> None:
    [entered] = entries(year().miss(D[8], D[10], D[12], D[14]))
    assert (entered.because.rule, entered.because.days) == ("level_1.entered", (D[10], D[12], D[14]))
    assert entered.because.values["level_1_at"] == "3 in calendar_month"


def test_three_in_two_months_are_a_report_and_a_notice_only() -> None:
    spread = year().miss(D[8], D[10], D[32])
    assert (spread.now("reports"), spread.now("notices"), spread.now("level")) == (
        1,
        ["truancy_notice_1"],
        "prevention",
    )
    assert spread.now("meetings_required") == []


def test_after_improvement_it_takes_an_occasion_since_in_such_a_month() -> None:
    improved = year().miss(*D[10:13]).close_through(D[13], D[50])
    assert (improved.now("level"), improved.now("sent")) == ("prevention", ["truancy_notice_1", "recognition"])
    improved.miss(D[51])
    assert improved.now("level") == "prevention", "the old month alone leads nowhere again"
    improved.miss(D[52], D[53])
    assert improved.now("level") == "level_1"
    assert [event.because.days for event in entries(improved)] == [D[10:13], D[51:54]]


def test_a_correction_leaves_the_level_as_long_as_a_month_supports_it() -> None:
    four = year().miss(*D[10:14])
    four.excuse(D[10]).close(D[14])
    assert (four.now("level"), four.now("occasions")) == ("level_1", 3)
    assert "level.rescinded" not in four.types
    four.excuse(D[11]).close(D[15])
    assert (four.now("level"), four.now("reports")) == ("prevention", 0)


def test_after_improvement_an_old_month_that_went_on_after_the_notice_leads_nowhere_again() -> None:
    improved = year().miss(*D[10:14]).close_through(D[14], D[60])
    assert (improved.now("level"), len(entries(improved))) == ("prevention", 1)
