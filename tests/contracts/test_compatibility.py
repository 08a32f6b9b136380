"""Within a major version only optional fields are added: each way to break that is found and named."""

from typing import Literal

import pytest
from pydantic import BaseModel, Field

from deploy.compatibility import incompatibilities


class Item(BaseModel):
    id: str
    hours: float | None = None


class Old(BaseModel):
    """What was released."""

    student: str
    count: int = Field(ge=0)
    status: Literal["present", "absent"]
    reason: str | None = None
    items: tuple[Item, ...] = ()


class Same(Old):
    """Other words, and the fields in the same shape."""


class WithOptional(Old):
    remark: str | None = None


class WiderItem(Item):
    note: str | None = None


class WithOptionalInside(Old):
    items: tuple[WiderItem, ...] = ()


class WithRequired(Old):
    school: str


class Gone(BaseModel):
    student: str
    count: int = Field(ge=0)
    status: Literal["present", "absent"]
    items: tuple[Item, ...] = ()


class OtherType(Old):
    count: str  # type: ignore[assignment]


class OtherLimit(Old):
    count: int = Field(ge=1)


class OtherChoice(Old):
    status: Literal["present", "tardy"]  # type: ignore[assignment]


class FreeChoice(Old):
    status: str


class WithWord(Old):
    status: Literal["present", "absent", "tardy"]  # type: ignore[assignment]


class NowOptional(Old):
    student: str | None = None  # type: ignore[assignment]


class NowRequired(Old):
    reason: str | None


class OtherDefault(Old):
    reason: str | None = "none given"


class StricterItem(Item):
    site: str


class RequiredInside(Old):
    items: tuple[StricterItem, ...] = ()


class Forbids(Old, extra="forbid"):
    pass


def found(new: type[BaseModel]) -> list[str]:
    return incompatibilities(Old.model_json_schema(), new.model_json_schema())


@pytest.mark.parametrize("new", [Old, Same, WithOptional, WithOptionalInside, WithWord])
def test_harmless_changes_pass(new: type[BaseModel]) -> None:
    assert found(new) == []


@pytest.mark.parametrize(
    ("new", "finding"),
    [
        (WithRequired, "school: the field is required now"),
        (Gone, "reason: the field is gone"),
        (OtherType, "count: type was 'integer' and is now 'string'"),
        (OtherLimit, "count: minimum was 0 and is now 1"),
        (OtherChoice, "status: enum was ['present', 'absent'] and is now ['present', 'tardy']"),
        (FreeChoice, "status: enum was ['present', 'absent'] and is now None"),
        (NowOptional, "student: the field was required and is now optional"),
        (NowRequired, "reason: the field is required now"),
        (OtherDefault, "reason: default was None and is now 'none given'"),
        (RequiredInside, "items.site: the field is required now"),
        (Forbids, "the event: additionalProperties was None and is now False"),
    ],
)
def test_every_other_change_is_named(new: type[BaseModel], finding: str) -> None:
    assert any(text.startswith(finding) for text in found(new)), found(new)
