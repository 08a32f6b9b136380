"""`cases.v1`, owned by referrals: the case file for the District Attorney and the answer to it."""

from typing import ClassVar
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


class PacketSuperseded(PacketEventData):
    type: ClassVar[str] = "packet.superseded"
    reason: str
