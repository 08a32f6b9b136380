"""With the demo's marks and its staff, the watched pupils go the whole way up the ladder, whatever the seed."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import pytest

from deploy.demo.calendar import SCHOOL_YEAR, school_days
from deploy.demo.district import TIMEZONE, District, Pupil, build_district
from deploy.demo.run import EVENING, local
from deploy.demo.simulate import Day, simulate
from deploy.demo.staff import ACTED_ON, Diary, LadderEvent
from deploy.demo.year import Statement
from services.escalation import ladder
from services.escalation.policies import policy_of
from shared.contracts.envelope import EventData, derived_id

POLICY = policy_of("us-ca", {})


@dataclass
class Case:
    """One pupil in the pure engine."""

    pupil: ladder.Pupil
    calendar: ladder.SchoolCalendar
    state: ladder.PupilState = field(default_factory=lambda: ladder.initial_state(SCHOOL_YEAR))
    marks: dict[tuple[object, ...], ladder.Mark] = field(default_factory=dict)
    acts: list[ladder.Act] = field(default_factory=list)
    events: list[EventData] = field(default_factory=list)

    def say(self, said: Statement, at: datetime) -> None:
        self.marks[said.day, said.period] = ladder.Mark(
            said.id, said.day, said.period, said.status, said.excuse, said.minutes, said.reason, None, at
        )

    def take(self, decision: ladder.Decision) -> tuple[EventData, ...]:
        self.state = decision.state
        self.events += decision.events
        return decision.events


def case_of(district: District, pupil: Pupil) -> Case:
    enrolment = ladder.Enrolment(pupil.school.id, pupil.enrolment.entered, None, pupil.enrolment.grade)
    calendar = ladder.SchoolCalendar(pupil.school.id, SCHOOL_YEAR, TIMEZONE, school_days(), pupil.school.periods)
    return Case(ladder.Pupil(district.id, pupil.id, pupil.birth_date, (enrolment,)), calendar)


def live_through(day: Day, cases: dict[str, Case], diary: Diary) -> None:
    """Marks, acts and closes of a day, as the demo sends them."""
    for said in day.statements:
        if said.student in cases:
            cases[said.student].say(said, local(day.date, said.at))
    for planned in diary.due(day.date):
        case, act = cases[planned.student], ladder.parse_act(planned.body())
        note(diary, case.take(ladder.record_act(case.pupil, case.calendar, case.acts, case.state, POLICY, act)))
        case.acts.append(act)
    for close in day.closes:
        for case in cases.values():
            if case.calendar.school == close.school:
                at = ladder.Close(close.school, close.day, local(day.date, EVENING))
                marks = list(case.marks.values())
                note(
                    diary, case.take(ladder.decide(case.pupil, case.calendar, marks, case.acts, case.state, POLICY, at))
                )


def note(diary: Diary, events: tuple[EventData, ...]) -> None:
    for event in events:
        if event.type in ACTED_ON:
            body = event.model_dump(mode="json")
            diary.note(LadderEvent(id_of(event), event.type, body["student"], event.model_dump()["as_of"], body))


def id_of(event: EventData) -> UUID:
    return derived_id(event.type, event.model_dump_json())


@pytest.mark.parametrize("seed", range(1, 9))
def test_a_pupil_reaches_the_proposal_of_enforcement_within_120_days(seed: int) -> None:
    district = build_district(60, seed)
    watched = [pupil for pupil in district.pupils if pupil.id in district.watched]
    cases = {pupil.id: case_of(district, pupil) for pupil in watched}
    diary = Diary(seed, district.watched)
    for day in list(simulate(district))[:120]:
        live_through(day, cases, diary)
    reached = [case for case in cases.values() if any(event.type == "enforcement.proposed" for event in case.events)]
    assert reached
    refused = [event for case in cases.values() for event in case.events if event.type == "act.refused"]
    assert len(refused) <= 2
