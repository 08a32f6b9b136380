"""From one school year to the next."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from services.escalation.ladder import Close, carry_again, decide, initial_state, merge, next_year_state, record_act
from services.escalation.ladder.facts import SchoolCalendar
from services.escalation.ladder.school_days import school_year_of, year_began
from services.escalation.ladder.state import (
    Agreement,
    DirectiveState,
    Dismissal,
    Entry,
    state_from_json,
    state_to_json,
)
from services.escalation.policies import pack
from shared.contracts.case_life import CaseCarriedOver, ProposalWithdrawn, StepDropped
from tests.unit.escalation.ladder.builders import (
    CALENDAR,
    DAYS,
    POLICY,
    Year,
    at,
    at_level_1,
    at_level_3,
    contact,
    directive,
    level_3_proposed,
    meeting,
    person,
    school_days,
)

NEXT_DAYS = school_days(date(2026, 8, 17), 180)
NEXT = SchoolCalendar("north", "2026-2027", "America/Los_Angeles", NEXT_DAYS)
N = NEXT_DAYS


def in_next_year(year: Year) -> Year:
    year.calendar = NEXT
    return year


def test_levels_1_and_2_begin_anew() -> None:
    after = next_year_state(at_level_1().state, "2026-2027")
    assert (after.level, after.occasions, after.reports, after.entries) == ("prevention", (), (), ())
    assert [notice.kind for notice in after.notices] == ["truancy_notice_1"]
    assert not after.counts("truancy_notice_1")
    assert state_from_json(state_to_json(after)) == after


def test_the_sarb_goes_on() -> None:
    year = at_level_3()
    year.miss(DAYS[25])
    after = next_year_state(year.state, "2026-2027")
    assert (after.level, after.referral, after.carried_days) == ("level_3", year.state.referral, (DAYS[25],))
    assert [notice.kind for notice in after.notices_that_count] == ["sarb_notice"]
    assert not after.habitual


def test_occasions_of_both_years_are_a_breach() -> None:
    year = at_level_3()
    year.act(directive(at(DAYS[30]), "counselling"))
    year.miss(DAYS[178], DAYS[179])
    assert year.now("proposed") == "none"
    in_next_year(year).miss(N[0])
    assert (year.now("occasions"), year.now("proposed")) == (1, "enforcement")
    assert "case.carried_over" in year.types


def test_a_directive_outlives_two_years() -> None:
    state = next_year_state(next_year_state(at_level_3().miss(DAYS[25]).state, "2026-2027"), "2027-2028")
    assert state.carried_days == (DAYS[25],)


def test_what_people_did_in_the_old_year_does_not_count_in_the_new_one() -> None:
    year = at_level_1()
    year.act(meeting(at(DAYS[3])))
    year.act(contact(at(DAYS[4])))
    in_next_year(year).miss(*N[:5])
    assert (year.now("level"), year.now("disposition")["level_1"], year.now("habitual")) == ("level_1", "open", False)
    year.miss(*N[8:10])
    assert year.now("level") == "level_1"


def test_an_act_of_the_new_year_before_its_first_close() -> None:
    year = in_next_year(at_level_3())
    year.act(meeting(at(N[0]), "sarb"))
    assert (year.state.school_year, year.state.level) == ("2026-2027", "level_3")
    assert "case.carried_over" in year.types


def test_waiting_and_proposed_steps_end_with_the_year() -> None:
    year = at_level_1()
    held = {"level_1": "kill_switch"}
    fresh = Year().miss(*DAYS[:2]).absent(DAYS[2])
    marks = list(fresh.marks.values())
    waiting = decide(
        fresh.pupil, CALENDAR, marks, (), fresh.state, fresh.policy, Close("north", DAYS[2], at(DAYS[2], 18)), held
    )
    decision = decide(fresh.pupil, NEXT, marks, (), waiting.state, fresh.policy, Close("north", N[0], at(N[0], 18)))
    assert [event.type for event in decision.events] == ["step.dropped"]
    assert year.state.waiting == ()


def test_a_closed_year_is_only_put_right() -> None:
    year = at_level_1()
    year.absent(DAYS[40])
    close = Close("north", N[5], at(N[5], 18))
    marks = list(year.marks.values())
    acts = [contact(at(N[1]))]
    added = decide(year.pupil, CALENDAR, marks, acts, year.state, year.policy, close)
    assert [event.type for event in added.events] == ["truancy.occasion.counted"]
    assert (len(added.state.occasions), len(added.state.reports), added.wake_on) == (4, 1, None)
    year.excuse(DAYS[1], DAYS[40])
    taken = decide(year.pupil, CALENDAR, list(year.marks.values()), acts, added.state, year.policy, close)
    assert [event.type for event in taken.events] == [
        "truancy.occasion.uncounted",
        "truancy.occasion.uncounted",
        "truancy.report.voided",
        "notice.withdrawn",
        "notice.required",
        "level.rescinded",
    ]
    assert all(event.as_of == at(N[5], 18) for event in taken.events)
    again = decide(year.pupil, CALENDAR, list(year.marks.values()), acts, taken.state, year.policy, close)
    assert (again.events, again.state) == ((), taken.state)


def test_the_rules_of_another_state_are_put_right_in_a_closed_year_too() -> None:
    year = Year(policy=pack("us-tx")).miss(*DAYS[:3])
    year.excuse(DAYS[0])
    close = Close("north", N[5], at(N[5], 18))
    taken = decide(year.pupil, CALENDAR, list(year.marks.values()), [], year.state, year.policy, close)
    assert [event.type for event in taken.events if event.type.startswith("rule")] == ["rule.no_longer_met"]
    assert (taken.state.rules_met, taken.state.level) == ((), "prevention")


def test_what_people_did_after_the_year_says_nothing_about_it() -> None:
    year = at_level_1().miss(*DAYS[3:6])
    assert (year.now("reports"), year.now("habitual")) == (4, False)
    year.absent(DAYS[40])
    close = Close("north", N[5], at(N[5], 18))
    marks = list(year.marks.values())
    for when, habitual in ((at(date(2026, 7, 1)), False), (at(date(2026, 6, 30)), True)):
        put_right = decide(year.pupil, CALENDAR, marks, [contact(when)], year.state, year.policy, close)
        assert put_right.state.habitual is habitual


def test_a_correction_of_the_closed_year_reaches_the_carried_case() -> None:
    year = at_level_3()
    year.miss(DAYS[25])
    before = year.state
    after = decide(
        year.pupil, NEXT, list(year.marks.values()), (), before, year.policy, Close("north", N[0], at(N[0], 18))
    ).state
    year.excuse(DAYS[25])
    corrected = decide(
        year.pupil, CALENDAR, list(year.marks.values()), (), before, year.policy, Close("north", N[1], at(N[1], 18))
    )
    assert "review.required" in [event.type for event in corrected.events]
    carried = carry_again(corrected.state, after)
    assert (carried.carried_days, carried.review) == ((), True)
    assert carry_again(corrected.state, carried) == carried


def test_a_released_review_stays_released_when_the_old_year_says_nothing_new() -> None:
    year = at_level_3()
    year.excuse(DAYS[0]).close(DAYS[30])
    assert year.now("review") is True
    after = next_year_state(year.state, "2026-2027")
    released = record_act(year.pupil, NEXT, (), after, year.policy, person(at(N[0]), "release")).state
    assert released.review is False
    assert carry_again(year.state, released) == released


def test_a_state_of_a_later_year_is_no_state_of_this_one() -> None:
    after = next_year_state(at_level_3().state, "2026-2027")
    with pytest.raises(ValueError, match="2026-2027"):
        decide(Year().pupil, CALENDAR, (), (), after, Year().policy, Close("north", DAYS[0], at(DAYS[0], 18)))


@pytest.mark.parametrize(
    ("day", "year"),
    [(date(2026, 6, 30), "2025-2026"), (date(2026, 7, 1), "2026-2027"), (date(2026, 12, 31), "2026-2027")],
)
def test_the_school_year_of_a_day(day: date, year: str) -> None:
    assert school_year_of(day, "07-01") == year


def test_a_year_begins_with_its_first_school_day_if_that_is_earlier() -> None:
    early = SchoolCalendar("north", "2026-2027", "America/Los_Angeles", (date(2026, 6, 25),))
    assert (year_began(early, "07-01"), year_began(NEXT, "07-01")) == (date(2026, 6, 25), date(2026, 7, 1))


def test_all_that_goes_on_and_nothing_else() -> None:
    """Every field of a case of the SARB, by name: what is not named here begins anew."""
    year = at_level_3()
    year.act(directive(at(DAYS[30]), "attendance"))
    year.miss(*DAYS[40:42])
    open_one = Agreement(UUID(int=1), "sart", DAYS[5], DAYS[-1])
    breached = replace(open_one, state="breached", breached_on=DAYS[9])
    over = [replace(open_one, state=state) for state in ("completed", "expired", "set_aside")]
    dismissals = (Dismissal("enforcement", DAYS[41], "a reason"), Dismissal("level_3", DAYS[18]))
    entries = (*year.state.entries, Entry("enforcement", at(DAYS[60]), DAYS[60]))
    before = replace(
        year.state,
        level="enforcement", entries=entries, proposed="enforcement", on_hold=True, dismissals=dismissals, review=True,
        enforcement_basis="EC48293", agreements=(open_one, *over, breached), directive=DirectiveState(UUID(int=2), ("item",)),
        adult=True, closed="moved", agency="charter:east", carried_days=(date(2025, 5, 5),), chronic_absent=True,
        elsewhere=(replace(at_level_1().state, agency="charter:west"),), meetings_required=("sart",), days_absent=11,
    )  # fmt: skip
    after = next_year_state(before, "2026-2027")
    assert after == replace(
        initial_state("2026-2027"),
        notices=tuple(replace(notice, past=notice.kind != "sarb_notice") for notice in before.notices),
        review=True, agreements=(open_one, breached), adult=True, closed="moved", agency="charter:east",
        elsewhere=tuple(next_year_state(record, "2026-2027") for record in before.elsewhere),
        level="enforcement", entries=tuple(entry for entry in entries if entry.level in ("level_3", "enforcement")),
        proposed="enforcement", on_hold=True, dismissals=dismissals[:1], referral=before.referral,
        enforcement_basis="EC48293", directive=before.directive, carried_days=(*DAYS[40:42],),
    )  # fmt: skip
    assert len(after.entries) == 2
    assert after.elsewhere[0].occasions == ()


def test_below_level_3_proposals_and_dismissals_end_with_the_year() -> None:
    year = at_level_1()
    before = replace(year.state, on_hold=True, dismissals=(Dismissal("enforcement", DAYS[4]),), review=True)
    after = next_year_state(before, "2026-2027")
    assert (after.on_hold, after.dismissals, after.review, after.level) == (False, (), True, "prevention")


def waiting_for_a_person() -> Year:
    return Year(policy=merge(POLICY, {"release": {"level_1": "person"}})).miss(*DAYS[:3])


@pytest.mark.parametrize(
    ("situation", "sort", "step", "rule"),
    [
        (waiting_for_a_person, StepDropped, "level_1", "step.school_year_ended"),
        (level_3_proposed, ProposalWithdrawn, "level_3", "proposal.school_year_ended"),
    ],
)
def test_what_waits_or_is_proposed_when_the_year_ends_falls_away_for_that_reason(
    situation: Callable[[], Year], sort: type[StepDropped | ProposalWithdrawn], step: str, rule: str
) -> None:
    year = situation()
    days = year.state.days
    [event] = [event for event in in_next_year(year).close(N[0]).events if isinstance(event, sort)]
    assert (event.step, event.because.rule, event.because.days) == (step, rule, days)


def test_an_agreement_that_outlives_the_year_is_carried_over_without_a_level() -> None:
    year = at_level_1()
    year.policy = merge(POLICY, {"agreement_validity": "365d"})
    year.act(meeting(at(DAYS[3]), agreement="signed"))
    decision = in_next_year(year).close(N[0])
    [event] = [event for event in decision.events if isinstance(event, CaseCarriedOver)]
    assert (event.level, event.because.values["agreements"]) == ("prevention", 1)


def test_an_occasion_on_the_day_of_the_referral_is_not_since_it() -> None:
    year = at_level_3().miss(DAYS[21], DAYS[22])
    assert next_year_state(year.state, "2026-2027").carried_days == (DAYS[22],)


def test_a_correction_of_the_closed_year_carries_nothing_to_a_case_that_a_person_took_back() -> None:
    year = at_level_3().miss(DAYS[25])
    taken_back = replace(next_year_state(year.state, "2026-2027"), level="prevention", carried_days=())
    carried = carry_again(year.state, taken_back)
    assert (carried.carried_days, carried.review) == ((), False)
