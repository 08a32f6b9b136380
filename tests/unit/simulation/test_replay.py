"""A history judged again: with what was known at each close, by another policy, with what people are supposed to have done."""

from services.escalation.policies import policy_of
from services.escalation.simulation.assumed import Assumptions
from services.escalation.simulation.outcome import Span, outcome_of
from services.escalation.simulation.replay import Replayed, Rules, replay
from tests.unit.simulation.district import DAYS, call, district, pupil, said

YEAR = "2025-2026"
SIX = [said(DAYS[n], n) for n in (1, 2, 3, 14, 15, 16)]


def types(replayed: Replayed) -> list[str]:
    return [it.event.type for it in replayed.happened]


def test_a_correction_counts_from_the_close_at_which_it_was_known() -> None:
    corrected = said(DAYS[2], 9, "excused", known=DAYS[8])
    replayed = replay(district(), pupil(*SIX[:3], corrected), Rules())
    days = {it.event.type: it.day for it in replayed.happened}
    assert days["truancy.report.issued"] == DAYS[3]
    assert days["level.entered"] == DAYS[3]
    assert days["truancy.report.voided"] == days["level.rescinded"] == DAYS[8]


def test_only_closes_at_which_something_is_due_are_decided() -> None:
    replayed = replay(district(), pupil(*SIX[:3]), Rules())
    assert replayed.closes == len(DAYS)
    assert replayed.decided < 12


def test_another_policy_decides_otherwise() -> None:
    later = policy_of("us-ca", {"reports": {"first_at_occasions": 6}, "letters": {"L1": 6}})
    history = pupil(*SIX)
    assert replay(district(), history, Rules()).happened[3].day == DAYS[3]
    replayed = replay(district(), history, Rules(later))
    assert [it.day for it in replayed.happened if it.event.type == "truancy.report.issued"] == [DAYS[16]]


def test_no_meeting_is_invented_unless_that_is_asked_for() -> None:
    history = pupil(*SIX, acts=[call(DAYS[5])])
    alone = replay(district(), history, Rules())
    assert "meeting.held" not in types(alone)
    assert outcome_of(alone, Span(DAYS[0], DAYS[-1])).highest == "level_1"
    supposed = replay(district(), history, Rules(assumptions=Assumptions(meetings_after=5)))
    assert types(supposed).count("meeting.held") == 2
    assert outcome_of(supposed, Span(DAYS[0], DAYS[-1])).highest == "level_2"


def test_a_waiting_step_is_released_where_that_is_supposed() -> None:
    person = policy_of("us-ca", {"release": {"level_1": "person"}})
    waiting = replay(district(), pupil(*SIX[:3]), Rules(person))
    assert waiting.states[YEAR].level == "prevention"
    assert outcome_of(waiting, Span(DAYS[0], DAYS[-1])).had("waiting", "level_1")
    released = replay(district(DAYS[:20]), pupil(*SIX[:3]), Rules(person, Assumptions(releases_after=3)))
    entered = [it.day for it in released.happened if it.event.type == "level.entered"]
    assert entered == [DAYS[6]]
    assert released.states[YEAR].level == "level_1"


def test_nothing_after_the_last_day_is_judged() -> None:
    replayed = replay(district(), pupil(*SIX), Rules(), until=DAYS[2])
    assert replayed.closes == 3
    assert "truancy.report.issued" not in types(replayed)


def test_what_happened_outside_the_span_is_not_counted() -> None:
    replayed = replay(district(), pupil(*SIX, acts=[call(DAYS[5])]), Rules())
    outcome = outcome_of(replayed, Span(DAYS[10], DAYS[-1]))
    assert outcome.first_notice is None
    assert outcome.highest == "level_1"
    assert outcome_of(replayed, Span(DAYS[0], DAYS[-1])).first_notice == DAYS[3]
