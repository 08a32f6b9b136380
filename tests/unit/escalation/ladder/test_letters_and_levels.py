"""Levels 1 and 2: letters in their sequence, spacing, corrections, improvement."""

from collections.abc import Callable
from datetime import date

import pytest

from services.escalation.ladder import merge
from services.escalation.ladder.moment import Moment
from services.escalation.ladder.notices import spacing
from shared.contracts.ladder import LevelEntered, MeetingCancelOffered, NoticeRequired
from tests.unit.escalation.ladder.builders import (
    CALENDAR,
    DAYS,
    POLICY,
    Year,
    at,
    at_level_1,
    at_level_2,
    contact,
    meeting,
    person,
    pupil,
)

D = DAYS


def test_the_first_report_brings_notice_level_and_meeting() -> None:
    year = Year().miss(*D[:2])
    decision = year.absent(D[2]).close(D[2])
    assert [event.type for event in decision.events] == [
        "truancy.occasion.counted",
        "truancy.report.issued",
        "notice.required",
        "level.entered",
        "meeting.required",
    ]
    notice = next(event for event in decision.events if isinstance(event, NoticeRequired))
    assert (notice.days, notice.as_of, notice.report) == (D[:3], at(D[2], 18), year.state.reports[0].id)
    assert notice.because.marks == tuple(year.marks[day, None].id for day in D[:3])
    assert notice.because.policy_version == POLICY.version


def test_level_2_with_all_its_conditions() -> None:
    year = at_level_2()
    assert (year.now("level"), year.now("notices")) == ("level_2", ["truancy_notice_1", "truancy_notice_2"])
    assert year.now("meetings_required") == ["sart", "mediation"]
    entered = [event for event in year.events if isinstance(event, LevelEntered)][-1]
    assert entered.because.values["school_days_since_last_notice"] == 8


def test_level_2_waits_for_the_disposition() -> None:
    year = at_level_1()
    year.act(contact(at(D[3])))
    year.miss(*D[8:11])
    assert year.now("level") == "level_1"
    year.act(person(at(D[11]), "waive_disposition", reason="moved away for a month"))
    assert year.now("disposition")["level_1"] == "waived"
    year.close(D[11])
    assert year.now("level") == "level_2"


def test_level_2_waits_for_an_intervention_after_the_last_notice() -> None:
    year = Year().miss(*D[:2])
    year.act(meeting(at(D[2], 10)))
    year.miss(*D[2:3], *D[8:11])
    assert (year.now("disposition")["level_1"], year.now("level")) == ("held", "level_1")
    year.act(contact(at(D[11]), "email", "bounced"))
    year.close(D[11])
    assert year.now("level") == "level_1"
    year.act(contact(at(D[12]), outcome="no_answer"))
    year.close(D[12])
    assert year.now("level") == "level_2"


def test_level_2_waits_for_five_school_days() -> None:
    year = at_level_1()
    year.act(meeting(at(D[3])))
    year.miss(*D[3:6])
    assert (year.now("occasions"), year.now("level"), year.wake_on) == (6, "level_1", D[7])
    year.close(D[6])
    assert year.now("level") == "level_1"
    year.close(D[7])
    assert year.now("level") == "level_2"


def test_level_2_waits_for_an_occasion_after_the_last_notice() -> None:
    year = Year().absent(*D[:9])
    year.close(D[10])
    year.act(meeting(at(D[11])))
    year.close_through(D[11], D[20])
    assert year.now("level") == "level_1"
    year.miss(D[21])
    assert year.now("level") == "level_2"


def test_the_policy_moves_the_spacing() -> None:
    year = Year(policy=merge(POLICY, {"letters": {"min_school_days_between": 0, "need_intervention_between": False}}))
    year.miss(*D[:3])
    year.act(person(at(D[2], 20), "waive_disposition"))
    year.miss(*D[3:6])
    assert year.now("level") == "level_2"


def test_a_policy_may_ask_for_no_disposition_before_level_2() -> None:
    year = Year(policy=merge(POLICY, {"levels": {"L2": {"after": []}}}))
    year.miss(*D[:3])
    year.act(contact(at(D[3])))
    year.miss(*D[3:8])
    assert (year.now("level"), year.now("disposition")["level_1"]) == ("level_2", "open")


def test_a_correction_takes_level_2_back() -> None:
    year = at_level_2()
    year.act(meeting(at(D[11]), "mediation", "scheduled", date=D[20]))
    year.excuse(D[9]).close(D[12])
    assert (year.now("level"), year.now("notices")) == ("level_1", ["truancy_notice_1"])
    assert [type_ for type_ in year.types if type_ in ("level.rescinded", "meeting.cancel_offered")] == [
        "level.rescinded",
        "meeting.cancel_offered",
    ]
    assert year.now("sent")[-3:] == ["truancy_notice_2:corrected", "meeting_invitation", "correction"]
    year.miss(D[13])
    assert year.now("notices") == ["truancy_notice_1", "truancy_notice_2"]


def test_a_correction_takes_level_1_back_and_the_next_is_initial() -> None:
    year = at_level_1()
    year.act(meeting(at(D[3]), status="held"))
    year.excuse(D[1]).close(D[4])
    assert (year.now("level"), year.now("reports"), year.now("notices")) == ("prevention", 0, [])
    assert "meeting.cancel_offered" not in year.types
    year.miss(D[5])
    assert (year.now("level"), year.now("report_days")) == ("level_1", [[D[0], D[2], D[5]]])
    assert year.now("sent") == ["truancy_notice_1:corrected", "correction", "truancy_notice_1"]
    assert year.now("disposition")["level_1"] == "open"


def test_everything_replaced_in_one_correction_is_initial_again_at_once() -> None:
    year = at_level_1().excuse(*D[:3]).absent(*D[3:6])
    year.close(D[6])
    assert (year.now("level"), year.now("report_dates")) == ("level_1", [D[6]])
    assert year.types.count("level.rescinded") == 1


def test_thirty_school_days_without_an_occasion_step_down() -> None:
    year = at_level_2().close_through(D[11], D[39])
    assert (year.now("level"), year.wake_on) == ("level_2", D[40])
    year.close(D[40])
    assert (year.now("level"), year.now("sent")[-1]) == ("level_1", "recognition")
    assert year.types[-3:] == ["level.stepped_down", "recognition.due", "notice.required"]
    year.close_through(D[41], D[69])
    assert year.now("level") == "level_1"
    year.close(D[70])
    assert year.now("level") == "prevention"
    assert year.types.count("recognition.due") == 2
    year.close_through(D[71], D[110])
    assert year.types.count("recognition.due") == 2


def stepped_down_twice() -> Year:
    return at_level_2().close_through(D[11], D[70])


def test_a_later_report_enters_level_2_again_without_repeating_the_notice() -> None:
    year = stepped_down_twice()
    year.act(contact(at(D[71])))
    year.miss(D[72])
    assert (year.now("level"), year.now("notices")) == ("level_2", ["truancy_notice_1", "truancy_notice_2"])
    assert year.types.count("meeting.required") == 3
    assert year.now("disposition") == {"level_1": "held", "level_2": "open"}


def test_a_later_report_enters_level_1_again_where_the_spacing_is_not_met() -> None:
    year = stepped_down_twice().miss(D[72])
    assert (year.now("level"), year.now("notices")) == ("level_1", ["truancy_notice_1", "truancy_notice_2"])
    assert year.now("meetings_required") == ["sart", "mediation"]
    assert year.types.count("meeting.required") == 3
    assert year.now("disposition")["level_1"] == "open"


def test_from_prevention_level_2_needs_the_sart_if_its_notice_was_never_sent() -> None:
    year = at_level_1().miss(D[3], D[4]).close_through(D[5], D[34])
    assert year.now("level") == "prevention"
    year.act(contact(at(D[35])))
    year.miss(D[36])
    assert (year.now("level"), year.now("notices")) == ("level_1", ["truancy_notice_1"])


def test_an_occasion_starts_the_monitoring_again() -> None:
    year = at_level_1().miss(D[20]).close_through(D[21], D[49])
    assert year.now("level") == "level_1"
    year.close(D[50])
    assert year.now("level") == "prevention"


@pytest.mark.parametrize("day", [D[3], D[10]])
def test_the_same_close_again_changes_nothing(day: date) -> None:
    year = at_level_2()
    before, events = year.state, len(year.events)
    year.close(D[10])
    assert (year.state, len(year.events)) == (before, events)


def test_an_earlier_day_closed_late_takes_nothing_back() -> None:
    year = at_level_2()
    before = year.state
    year.close(D[4])
    assert year.state == before


def test_from_prevention_the_second_notice_takes_a_new_report() -> None:
    """The SART meeting was held only after the step down: six old occasions and the spacing alone lead nowhere."""
    year = at_level_1().miss(*D[3:6]).close_through(D[6], D[36])
    assert (year.now("level"), year.now("occasions")) == ("prevention", 6)
    year.act(meeting(at(D[37])))
    assert year.close_through(D[37], D[50]).now("level") == "prevention"
    year.miss(D[51])
    assert (year.now("level"), year.now("notices")) == ("level_2", ["truancy_notice_1", "truancy_notice_2"])


@pytest.mark.parametrize(("situation", "last", "monitored"), [(at_level_1, 2, 10), (at_level_2, 10, 20)])
def test_each_level_is_monitored_for_its_own_school_days(
    situation: Callable[[], Year], last: int, monitored: int
) -> None:
    year = situation()
    year.policy = merge(POLICY, {"levels": {"L1": {"monitor_school_days": 10}, "L2": {"monitor_school_days": 20}}})
    before = year.now("level")
    year.close_through(D[last + 1], D[last + monitored - 1])
    assert (year.now("level"), year.wake_on) == (before, D[last + monitored])
    year.close(D[last + monitored])
    assert "level.stepped_down" in year.types


def test_a_correction_leaves_the_meeting_of_the_level_that_still_stands() -> None:
    year = at_level_2()
    year.act(meeting(at(D[11]), "sart", "scheduled", form="individual", date=D[20]))
    year.act(meeting(at(D[11]), "mediation", "scheduled", date=D[21]))
    year.excuse(D[9]).close(D[12])
    offers = [event.kind for event in year.events if isinstance(event, MeetingCancelOffered)]
    assert (year.now("level"), offers) == ("level_1", ["mediation"])


def test_a_notice_whose_number_is_no_longer_reached_is_corrected_although_the_report_stands() -> None:
    year = Year(policy=merge(POLICY, {"letters": {"L1": 4}})).miss(*D[:4])
    year.excuse(D[0]).miss(D[4])
    assert (year.now("notices"), year.now("reports")) == (["truancy_notice_1"], 2)
    year.excuse(D[1]).close(D[5])
    assert (year.now("notices"), year.now("sent")[0]) == ([], "truancy_notice_1:corrected")
    assert year.now("reports") > 0


def test_before_the_first_letter_nothing_has_to_be_waited_for() -> None:
    moment = Moment(pupil(), CALENDAR, POLICY, (), D[0], at(D[0], 18))
    assert spacing(moment, Year().state) == (True, {})
