"""Small numbers in tables by group stay hidden: a cell of a few pupils can tell who they are."""

from collections.abc import Mapping

FEWEST = 11
"""The smallest number of pupils that is shown."""

Cells = Mapping[str, int]


def hidden(counts: Cells, sizes: Cells, partition: bool) -> frozenset[str]:
    """The groups whose count must not be shown.

    `counts`: pupils of each group to whom something happened; `sizes`: all pupils of each group. Hidden are counts from 1 to
    10, counts that leave 1 to 10 others, and every count of a group that is itself so small. `partition`: the groups add up
    to a total that is shown, so a single hidden one could be found by subtraction; then the next smallest is hidden as well.
    """
    small = {group for group, size in sizes.items() if _reveals(counts.get(group, 0), size)}
    if partition and len(small) == 1:
        others = [group for group in sizes if group not in small and sizes[group]]
        small |= set(sorted(others, key=lambda group: (counts.get(group, 0) == 0, counts.get(group, 0), group))[:1])
    return frozenset(small)


def _reveals(count: int, size: int) -> bool:
    return 0 < size < FEWEST or 0 < count < FEWEST or 0 < size - count < FEWEST
