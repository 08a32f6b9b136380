"""What a source says, and what it means: the district's code table turns "A", "U", "W" into a canonical mark.

Pure. A code that the table does not have parks the mark; it is never guessed.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self, get_args

from shared.contracts.terms import Excuse, Reason, Status, Suspension

ParkReason = Literal["no_calendar", "not_instructional", "unmapped_code", "cannot_be_judged"]
PARK_REASONS: tuple[ParkReason, ...] = get_args(ParkReason)


@dataclass(frozen=True, slots=True)
class Meaning:
    """A canonical mark. `minutes` are missed minutes, None where nobody says."""

    status: Status
    excuse: Excuse | None = None
    minutes: int | None = None
    reason: Reason | None = None
    suspension: Suspension | None = None

    def to_json(self) -> dict[str, Any]:
        return _without_none(asdict(self))


CodeTable = Mapping[str, Meaning | None]
"""Code -> meaning; None: the code is known, but says too little to judge the day (Ed-Fi's "Partial")."""


@dataclass(frozen=True, slots=True)
class Said:
    """What the source says of one pupil, day and period: a status with its details, or a code, or that it takes it back."""

    status: Status | None = None
    excuse: Excuse | None = None
    minutes: int | None = None
    reason: Reason | None = None
    suspension: Suspension | None = None
    code: str | None = None
    retract: bool = False

    def to_json(self) -> dict[str, Any]:
        return _without_none(asdict(self) | {"retract": self.retract or None})

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        return cls(**value)


def judge(said: Said, codes: CodeTable) -> Meaning | ParkReason:
    """The mark that `said` means, or why it cannot be told. Not for retractions."""
    if said.status is not None:
        return Meaning(said.status, said.excuse, said.minutes, said.reason, said.suspension)
    if said.code is None or said.code not in codes:
        return "unmapped_code"
    meaning = codes[said.code]
    if meaning is None:
        return "cannot_be_judged"
    return meaning if said.minutes is None else _with_minutes(meaning, said.minutes)


def contradiction(said: Said) -> tuple[str, str] | None:
    """The field that cannot stand beside the others and why, or None if `said` is one clear statement."""
    if said.retract:
        return _first_given(
            said, ("status", "excuse", "minutes", "reason", "suspension", "code"), "a retraction says nothing else"
        )
    if said.status is None and said.code is None:
        return "status", "either a status or a code is needed"
    if said.status is None:
        return _first_given(
            said, ("excuse", "reason", "suspension"), "the code table says this: give a status or leave it out"
        )
    return _contradicts_status(said)


def table_from_json(codes: Mapping[str, Mapping[str, Any] | None]) -> dict[str, Meaning | None]:
    return {code: None if meaning is None else Meaning(**meaning) for code, meaning in codes.items()}


def table_to_json(codes: CodeTable) -> dict[str, dict[str, Any] | None]:
    return {code: None if meaning is None else meaning.to_json() for code, meaning in codes.items()}


def _contradicts_status(said: Said) -> tuple[str, str] | None:
    if said.status == "present":
        return _first_given(said, ("excuse", "minutes"), "does not apply to status present")
    if said.status == "absent" and said.excuse is None:
        return "excuse", "status absent needs an excuse: excused, unexcused or unverified"
    return None


def _first_given(said: Said, fields: tuple[str, ...], reason: str) -> tuple[str, str] | None:
    return next(((field, reason) for field in fields if getattr(said, field) is not None), None)


def _with_minutes(meaning: Meaning, minutes: int) -> Meaning:
    return Meaning(meaning.status, meaning.excuse, minutes, meaning.reason, meaning.suspension)


def _without_none(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
