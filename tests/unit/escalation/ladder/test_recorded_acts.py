"""What the event of an act carries, and when the pupil is looked at after it."""

import json
from dataclasses import replace
from uuid import UUID

import pytest

from services.escalation.ladder import ActError, DaAnswer, act_to_json, merge, parse_act, record_act, state_to_json
from services.escalation.ladder.contacts import attempts_after, held_after
from shared.contracts.envelope import EventData
from shared.contracts.ladder import ActRecorded, LevelSteppedDown, MeetingHeld, MeetingScheduled, Service
from tests.unit.escalation.ladder.builders import (
    DAYS,
    POLICY,
    Year,
    at,
    at_level_1,
    contact,
    enforcement_proposed,
    level_3_proposed,
    meeting,
    person,
)

D = DAYS
SERVED = (Service(to="parent", method="certified", posted=D[3]),)
WHO = ("school_administrator", "parent")


def last(year: Year) -> EventData:
    return year.events[-1]


def enforced() -> Year:
    year = enforcement_proposed()
    year.act(person(at(D[53]), "approve_enforcement", basis="EC48293"))
    return year


def test_a_meeting_is_told_with_all_that_was_said() -> None:
    year = at_level_1()
    fields = {"date": D[20], "statutory": True, "participants": WHO, "reason": "asked for by the family"}
    year.act(meeting(at(D[4]), "mediation", "scheduled", served=SERVED, **fields))
    [scheduled] = [event for event in year.events if isinstance(event, MeetingScheduled)]
    assert (scheduled.statutory, scheduled.participants, scheduled.reason) == (True, WHO, "asked for by the family")
    assert (scheduled.served, scheduled.date) == (SERVED, D[20])
    year.act(meeting(at(D[20]), "mediation", "held", served=SERVED, **fields))
    held = last(year)
    assert isinstance(held, MeetingHeld)
    assert (held.statutory, held.participants, held.reason) == (True, WHO, "asked for by the family")


def test_an_answer_of_the_district_attorney_is_told_with_its_basis() -> None:
    year = enforced()
    year.act(DaAnswer(UUID(int=1), at(D[54]), "attorney", "filed", "strong", "EC48293"))
    told = last(year)
    assert isinstance(told, ActRecorded)
    assert (told.do, told.basis, told.reason) == ("da.filed", "EC48293", "strong")
    assert (year.now("level"), year.state.enforcement_basis) == ("enforcement", "EC48293")
    year.act(DaAnswer(UUID(int=2), at(D[55]), "attorney", "declined"))
    down = last(year)
    assert isinstance(down, LevelSteppedDown)
    assert (down.because.rule, down.level, year.state.enforcement_basis) == ("da.declined", "level_3", None)


def test_after_an_act_the_pupil_is_looked_at_when_that_day_is_closed() -> None:
    year = at_level_1()
    act = contact(at(D[7]))
    decision = record_act(year.pupil, year.calendar, year.acts, year.state, year.policy, act)
    assert decision.wake_on == D[7]


def test_what_happens_at_the_moment_of_a_close_is_not_after_it() -> None:
    close = at(D[3], 18)
    calls, meetings = [contact(close)], [meeting(close)]
    assert (attempts_after(calls, close), held_after(meetings, D[2], close)) == ([], [])
    later = close.replace(minute=1)
    assert len(attempts_after([contact(later)], close)) == len(held_after([meeting(later)], D[2], close)) == 1


def test_acts_and_states_are_json() -> None:
    act = person(at(D[3]), "hold", step="level_1")
    assert json.loads(json.dumps(act_to_json(act)))["id"] == str(act.id)
    assert json.loads(json.dumps(state_to_json(enforced().state)))["enforcement_basis"] == "EC48293"


def test_every_wrong_field_of_an_act_is_named() -> None:
    wrong = {
        "kind": "contact",
        "id": "no",
        "at": "2025-09-01T09:00:00Z",
        "by": "x",
        "channel": "drum",
        "outcome": "reached",
    }
    with pytest.raises(ActError) as error:
        parse_act(wrong)
    first, second = str(error.value).split("; ")
    assert first.startswith("id: Input should be a valid UUID")
    assert second == "channel: Input should be 'phone', 'email', 'sms', 'letter' or 'visit'"
    with pytest.raises(ActError) as error:
        parse_act({**wrong, "kind": "dance"})
    assert str(error.value) == ("kind: 'dance' is not one of contact, meeting, directive, progress, act, da, import")
    nested = {
        "kind": "directive",
        "id": str(UUID(int=1)),
        "at": "2025-09-01T09:00:00Z",
        "by": "x",
        "items": [{"id": "a"}],
    }
    with pytest.raises(ActError, match=r"^items\.0\.kind: Field required; items\.0\.due: Field required$"):
        parse_act(nested)


def test_a_referral_for_absence_alone_is_never_enforced() -> None:
    year = enforcement_proposed()
    assert year.state.referral
    absent_only = replace(year.state.referral, basis="chronic_absent")
    year.state = replace(year.state, habitual=False, referral=absent_only)
    assert year.act(person(at(D[53]), "approve_enforcement", basis="EC48293")) == ["act.refused"]
    assert last(year).reason == (  # type: ignore[attr-defined]
        "the referral rests on absence for any reason; the pupil is no habitual truant"
    )


def test_a_basis_that_is_not_yet_in_force_is_refused_with_its_day() -> None:
    year = enforcement_proposed()
    year.policy = merge(POLICY, {"charge_basis": [{"id": "EC1", "valid_from": "2030-01-01"}]})
    assert year.act(person(at(D[53]), "approve_enforcement", basis="EC1")) == ["act.refused"]
    assert last(year).reason == "EC1 is not valid before 2030-01-01"  # type: ignore[attr-defined]


def test_a_basis_of_a_hold_is_free_where_the_policy_names_none() -> None:
    year = level_3_proposed()
    assert year.act(person(at(D[21]), "hold", basis="the family moves soon")) == ["act.recorded"]
    assert year.state.on_hold
