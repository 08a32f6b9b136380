"""What people do: contacts, meetings, directives, progress on them, decisions, and the District Attorney's answers.

As JSON an act is flat: `kind` names the sort of act, the other keys are the fields of its class. For a meeting the field
`meeting` names the sort of meeting: `{"id": …, "at": …, "by": …, "kind": "meeting", "meeting": "sart", "status": "held"}`.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, get_args
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, TypeAdapter, ValidationError

from shared.contracts.ladder import DirectiveItem, Service
from shared.contracts.terms import (
    AgreementOutcome,
    ContactChannel,
    ContactOutcome,
    Level,
    MeetingForm,
    MeetingKind,
    MeetingStatus,
    Role,
)

Do = Literal[
    "release",
    "hold",
    "dismiss",
    "waive_disposition",
    "refer_to_sarb",
    "approve_enforcement",
    "reject_enforcement",
    "close_case",
]
DaDecision = Literal["acknowledged", "returned_incomplete", "filed", "declined"]
STRICT = ConfigDict(extra="forbid")


class ActError(ValueError):
    """The act is not well formed; the message names the field and what it may be."""


@dataclass(frozen=True, slots=True)
class Contact:
    """A logged attempt to reach the family."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    kind: ClassVar[str] = "contact"

    id: UUID
    at: AwareDatetime
    by: str
    channel: ContactChannel
    outcome: ContactOutcome


@dataclass(frozen=True, slots=True)
class Meeting:
    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    kind: ClassVar[str] = "meeting"

    id: UUID
    at: AwareDatetime
    by: str
    meeting: MeetingKind
    status: MeetingStatus
    form: MeetingForm | None = None
    """Not said: a SARB hearing is individual, the others are group meetings first."""
    date: dt.date | None = None
    statutory: bool = False
    served: tuple[Service, ...] = ()
    agreement: AgreementOutcome = "none"
    participants: tuple[Role, ...] = ()
    reason: str | None = None

    @property
    def form_held(self) -> MeetingForm:
        return self.form or ("individual" if self.meeting == "sarb" else "group")


@dataclass(frozen=True, slots=True)
class Directive:
    """The SARB's directive to use services, given at the held meeting."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    kind: ClassVar[str] = "directive"

    id: UUID
    at: AwareDatetime
    by: str
    items: tuple[DirectiveItem, ...]


@dataclass(frozen=True, slots=True)
class Progress:
    """Evidence on one item of a directive."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    kind: ClassVar[str] = "progress"

    id: UUID
    at: AwareDatetime
    by: str
    item: str
    hours: float | None = None
    state: Literal["done", "failed"] | None = None


@dataclass(frozen=True, slots=True)
class PersonDecision:
    """A named person decides (the timeline entry `act`)."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    kind: ClassVar[str] = "act"

    id: UUID
    at: AwareDatetime
    by: str
    do: Do
    step: Level | None = None
    basis: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class DaAnswer:
    """What the District Attorney's office answered."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    kind: ClassVar[str] = "da"

    id: UUID
    at: AwareDatetime
    by: str
    decision: DaDecision
    reason: str | None = None
    basis: str | None = None


@dataclass(frozen=True, slots=True)
class ImportedReport:
    """A report of another district: when it was made, and the days that it lists."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    day: dt.date
    days: tuple[dt.date, ...]


@dataclass(frozen=True, slots=True)
class Import:
    """The record of another district in this school year: unexcused full days that it verified, and its reports."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    kind: ClassVar[str] = "import"

    id: UUID
    at: AwareDatetime
    by: str
    days: tuple[dt.date, ...]
    source: str
    """Which district, and by which paper."""
    reason: str
    reports: tuple[ImportedReport, ...] = ()


Act = Contact | Meeting | Directive | Progress | PersonDecision | DaAnswer | Import
_ADAPTERS: dict[str, TypeAdapter[Any]] = {sort.kind: TypeAdapter(sort) for sort in get_args(Act)}


def parse_act(data: dict[str, Any]) -> Act:
    """The act that `data` describes; ActError names the field and its allowed values."""
    fields = dict(data)
    kind = fields.pop("kind", None)
    if kind not in _ADAPTERS:
        raise ActError(f"kind: {kind!r} is not one of {', '.join(_ADAPTERS)}")
    try:
        act: Act = _ADAPTERS[kind].validate_python(fields)
    except ValidationError as error:
        raise ActError("; ".join(_plain(part) for part in error.errors(include_url=False))) from None
    return act


def act_to_json(act: Act) -> dict[str, Any]:
    """JSON values only; `parse_act` gives back an equal act."""
    return {"kind": act.kind, **_ADAPTERS[act.kind].dump_python(act, mode="json")}


def _plain(error: Any) -> str:
    where = ".".join(str(part) for part in error["loc"])
    return f"{where}: {error['msg']}"
