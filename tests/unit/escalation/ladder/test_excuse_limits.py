"""Caps on excuses, and illness without a note after many absences."""

from datetime import date
from typing import Any

import pytest

from services.escalation.ladder import merge
from tests.unit.escalation.ladder.builders import DAYS, POLICY, Year, mark

D = DAYS


def excused(year: Year, reason: Any, *days: date, **fields: Any) -> Year:
    return year.absent(*days, excuse="excused", reason=reason, **fields)


def occasion_days(year: Year) -> tuple[date, ...]:
    return year.state.days


def test_grief_reaches_five_days_of_an_unbroken_run() -> None:
    year = excused(Year(), "GRV", *D[3:9])
    year.close(D[10])
    assert occasion_days(year) == (D[8],)
    assert year.now("days_absent") == 6


def test_a_day_at_school_begins_a_new_incident() -> None:
    year = excused(Year(), "GRV", *D[0:5], *D[6:11])
    year.close(D[12])
    assert occasion_days(year) == ()


def test_an_administrator_may_excuse_the_sixth_day() -> None:
    year = excused(excused(Year(), "GRV", *D[3:8]), "ADM", D[8])
    year.close(D[10])
    assert occasion_days(year) == ()


def test_a_suspension_is_no_excuse_to_count() -> None:
    year = excused(Year(), "GRV", *D[0:5])
    year.say(mark(D[5], "absent", "excused", reason="GRV", suspension="oss")).close(D[7])
    assert occasion_days(year) == ()


@pytest.mark.parametrize(
    ("per", "beyond"),
    [
        ("incident", ()),
        ("school_year", (D[20], D[21], D[100])),
        ("calendar_month", (D[21],)),
        ("semester", (D[20], D[21])),
    ],
)
def test_what_an_allowance_is_for(per: str, beyond: tuple[date, ...]) -> None:
    """D[10] is 1 September; the second semester begins with D[90]."""
    year = Year(policy=merge(POLICY, {"excuse_caps": {"CIV": {"days": 2, "per": per}}}))
    excused(year, "CIV", D[1], D[12], D[20], D[21], D[100]).close(D[120])
    assert set(occasion_days(year)) == set(beyond)


def test_without_a_cap_an_excuse_reaches_as_far_as_it_is_given() -> None:
    year = excused(Year(policy=merge(POLICY, {"excuse_caps": {}})), "GRV", *D[0:8])
    year.close(D[10])
    assert occasion_days(year) == ()


TENTH = merge(POLICY, {"excused_excessive": {"enabled": True, "trigger_pct_enrolled_gt": 10}})
FOURTEEN = merge(POLICY, {"excused_excessive": {"enabled": True}})


def test_after_more_than_a_tenth_of_the_days_an_illness_needs_a_note() -> None:
    """Two of twenty days are not more than a tenth; three of twenty-one are."""
    year = excused(Year(policy=TENTH), "ILL", D[18], D[19], D[20], D[21])
    year.close(D[22])
    assert occasion_days(year) == (D[21],)


def test_a_note_gives_the_day_another_reason_and_other_reasons_need_none() -> None:
    year = excused(Year(policy=TENTH), "ILL", D[18], D[19], D[20])
    excused(excused(year, "MED", D[21]), "CHD", D[22]).close(D[23])
    assert occasion_days(year) == ()


def test_the_first_ten_days_need_no_note() -> None:
    year = excused(Year(policy=TENTH), "ILL", *D[5:11])
    year.close(D[12])
    assert occasion_days(year) == (D[10],)


def test_the_rule_looks_at_earlier_days_only_so_time_changes_nothing() -> None:
    year = excused(Year(policy=TENTH), "ILL", D[18], D[19], D[20], D[21])
    year.close(D[22])
    year.close_through(D[23], D[120])
    assert occasion_days(year) == (D[21],)


def test_after_fourteen_excused_absences_a_note_is_needed() -> None:
    year = excused(Year(policy=FOURTEEN), "ILL", *D[:15])
    year.absent(D[20]).close(D[20])
    assert occasion_days(year) == (D[14], D[20])


def test_unexcused_days_do_not_count_towards_the_fourteen() -> None:
    year = excused(Year(policy=FOURTEEN), "ILL", *D[1:15])
    year.absent(D[0]).close(D[15])
    assert occasion_days(year) == (D[0],)


@pytest.mark.parametrize(
    ("per", "days", "beyond"),
    [
        ("calendar_month", (D[9], D[10], D[11], D[31], D[32]), (D[31],)),
        ("calendar_month", (D[96], D[97], D[98], D[99], D[100]), (D[100],)),
        ("semester", (D[58], D[62], D[89], D[90], D[91]), (D[89],)),
        ("school_year", (D[0], D[1], D[179]), (D[179],)),
    ],
)
def test_days_share_an_allowance_within_its_span_only(
    per: str, days: tuple[date, ...], beyond: tuple[date, ...]
) -> None:
    """Months of the calendar, also across the new year; halves of the school days."""
    year = Year(policy=merge(POLICY, {"excuse_caps": {"CIV": {"days": 2, "per": per}}}))
    excused(year, "CIV", *days).close(D[179])
    assert occasion_days(year) == beyond


def test_days_of_another_reason_or_without_school_use_up_nothing() -> None:
    year = excused(Year(), "GRV", *D[3:6], *D[7:9])
    year.say(mark(D[6], "absent", "excused", reason="ILL"))
    year.say(mark(date(2025, 8, 23), "absent", "excused", reason="GRV")).close(D[10])
    assert occasion_days(year) == ()
    year = excused(Year(), "GRV", *D[3:8])
    year.say(mark(D[8], "absent", "unexcused", reason="GRV")).close(D[10])
    assert occasion_days(year) == (D[8],)
