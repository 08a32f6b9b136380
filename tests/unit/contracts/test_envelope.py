"""Keys, subjects and derived ids."""

from uuid import UUID

import pytest
from pydantic import ValidationError

from shared.contracts.attendance import DayClosed, MarkRetracted
from shared.contracts.envelope import EventData, derived_id
from shared.contracts.registry import EVENT_TYPES, types_of
from shared.contracts.topics import LADDER, TOPICS, dead_letter_topic
from tests.contracts.golden import SAMPLES


def test_the_same_parts_give_the_same_id() -> None:
    assert derived_id("demo", "pupil-1", 3) == derived_id("demo", "pupil-1", 3)
    assert derived_id("demo", "pupil-1", 3) != derived_id("demo", "pupil-1", 4)


def test_a_derived_id_never_changes() -> None:
    """It stands in event logs and in case files: a change here would make every replay a new event."""
    assert derived_id("demo", "pupil-1", 3) == UUID("c6bb2db0-1a1d-58d3-972e-f77e46ae1a37")


def test_parts_do_not_run_into_each_other() -> None:
    assert derived_id("ab", "c") != derived_id("a", "bc")


def test_marks_are_ordered_by_school_but_are_about_a_pupil() -> None:
    mark = SAMPLES["attendance.mark.retracted"].data()
    assert isinstance(mark, MarkRetracted)
    assert mark.key == f"{mark.district}/{mark.school}"
    assert mark.subject == f"{mark.district}/{mark.student}"


def test_an_event_is_frozen() -> None:
    close = SAMPLES["attendance.day.closed"].data()
    assert isinstance(close, DayClosed)
    with pytest.raises(ValidationError, match="frozen"):
        close.school = "elsewhere"  # type: ignore[misc]


def test_an_event_without_a_key_of_its_own_has_none() -> None:
    with pytest.raises(NotImplementedError):
        _ = EventData(district="demo").key


def test_a_naive_time_is_refused() -> None:
    body = SAMPLES["attendance.day.closed"].body | {"closed_at": "2025-09-22T18:00:00"}
    with pytest.raises(ValidationError, match="closed_at"):
        DayClosed.model_validate(body)


def test_every_type_belongs_to_exactly_one_known_topic() -> None:
    assert {model.topic for model in EVENT_TYPES.values()} == {topic.name for topic in TOPICS}
    assert sum(len(types_of(topic.name)) for topic in TOPICS) == len(EVENT_TYPES)


def test_a_type_is_registered_under_its_own_name() -> None:
    assert all(model.type == name for name, model in EVENT_TYPES.items())


def test_base_classes_are_not_types() -> None:
    assert {"LadderEventData", "LevelChange", "ActData"}.isdisjoint(
        model.__name__ for model in types_of(LADDER).values()
    )


def test_dead_letters_stand_beside_their_topic() -> None:
    assert dead_letter_topic(LADDER) == "ladder.v1.dlq"
