"""/live tells a loop that stands still from one that waits."""

import time
from types import SimpleNamespace
from typing import Any, cast

from shared.messaging.backoff import Backoff
from shared.messaging.progress import Progress, Step
from shared.runtime.health import STUCK_SECONDS, Health


def health(*loops: Progress) -> Health:
    return Health(cast("Any", None), cast("Any", SimpleNamespace(progress=loops)), needs_broker=True)


def standing(seconds: float, step: Step) -> Progress:
    return Progress("escalation.attendance", step=step, moved_at=time.monotonic() - seconds)


def test_loops_that_move_are_well() -> None:
    assert health(Progress("relay"), standing(STUCK_SECONDS - 5, "decoded")).stuck() == {}


def test_one_that_stands_still_is_named_with_its_step() -> None:
    stuck = health(Progress("relay"), standing(STUCK_SECONDS + 1, "decoded")).stuck()
    assert stuck == {"escalation.attendance": "at step decoded for 121 s"}


def test_a_step_is_a_move() -> None:
    loop = standing(STUCK_SECONDS + 1, "decoded")
    loop.reach("handled")
    assert health(loop).stuck() == {}


def test_a_crashed_loop_is_named() -> None:
    well = health()
    well.crashed["relay"] = "UndefinedTableError"
    assert well.stuck() == {"relay": "ended by UndefinedTableError"}


def test_every_step_tells_its_loop_to_who_listens() -> None:
    heard: list[tuple[str, Step]] = []
    loop = Progress("relay", lambda name, step: heard.append((name, step)))
    loop.reach("selected")
    loop.reach("published")
    assert heard == [("relay", "selected"), ("relay", "published")]


def test_the_backoff_doubles_up_to_its_longest_and_starts_anew() -> None:
    backoff = Backoff(longest=1)
    assert [backoff.next() for _ in range(5)] == [0.2, 0.4, 0.8, 1, 1]
    backoff.reset()
    assert backoff.next() == 0.2
