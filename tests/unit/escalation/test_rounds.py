"""A close sees exactly the marks before it, however many schools share a batch."""

from datetime import UTC, date, datetime
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.escalation.rounds import rounds
from shared.contracts.attendance import DayClosed, MarkRecorded
from shared.contracts.envelope import Event, SchoolEventData

AT = datetime(2025, 9, 8, 16, tzinfo=UTC)


def event(number: int, school: str, close: bool) -> Event[SchoolEventData]:
    common = {"district": "d", "school": school, "day": date(2025, 9, 8), "sequence": number}
    data: SchoolEventData = (
        DayClosed(**common, closed_at=AT, calendar_revision=1)
        if close
        else MarkRecorded(**common, student="s", rev=0, known_at=AT, source="api", status="absent", excuse="unexcused")
    )
    return Event(UUID(int=number), "test", AT, data)


batches = st.lists(st.tuples(st.sampled_from(["north", "south", "west"]), st.booleans()), max_size=40).map(
    lambda items: [event(number, school, close) for number, (school, close) in enumerate(items)]
)


@given(batches)
def test_nothing_is_lost_and_each_school_keeps_its_order(batch: list[Event[SchoolEventData]]) -> None:
    flat = [item for marks, closes in rounds(batch) for item in [*marks, *closes]]
    assert sorted(item.id for item in flat) == sorted(item.id for item in batch)
    for school in {item.data.school for item in batch}:
        ours = [item.id for item in batch if item.data.school == school]
        assert [item.id for item in flat if item.data.school == school] == ours


@given(batches)
def test_a_round_has_at_most_one_close_of_a_school(batch: list[Event[SchoolEventData]]) -> None:
    for _, closes in rounds(batch):
        schools = [close.data.school for close in closes]
        assert len(schools) == len(set(schools))


def test_an_empty_batch_has_no_rounds() -> None:
    assert list(rounds([])) == []
