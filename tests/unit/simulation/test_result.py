"""From pupils to tables: counts, months, weeks, groups, rates and what is hidden in them."""

from collections import Counter

from deploy.simulation.result import Pair, result_of
from services.escalation.policies import policy_of
from services.escalation.simulation.outcome import Outcome, Span, outcome_of
from services.escalation.simulation.replay import Rules, replay
from services.escalation.simulation.tally import Tally, Who, count_pupil
from tests.unit.simulation.district import DAYS, district, pupil, said

SPAN = Span(DAYS[0], DAYS[-1])
LATER = policy_of("us-ca", {"reports": {"first_at_occasions": 4}, "letters": {"L1": 4}})


def sides(absences: int) -> tuple[Outcome, Outcome]:
    history = pupil(*(said(DAYS[n], n) for n in range(1, absences + 1)))
    before, after = (outcome_of(replay(district(), history, rules), SPAN) for rules in (Rules(), Rules(LATER)))
    return before, after


def tally(**pupils: tuple[int, Who]) -> Tally:
    """So many pupils with so many absences, by name: (absences, who)."""
    whole: Tally = Counter()
    for absences, who in pupils.values():
        whole.update(count_pupil(who, *sides(absences)))
    return whole


NORTH, SOUTH = Who("north", 8, ("foster",)), Who("south", 9, ())


def test_totals_flow_and_timing() -> None:
    result = result_of(tally(ana=(3, NORTH), ben=(4, NORTH), cyd=(0, SOUTH)), DAYS)
    sections = {section.title: {row.label: row[1:] for row in section.rows} for section in result.sections}
    assert result.pupils == 3
    assert sections["The highest level they reached"]["Level 1 (SART)"] == (2, 1)
    assert sections["Notices to families"]["First notice of truancy"] == (2, 1)
    assert sections["Meetings that became due"] == {"SART meetings": (2, 1)}
    assert result.flow["level_1"] == {
        "prevention": 1, "level_1": 1, "level_2": 0, "level_3": 0, "enforcement": 0,
    }  # fmt: skip
    assert result.moved == {"up": 0, "down": 1, "same": 2}
    assert (result.first_notice.later, result.first_notice.only_before, result.first_notice.same_day) == (1, 1, 0)
    assert (result.first_notice.median_before, result.first_notice.median_after) == (4, 5)
    assert result.months["truancy_notice_1"][0] == Pair("2025-08", 2, 1)
    [load] = result.meetings
    assert (load.busiest_before, load.busiest_after) == (2, 1)
    assert [each[1:] for each in result.busiest] == [(2, 1)]


def test_rates_of_groups_against_everybody_else() -> None:
    many = {f"n{n}": (3 if n < 20 else 0, NORTH) for n in range(40)}
    others = {f"s{n}": (3 if n < 15 else 0, SOUTH) for n in range(60)}
    groups = result_of(tally(**many, **others), DAYS).groups
    north, south = groups["school"]
    before, after = north.cells["first_notice"]
    assert (north.pupils, before.pupils, before.rate, before.ratio) == (40, 20, 50.0, 2.0)
    assert (after.pupils, after.rate, after.ratio) == (0, 0.0, None)
    assert south.cells["first_notice"][0].ratio == 0.5
    assert [row.name for row in groups["subgroup"]] == ["foster"]
    assert [row.name for row in groups["grade"]] == ["8", "9"]


def test_small_numbers_are_hidden_unless_shown_on_purpose() -> None:
    counted = tally(**{f"n{n}": (3 if n < 4 else 0, NORTH) for n in range(30)}, one=(0, SOUTH))
    north, south = result_of(counted, DAYS).groups["school"]
    assert north.cells["first_notice"][0] == (None, None, None)
    assert (north.pupils, south.pupils) == (30, None)
    assert result_of(counted, DAYS, suppress=False).groups["school"][0].cells["first_notice"][0].pupils == 4
