"""`cases.v1`, owned by referrals: the case file for the District Attorney and the answer to it."""

from typing import ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime

from shared.contracts.envelope import StudentEventData
from shared.contracts.topics import CASES


class PacketEventData(StudentEventData):
    topic: ClassVar[str] = CASES

    case: UUID
    version: int
    at: AwareDatetime


class PacketAssembled(PacketEventData):
    """A draft: nothing leaves the district before a named person has signed it off."""

    type: ClassVar[str] = "packet.assembled"
    manifest_sha256: str
    pdf_sha256: str
    missing: tuple[str, ...]
    """Names of required parts that the file does not have yet; a packet with missing parts cannot be submitted."""
    unmet: tuple[str, ...] = ()
    """Names of checks that the file does not pass; such a packet cannot be submitted either."""


class PacketSuperseded(PacketEventData):
    type: ClassVar[str] = "packet.superseded"
    reason: str


class DaDeclined(PacketEventData):
    """The District Attorney does not file. The explanation goes to the SARB (EC 48291), the outcome to the district that
    referred (EC 48297); the SARB goes on monitoring at level 3. `version`: the packet that was declined, 0 if there was none."""

    type: ClassVar[str] = "da.declined"
    act: UUID
    reason: str | None
    copies: tuple[Literal["sarb_chair", "district"], ...] = ("sarb_chair", "district")
    tasks: tuple[str, ...]
    """What must be put right before the case may be referred again, in plain words."""
