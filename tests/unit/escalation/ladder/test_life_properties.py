"""The same for queued steps, agreements, directives, pupils who leave and pupils who come of age."""

from dataclasses import dataclass, replace
from datetime import date
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from services.escalation.ladder import Directive, Enrolment, Meeting, PupilState, merge, state_from_json, state_to_json
from shared.contracts.ladder import DirectiveItem
from shared.contracts.terms import MeetingKind
from tests.unit.escalation.ladder.builders import DAYS, POLICY, Year, pupil
from tests.unit.escalation.ladder.random_years import RandomYear

SEEDS = st.integers(min_value=0, max_value=2**32)
RELEASES = ("automatic", "person", {"after_school_days": 1}, {"after_school_days": 4})


@dataclass
class RandomLife(RandomYear):
    """Families sign, items fall due during the year, and the pupil may leave, come back or come of age."""

    def _meeting(self, place: int, kind: MeetingKind) -> Meeting:
        meeting = super()._meeting(place, kind)
        return replace(meeting, agreement="signed") if meeting.status == "held" else meeting

    def _acts(self, place: int, state: PupilState) -> list[object]:  # type: ignore[override]
        return [self._sooner(act) if isinstance(act, Directive) else act for act in super()._acts(place, state)]

    def _sooner(self, directive: Directive) -> Directive:
        due = DAYS[min(DAYS.index(directive.at.date()) + self.random.randrange(20), len(DAYS) - 1)]
        hours = DirectiveItem(id="item", kind=self.random.choice(["csp_hours", "attendance"]), target=4, due=due)
        return replace(directive, items=(hours,))


def a_year(random: Random) -> Year:
    release = {level: random.choice(RELEASES) for level in ("level_1", "level_2")}
    validity = random.choice(["school_year", "9d", "months:1"])
    policy = merge(POLICY, {"release": release, "agreement_validity": validity})
    born = DAYS[random.randrange(100)].replace(year=random.choice([2007, 2009, 2013]))
    left, back = sorted(random.sample(range(20, 100), 2))
    stays = (Enrolment("north", DAYS[0], None, 10),)
    returns = (Enrolment("north", DAYS[0], DAYS[left], 10), Enrolment("north", DAYS[back], None, 10))
    return Year(pupil=pupil(born, *random.choice([stays, returns, returns[:1]])), policy=policy)


@settings(max_examples=60, deadline=None)
@given(SEEDS)
def test_looking_only_when_due_decides_the_same_as_looking_every_day(seed: int) -> None:
    daily = RandomLife(Random(seed), year=a_year(Random(seed + 1)))
    sparse = Year(pupil=daily.year.pupil, policy=daily.year.policy)
    due: date | None = DAYS[0]
    for day in daily.days():
        daily.write(day)
        daily.year.close(day)
        marks, acts = daily.script.marks[day], daily.script.acts[day]
        sparse.say(*marks)
        for act in acts:
            sparse.act(act)
        if marks or acts or (due and day >= due):
            sparse.close(day)
            due = sparse.wake_on
        assert replace(sparse.state, through=None) == replace(daily.year.state, through=None), day
        assert state_from_json(state_to_json(daily.year.state)) == daily.year.state
    assert [event for event in sparse.events if event.type != "act.refused"] == [
        event for event in daily.year.events if event.type != "act.refused"
    ]


@settings(max_examples=40, deadline=None)
@given(SEEDS)
def test_the_same_close_again_changes_nothing_and_no_family_hears_of_a_waiting_step(seed: int) -> None:
    life = RandomLife(Random(seed), year=a_year(Random(seed + 1)))
    for day in life.days():
        life.write(day)
        decision = life.year.close(day)
        again = life.year.close(day)
        assert (again.events, again.state) == ((), decision.state)
        state = decision.state
        assert len(state.waiting) <= 1
        for waiting in state.waiting:
            assert state.valid_reports
            assert waiting.step != "level_2" or state.level in ("prevention", "level_1")
            assert waiting.step != "level_1" or state.level == "prevention" or not state.counts("truancy_notice_1")
        if life.year.policy.release.level_1 == "person" and "act.recorded" not in life.year.types:
            assert not state.counts("truancy_notice_1")
        assert not state.counts("truancy_notice_2") or state.counts("truancy_notice_1")
