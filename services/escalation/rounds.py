"""Cuts a batch of a topic into rounds, so that whole batches can be written set-based and a close still sees exactly
the marks before it. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from shared.contracts.attendance import DayClosed, MarkEventData
from shared.contracts.envelope import Event, SchoolEventData

Round = tuple[list[Event[MarkEventData]], list[Event[DayClosed]]]


def rounds(events: Sequence[Event[SchoolEventData]]) -> Iterator[Round]:
    """Yield (marks, closes) pairs: round n holds, for every school, its marks between its closes n and n+1, and that close.

    The order within a school is kept; schools are independent of each other (they are other keys, so other partitions).
    """
    closed: Counter[str] = Counter()
    marks: defaultdict[int, list[Event[MarkEventData]]] = defaultdict(list)
    closes: defaultdict[int, list[Event[DayClosed]]] = defaultdict(list)
    for event in events:
        number = closed[event.data.key]
        if isinstance(event.data, DayClosed):
            closes[number].append(event)  # type: ignore[arg-type]
            closed[event.data.key] += 1
        else:
            marks[number].append(event)  # type: ignore[arg-type]
    for number in range(max([*marks, *closes], default=-1) + 1):
        yield marks[number], closes[number]
