"""A driven clock shows the latest time that the stream has named; a real one cannot be moved."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from shared.runtime.clock import DrivenClock, RealClock, build_clock

MORNING = datetime(2025, 9, 22, 9, 0, tzinfo=UTC)


def test_a_driven_clock_moves_to_the_time_that_it_is_told() -> None:
    clock = DrivenClock()
    clock.advance(MORNING)
    assert clock.now() == MORNING


def test_a_driven_clock_never_goes_back() -> None:
    clock = DrivenClock(MORNING)
    clock.advance(MORNING - timedelta(hours=1))
    assert clock.now() == MORNING


def test_a_driven_clock_compares_instants_not_wall_clocks() -> None:
    clock = DrivenClock(MORNING)
    clock.advance(datetime(2025, 9, 22, 8, 30, tzinfo=timezone(timedelta(hours=-7))))
    assert clock.now() == MORNING + timedelta(hours=6, minutes=30)


def test_a_naive_time_is_an_error() -> None:
    with pytest.raises(TypeError):
        DrivenClock(MORNING).advance(MORNING.replace(tzinfo=None))


def test_a_real_clock_does_not_care() -> None:
    clock = RealClock()
    clock.advance(datetime(2999, 1, 1, tzinfo=UTC))
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)
    assert clock.now().utcoffset() == timedelta(0)


@pytest.mark.parametrize(("kind", "expected"), [("real", RealClock), ("driven", DrivenClock)])
def test_the_setting_chooses(kind: str, expected: type) -> None:
    assert isinstance(build_clock(kind), expected)
