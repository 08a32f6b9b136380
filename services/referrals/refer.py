"""From the proposal of enforcement to a draft packet, and to a new version when the facts behind it change."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from services.referrals import store, store_cases
from services.referrals.case_file.build import CaseFile, build, contents
from services.referrals.case_file.facts import Case, closed_by_person, declined, latest_proposal
from services.referrals.case_file.scope import Scope, missing_facts, scope_of
from services.referrals.manifest import build_manifest, canonical, changed_parts, sha256
from services.referrals.packet_pdf import Printer
from services.referrals.rules import Rules
from services.referrals.store_cases import OpenCase, Packet, Stored
from shared.contracts.cases import DaDeclined, PacketAssembled, PacketEventData, PacketSuperseded
from shared.contracts.envelope import Event, derived_id
from shared.contracts.ladder import ActRecorded, EnforcementProposed
from shared.db.pool import Connection, Pool
from shared.messaging.event_log import EventLog

SOURCE = "referrals"


async def open_cases(connection: Connection, events: Sequence[Event[Any]]) -> None:
    """One case per pupil and school year, with an id that a repeated proposal finds again."""
    proposals = [event.data for event in events if isinstance(event.data, EnforcementProposed)]
    await store.open_cases(connection, {case_of(data) for data in proposals})


def case_of(data: EnforcementProposed) -> Case:
    id = derived_id("case", data.district, data.student, data.school_year)
    return Case(id, data.district, data.student, data.school_year)


class Waits(NamedTuple):
    """No file yet: these facts must come first."""

    waiting_for: tuple[str, ...]


class Closed(NamedTuple):
    """A named person decided not to go on; the packets that there are stay as they are."""


class Declined(NamedTuple):
    """The District Attorney does not file; the packets that there are stay as they are until enforcement is proposed anew."""

    answer: ActRecorded


def write(found: OpenCase, stored: Stored, rules: Rules) -> CaseFile | Waits | Closed | Declined:
    """The case file as the stored facts give it."""
    proposal = latest_proposal(found.case, stored.events)
    if proposal is None:
        return Waits(("the proposal of enforcement",))
    if closed_by_person(proposal, stored.events):
        return Closed()
    if answer := declined(proposal, stored.events):
        return Declined(answer)
    scope = scope_of(proposal, stored.calendars, stored.closes)
    if not isinstance(scope, Scope):
        return Waits(scope)
    if stored.facts is None:
        return Waits(("the pupil's entry in the roster",))
    missing = missing_facts(scope, stored.facts)
    return Waits(missing) if missing else build(found.case, scope, stored.facts, rules)


@dataclass(frozen=True, slots=True)
class Referrer:
    pool: Pool
    log: EventLog
    rules: Rules
    printer: Printer

    async def look(self, found: OpenCase) -> bool:
        """Look at a case again; True if a packet was assembled. Raises CannotPrint."""
        stored, current = await self._load(found)
        file = write(found, stored, self.rules)
        if isinstance(file, Declined):
            await self._decline(found, file.answer)
            return False
        if not isinstance(file, CaseFile):
            await self._not_now(found, file)
            return False
        says = contents(file)
        changed = changed_parts(current["contents"], says) if current else "first"
        if not changed:
            async with self.log.transaction() as connection:
                await store_cases.look_done(connection, found, "draft")
            return False
        packet = await self._print(found, file, says, current["manifest_sha256"] if current else None)
        return await self._save(found, packet, changed)

    async def _load(self, found: OpenCase) -> tuple[Stored, store_cases.Row | None]:
        async with (
            self.pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            return (
                await store_cases.load(connection, found.case),
                await store_cases.packet(connection, found.case.id, found.version),
            )

    async def _not_now(self, found: OpenCase, file: Waits | Closed) -> None:
        state, waiting_for = ("waiting", file.waiting_for) if isinstance(file, Waits) else ("closed", ())
        async with self.log.transaction() as connection:
            await store_cases.look_done(connection, found, state, waiting_for)

    async def _decline(self, found: OpenCase, answer: ActRecorded) -> None:
        told = declined_event(found, answer, self.rules)
        async with self.log.transaction() as connection:
            if not await store_cases.look_done(connection, found, "declined", told.data.tasks):
                return
            if await store_cases.decline(connection, found.case.id, answer.act):
                await self.log.append(connection, [told])

    async def _print(self, found: OpenCase, file: CaseFile, says: dict[str, Any], before: str | None) -> Packet:
        version = found.version + 1
        pdf = await asyncio.to_thread(self.printer.pdf, says, version, f"{self.rules.id} version {self.rules.version}")
        manifest = build_manifest(file, self.rules, version, says, pdf, before)
        return Packet(
            case=found.case.id,
            version=version,
            known_at=file.known_at,
            contents=canonical(says),
            manifest=manifest,
            pdf=pdf,
            contents_sha256=sha256(canonical(says)),
            manifest_sha256=sha256(manifest),
            pdf_sha256=sha256(pdf),
            missing=file.missing,
            unmet=file.unmet,
        )

    async def _save(self, found: OpenCase, packet: Packet, changed: str) -> bool:
        async with self.log.transaction() as connection:
            if not await store_cases.look_done(connection, found, "draft"):
                return False
            await store_cases.save_packet(connection, packet, changed)
            await self.log.append(connection, events_of(found.case, packet, changed))
        return True


def declined_event(found: OpenCase, answer: ActRecorded, rules: Rules) -> Event[DaDeclined]:
    """Said once for each answer of the District Attorney."""
    data = DaDeclined(
        district=found.case.district,
        student=found.case.student,
        case=found.case.id,
        version=found.version,
        at=answer.as_of,
        act=answer.act,
        reason=answer.reason,
        tasks=rules.tasks_after(answer.reason),
    )
    return Event(derived_id(data.type, found.case.id, answer.act), SOURCE, answer.as_of, data)


def events_of(case: Case, packet: Packet, changed: str) -> list[Event[PacketEventData]]:
    """What the district may know: a new draft, and that the one before no longer counts."""
    base: dict[str, Any] = {"district": case.district, "student": case.student, "case": case.id, "at": packet.known_at}
    assembled = PacketAssembled(
        **base,
        version=packet.version,
        manifest_sha256=packet.manifest_sha256,
        pdf_sha256=packet.pdf_sha256,
        missing=tuple(packet.missing),
        unmet=tuple(packet.unmet),
    )
    told: list[PacketEventData] = [assembled]
    if packet.version > 1:
        told.insert(0, PacketSuperseded(**base, version=packet.version - 1, reason=changed))
    return [
        Event(derived_id(data.type, case.id, data.version, packet.manifest_sha256), SOURCE, packet.known_at, data)
        for data in told
    ]
