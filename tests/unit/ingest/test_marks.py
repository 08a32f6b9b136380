"""Which statement holds, whatever came twice, late or in another order."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.ingest.codes import Meaning, Said, judge
from services.ingest.marks import Answer, Arrival, History, Kept, Statement

DAY = date(2025, 9, 8)
NOW = datetime(2025, 9, 8, 16, tzinfo=UTC)
CODES = {"A": Meaning("absent", "unexcused"), "E": Meaning("absent", "excused")}


class Office:
    """Says things to a history, one after the other."""

    def __init__(self) -> None:
        self.history = History()
        self.sequence = 0

    def say(self, code: str | None, **more: Any) -> Answer:
        self.sequence += 1
        said = Said(code=code) if code else Said(retract=True)
        judged = judge(said, CODES) if code else None
        meaning, park = (judged, None) if judged is None or isinstance(judged, Meaning) else (None, judged)
        statement = Statement("ana", "north", DAY, said, "test", **more)
        return self.history.admit(Arrival(statement, meaning, park, UUID(int=self.sequence), self.sequence, NOW))

    def holding(self) -> Kept | None:
        accepted = [kept for kept in self.history.added if kept.state == "accepted"]
        return max(accepted, key=lambda kept: kept.rank, default=None)

    def waiting(self) -> list[str | None]:
        return [kept.statement.said.code for kept in self.history.added if kept.state == "parked"]


def test_without_revision_the_later_word_holds() -> None:
    office = Office()
    outcomes = [office.say(code).outcome for code in ("A", "A", "E", "A", None, None, "A")]
    assert outcomes == ["accepted", "duplicate", "accepted", "accepted", "accepted", "duplicate", "accepted"]


def test_a_word_without_revision_outranks_the_revision_before_it() -> None:
    office = Office()
    office.say("A", rev=7)
    office.say("E")
    holding = office.holding()
    assert holding is not None
    assert (holding.rev, holding.statement.said.code) == (7, "E")


def test_a_retraction_with_a_revision_may_overtake_its_mark() -> None:
    office = Office()
    assert office.say(None, rev=2).outcome == "accepted"
    assert office.say("A", rev=1).outcome == "accepted"
    holding = office.holding()
    assert holding is not None
    assert holding.statement.said.retract


def test_parked_words_wait_one_at_a_time() -> None:
    office = Office()
    assert office.say("?").outcome == "parked"
    again = office.say("?")
    assert (again.outcome, again.receipt) == ("parked", UUID(int=1))
    office.say("!")
    assert office.waiting() == ["!"]
    office.say("A")
    assert office.waiting() == []


def test_an_older_revision_does_not_make_a_parked_one_moot() -> None:
    office = Office()
    office.say("?", rev=5)
    office.say("A", rev=3)
    assert office.waiting() == ["?"]


def test_an_older_revision_that_cannot_be_judged_is_moot() -> None:
    office = Office()
    office.say("?", rev=5)
    assert office.say("!", rev=3).outcome == "parked"
    assert office.waiting() == ["?"]
    office.say(None, rev=6)
    office.say("?", rev=4)
    assert office.waiting() == []


def test_the_same_words_understood_otherwise_are_news() -> None:
    office = Office()
    office.say("A")
    statement = office.history.added[0].statement
    arrival = Arrival(statement, Meaning("absent", "unverified"), None, UUID(int=9), 9, NOW)
    assert office.history.admit(arrival).outcome == "accepted"


@given(st.lists(st.tuples(st.integers(0, 4), st.sampled_from("AE")), min_size=1, max_size=12), st.randoms())
def test_with_revisions_order_and_repetition_do_not_matter(said: list[tuple[int, str]], random: Any) -> None:
    contents = dict(said)
    messages = list(contents.items()) * 2
    random.shuffle(messages)
    office = Office()
    for rev, code in messages:
        office.say(code, rev=rev)
    holding = office.holding()
    assert holding is not None
    assert (holding.rev, holding.statement.said.code) == (max(contents), contents[max(contents)])
    assert len(office.history.added) == len(contents)


def test_a_revision_used_again_means_the_later_word_however_often_the_batch_is_sent() -> None:
    office = Office()
    for _ in range(3):
        office.say("A", rev=5)
        office.say("E", rev=5)
    holding = office.holding()
    assert holding is not None
    assert holding.statement.said.code == "E"
