"""What a page of a case file is made of: plain values that the PDF shows as they are, so that a hash of them is a hash of
what the reader sees."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

State = Literal["present", "missing", "not applicable"]


@dataclass(frozen=True, slots=True)
class Paragraph:
    text: str
    kind: Literal["paragraph"] = "paragraph"


@dataclass(frozen=True, slots=True)
class Heading:
    text: str
    kind: Literal["heading"] = "heading"


@dataclass(frozen=True, slots=True)
class Fields:
    """Labels with their values."""

    rows: tuple[tuple[str, str], ...]
    kind: Literal["fields"] = "fields"


@dataclass(frozen=True, slots=True)
class Table:
    """`widths`: relative widths of the columns; 0 takes as little as its text needs."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[int, ...]
    kind: Literal["table"] = "table"


@dataclass(frozen=True, slots=True)
class Register:
    """The attendance of whole months: a row per month, a cell per day; an empty cell is no school day."""

    months: tuple[tuple[str, tuple[str, ...]], ...]
    legend: tuple[tuple[str, str], ...]
    kind: Literal["register"] = "register"


@dataclass(frozen=True, slots=True)
class Signature:
    """A line for a person to sign on, with the statement above it."""

    statement: str
    signer: str
    kind: Literal["signature"] = "signature"


Block = Paragraph | Heading | Fields | Table | Register | Signature


@dataclass(frozen=True, slots=True)
class Content:
    """What one part of the file says. `gaps`: what is still missing, in plain words; `unused`: why the part does not apply."""

    blocks: tuple[Block, ...] = ()
    gaps: tuple[str, ...] = ()
    unused: str | None = None


@dataclass(frozen=True, slots=True)
class Part:
    number: int
    name: str
    title: str
    required: bool
    state: State
    reason: str
    blocks: tuple[Block, ...]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)
