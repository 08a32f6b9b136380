"""Small numbers stay hidden, also from those who can subtract."""

from hypothesis import given
from hypothesis import strategies as st

from services.escalation.simulation.suppression import FEWEST, hidden

SIZES = {"a": 100, "b": 100, "c": 100, "d": 100}


def test_one_to_ten_are_hidden_and_zero_is_not() -> None:
    assert hidden({"a": 1, "b": 10, "c": 11, "d": 0}, SIZES, partition=False) == {"a", "b"}


def test_all_but_a_few_is_hidden_too() -> None:
    assert hidden({"a": 95, "b": 100, "c": 89, "d": 50}, SIZES, partition=False) == {"a"}


def test_a_small_group_is_hidden_whatever_happened_to_it() -> None:
    assert hidden({"a": 0, "b": 50}, {"a": 10, "b": 100}, partition=False) == {"a"}


def test_a_single_hidden_part_takes_the_next_smallest_with_it() -> None:
    assert hidden({"a": 3, "b": 40, "c": 20, "d": 30}, SIZES, partition=True) == {"a", "c"}
    assert hidden({"a": 3, "b": 4, "c": 20, "d": 30}, SIZES, partition=True) == {"a", "b"}
    assert hidden({"a": 20, "b": 40, "c": 20, "d": 30}, SIZES, partition=True) == frozenset()


def test_a_zero_is_taken_last_because_it_hides_nothing() -> None:
    assert hidden({"a": 3, "b": 0, "c": 20, "d": 30}, SIZES, partition=True) == {"a", "c"}


COUNTS = st.dictionaries(st.sampled_from("abcdef"), st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=2)


@given(COUNTS)
def test_nobody_can_subtract_to_a_hidden_number(groups: dict[str, tuple[int, int]]) -> None:
    counts = {name: count for name, (count, _) in groups.items()}
    sizes = {name: count + rest for name, (count, rest) in groups.items()}
    unseen = hidden(counts, sizes, partition=True)
    shown = [name for name in sizes if name not in unseen]
    assert all(counts[name] == 0 or counts[name] >= FEWEST for name in shown)
    assert len([name for name in unseen if sizes[name]]) != 1 or all(sizes[name] == 0 for name in shown)
