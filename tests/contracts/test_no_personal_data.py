"""Names, phones, addresses and birth dates travel only in roster.v1; every other event carries ids."""

import typing
from collections.abc import Iterator

import pytest
from pydantic import BaseModel

from shared.contracts.registry import EVENT_TYPES
from shared.contracts.topics import ROSTER

PERSONAL = ("name", "phone", "email", "address", "birth", "born", "dob", "street", "text", "subject_line", "message")
OTHERS = {name: model for name, model in EVENT_TYPES.items() if model.topic != ROSTER}


def fields_of(model: type[BaseModel]) -> Iterator[str]:
    """The names of all fields, those of nested models too."""
    for name, field in model.model_fields.items():
        yield name
        for nested in models_in(field.annotation):
            yield from fields_of(nested)


def models_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in typing.get_args(annotation):
        yield from models_in(argument)


def personal(model: type[BaseModel]) -> list[str]:
    return [name for name in fields_of(model) if any(word in name for word in PERSONAL)]


@pytest.mark.parametrize("model", OTHERS.values(), ids=OTHERS.keys())
def test_no_field_can_carry_a_person(model: type[BaseModel]) -> None:
    assert personal(model) == []


def test_the_walk_sees_nested_fields() -> None:
    """The same walk finds them where they belong: in the guardians of a pupil's snapshot."""
    found = personal(EVENT_TYPES["roster.student.changed"])
    assert {"birth_date", "given_name", "email", "phone", "address"} <= set(found)
