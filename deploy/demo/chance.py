"""Chance that comes out the same every time."""

from random import Random


def stream(*names: object) -> Random:
    """A random stream of its own for these names: what is drawn elsewhere does not change it."""
    return Random("/".join(map(str, names)))  # noqa: S311 (reproducible on purpose; nothing here is secret)
