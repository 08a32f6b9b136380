"""The shapes that come in over HTTP. Unknown fields are errors; nothing is coerced."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    StrictBool,
    StrictInt,
    StringConstraints,
    ValidationError,
    field_validator,
)
from pydantic.json_schema import JsonSchemaValue

from services.ingest.codes import Said, contradiction
from services.ingest.marks import Statement
from shared.contracts.roster import Enrolment, Guardian
from shared.contracts.terms import Excuse, Reason, Status, Subgroup, Suspension

MAX_MARKS = 5000
MAX_STUDENTS = 50_000


def _iso_day(value: object) -> date:
    if not isinstance(value, str) or len(value) != 10:
        raise ValueError("must be a date like 2025-09-08")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError("must be a date like 2025-09-08") from None


def _iso_time(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError("must be a time with its UTC offset, like 2025-09-08T09:00:00-07:00")
    return value


def _known_timezone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError("must be a time zone of the IANA database, like America/Los_Angeles") from None
    return name


Id = Annotated[str, StringConstraints(strict=True, pattern=r"^[A-Za-z0-9._:@-]+$", max_length=64)]
"""Ids travel in keys and addresses: letters, digits and . _ : @ - only."""
Text = Annotated[str, StringConstraints(strict=True, pattern=r"^[^\x00-\x1f]+$", max_length=250)]
Code = Annotated[str, StringConstraints(strict=True, pattern=r"^[^\x00-\x1f]+$", max_length=306)]
Day = Annotated[date, BeforeValidator(_iso_day)]
Moment = Annotated[AwareDatetime, BeforeValidator(_iso_time)]
Minutes = Annotated[StrictInt, Field(ge=0, le=1440)]
Period = Annotated[StrictInt, Field(ge=0, le=99)]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")]
"""BCP 47 primary tag."""
SchoolYear = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{4}$")]
TimeZone = Annotated[str, AfterValidator(_known_timezone)]


class Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class MarkRecord(Record):
    """One statement: a status with its details, or the source's code, or a retraction."""

    id: Text | None = None
    """The source's own id of this statement: the same id is the same statement."""
    student: Id
    school: Id
    day: Day
    period: Period | None = None
    """None: the whole day."""
    status: Status | None = None
    excuse: Excuse | None = None
    minutes: Minutes | None = None
    reason: Reason | None = None
    suspension: Suspension | None = None
    code: Code | None = None
    """The district's own code. Without a status the district's code table says what it means."""
    rev: Annotated[StrictInt, Field(ge=0, lt=2**62)] | None = None
    """The source's revision of this student, day and period: the highest holds."""
    recorded_at: Moment | None = None
    recorded_by: Text | None = None
    retract: StrictBool = False

    @property
    def said(self) -> Said:
        return Said(self.status, self.excuse, self.minutes, self.reason, self.suspension, self.code, self.retract)

    def statement(self, source: str) -> Statement:
        return Statement(
            self.student,
            self.school,
            self.day,
            self.said,
            source,
            self.period,
            self.id,
            self.rev,
            self.recorded_at,
            self.recorded_by,
        )


class _Described:
    """Shows a model in the documentation of a field whose values are read one by one, so that one bad one spoils no other."""

    def __init__(self, model: type[BaseModel]) -> None:
        self.model = model

    def __get_pydantic_json_schema__(self, _: object, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return handler(self.model.__pydantic_core_schema__)


class MarksBody(Record):
    """Up to 5,000 statements. Each is judged by itself: one bad record never spoils the rest."""

    records: list[Annotated[Any, _Described(MarkRecord)]] = Field(min_length=1, max_length=MAX_MARKS)


class EnrolmentRecord(Enrolment):
    school: Id
    entered: Day
    exited: Day | None = None
    grade: Annotated[StrictInt, Field(ge=-1, le=12)] | None = None


class GuardianRecord(Guardian):
    id: Id
    given_name: Text
    family_name: Text
    relation: Text | None = None
    language: Language = "en"
    email: Text | None = None
    phone: Text | None = None
    address: Text | None = None
    may_receive: StrictBool = True
    restriction: Text | None = None


class StudentRecord(Record):
    """The whole snapshot of one student."""

    id: Id
    given_name: Text
    family_name: Text
    birth_date: Day
    enrolments: tuple[EnrolmentRecord, ...] = Field(min_length=1, max_length=100)
    guardians: tuple[GuardianRecord, ...] = Field(default=(), max_length=50)
    home_language: Language = "en"
    email: Text | None = None
    phone: Text | None = None
    address: Text | None = None
    subgroups: tuple[Subgroup, ...] = Field(default=(), max_length=14)

    @field_validator("subgroups")
    @classmethod
    def _each_once(cls, named: tuple[Subgroup, ...]) -> tuple[Subgroup, ...]:
        if len(set(named)) < len(named):
            raise ValueError("names a subgroup twice")
        return tuple(sorted(named))

    def snapshot(self) -> dict[str, Any]:
        """Without subgroups where there are none: snapshots that were kept before there were any stay as they are."""
        nothing = set() if self.subgroups else {"subgroups"}
        return self.model_dump(mode="json", exclude={"id", *nothing})


class RosterBody(Record):
    """Snapshots of students. `full`: these are all the students that the district has."""

    full: StrictBool
    students: list[Annotated[Any, _Described(StudentRecord)]] = Field(max_length=MAX_STUDENTS)


class CalendarBody(Record):
    """The calendar of one school for one school year (1 July to 30 June)."""

    school_year: SchoolYear
    name: Text
    lea_type: Id = "district"
    timezone: TimeZone | None = None
    """None: the district's."""
    instructional_days: tuple[Day, ...] = Field(max_length=366)
    periods: tuple[Period, ...] = Field(default=(), max_length=100)
    language_share: dict[Language, Annotated[float, Field(ge=0, le=100)]] = Field(default={}, max_length=100)


class CodeMeaning(Record):
    status: Status
    excuse: Excuse | None = None
    minutes: Minutes | None = None
    reason: Reason | None = None
    suspension: Suspension | None = None


class CodesBody(Record):
    """The district's whole code table; null for a code that says too little to judge a day."""

    codes: dict[Code, CodeMeaning | None] = Field(max_length=2000)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a record: the field, and why, without its value."""

    field: str
    reason: str


RecordT = TypeVar("RecordT", bound=BaseModel)


def read(model: type[RecordT], value: object) -> RecordT | Fault:
    """The record that `value` is, or its first fault."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        return faults_of(error.errors(include_url=False, include_context=False, include_input=False))[0]


def read_mark(value: object) -> MarkRecord | Fault:
    record = read(MarkRecord, value)
    if isinstance(record, MarkRecord) and (found := contradiction(record.said)):
        return Fault(*found)
    return record


def faults_of(errors: Sequence[Any]) -> list[Fault]:
    """Pydantic's errors as field and reason."""
    return [Fault(".".join(str(part) for part in error["loc"]) or "record", _reason(error)) for error in errors]


def _reason(error: Any) -> str:
    known = {
        "extra_forbidden": "unknown field",
        "missing": "is required",
        "string_pattern_mismatch": "has characters that are not allowed",
    }
    return known.get(error["type"]) or str(error["msg"]).removeprefix("Value error, ")


@dataclass(frozen=True, slots=True)
class RecordAnswer:
    """What became of one record. Marks: accepted, duplicate, parked, rejected. Students: changed, unchanged, rejected."""

    index: int
    outcome: Literal["accepted", "duplicate", "parked", "changed", "unchanged", "rejected"]
    id: str | None = None
    receipt: UUID | None = None
    revision: int | None = None
    field: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class BatchAnswer:
    """One answer per record, in the order of the records."""

    records: list[RecordAnswer]
    counts: dict[str, int]
    vanished: list[str] | None = None
    """Only after a full roster: known students whom it does not name. They are not removed."""


def batch_answer(records: list[RecordAnswer], vanished: list[str] | None = None) -> BatchAnswer:
    return BatchAnswer(records, dict(Counter(record.outcome for record in records)), vanished)


def rejected(index: int, fault: Fault, value: object) -> RecordAnswer:
    given = value.get("id") if isinstance(value, dict) else None
    return RecordAnswer(
        index, "rejected", id=given if isinstance(given, str) else None, field=fault.field, reason=fault.reason
    )
