"""One Ed-Fi document is created, changed or deleted, and what follows for the roster, the calendar or a mark.

One transaction each. It first takes the locks of everything that the document can change, in a single call, so that two
writers about the same school, student or contact follow each other.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from services.ingest import roster, store_roster
from services.ingest.accept import accept
from services.ingest.edfi import errors, project, store
from services.ingest.edfi.resources import Document, Resource, at, key, ref
from services.ingest.edfi.store import Stored
from services.ingest.keys import Caller
from services.ingest.transactions import ChangedMeanwhile, Ledger
from shared.messaging.event_log import lock_keys

FAMILY = ("studentSchoolAssociations", "studentContactAssociations")


@dataclass(frozen=True, slots=True)
class Written:
    stored: Stored
    created: bool


async def upsert(
    ledger: Ledger, caller: Caller, resource: Resource, document: Document, if_match: str | None, now: datetime
) -> Written:
    """Create the document, or change the one with the same natural key. The same document again changes nothing."""
    await _lock(ledger, caller, resource, document)
    existing = await store.find(ledger.connection, caller.district, resource, resource.key_of(document))
    _check_version(existing, if_match)
    if existing and existing.document == document:
        return Written(existing, created=False)
    return Written(await _save(ledger, caller, resource, document, now), created=existing is None)


async def replace(
    ledger: Ledger,
    caller: Caller,
    resource: Resource,
    id: UUID,
    document: Document,
    if_match: str | None,
    now: datetime,
) -> Stored:
    """Change the document with this id. Raises Problem: 404, 412, 400 for another natural key, 409."""
    await _lock(ledger, caller, resource, document)
    existing = await _get(ledger, caller, resource, id)
    _check_version(existing, if_match)
    if existing.key != resource.key_of(document):
        raise errors.key_change()
    if existing.document == document:
        return existing
    return await _save(ledger, caller, resource, document, now)


async def remove(
    ledger: Ledger, caller: Caller, resource: Resource, id: UUID, if_match: str | None, now: datetime
) -> None:
    """Raises Problem: 404, 412, 409 while another document needs this one."""
    seen = await _get(ledger, caller, resource, id)
    await _lock(ledger, caller, resource, seen.document)
    existing = await _get(ledger, caller, resource, id)
    _check_version(existing, if_match)
    if needed_by := await store.dependent(ledger.connection, caller.district, resource, existing):
        raise errors.dependent(needed_by)
    await store.delete(ledger.connection, id)
    await _follow(ledger, caller, resource, existing, now)


async def _get(ledger: Ledger, caller: Caller, resource: Resource, id: UUID) -> Stored:
    existing = await store.get(ledger.connection, caller.district, resource, id)
    if existing is None:
        raise errors.not_found()
    return existing


def _check_version(existing: Stored | None, if_match: str | None) -> None:
    if if_match not in (None, "*") and (existing is None or if_match.strip('"') != str(existing.position)):
        raise errors.optimistic_lock()


async def _lock(ledger: Ledger, caller: Caller, resource: Resource, document: Document) -> None:
    district = caller.district
    match resource.name:
        case "schools":
            await ledger.lock_schools(district, [str(document["schoolId"])])
        case "sessions" | "studentSchoolAttendanceEvents":
            await ledger.lock_schools(district, [str(at(document, "schoolReference.schoolId"))])
        case "contacts":
            await _lock_family(ledger, district, document["contactUniqueId"])
        case "studentContactAssociations":
            contact = ref("contacts", at(document, "contactReference.contactUniqueId"))
            await lock_keys(ledger.connection, _names(district, contact, _student(resource.about_of(document))))
        case _:
            await lock_keys(ledger.connection, _names(district, _student(resource.about_of(document))))


async def _lock_family(ledger: Ledger, district: str, contact: str) -> None:
    """A contact with all the students it belongs to. Who they are is known only once they are locked."""
    students = await store.students_of_contact(ledger.connection, district, contact)
    await lock_keys(ledger.connection, _names(district, ref("contacts", contact), *map(_student, students)))
    if await store.students_of_contact(ledger.connection, district, contact) != students:
        raise ChangedMeanwhile


def _student(about: str) -> str:
    return f"students|{about}"


def _names(district: str, *refs: str) -> list[str]:
    return [f"{district}/{ref}" for ref in refs]


async def _save(ledger: Ledger, caller: Caller, resource: Resource, document: Document, now: datetime) -> Stored:
    wanted = resource.refs_of(document)
    known = await store.hold(ledger.connection, caller.district, set(wanted.values())) if wanted else set()
    if missing := [name for name, one in wanted.items() if one not in known]:
        raise errors.unresolved(missing)
    stored = await store.save(ledger.connection, caller.district, resource, uuid4(), document)
    await _follow(ledger, caller, resource, stored, now)
    return stored


async def _follow(ledger: Ledger, caller: Caller, resource: Resource, changed: Stored, now: datetime) -> None:
    """Say what the documents that are there now mean."""
    match resource.name:
        case "schools" | "sessions":
            await _project_calendars(ledger, caller, changed.about, now)
        case "studentSchoolAttendanceEvents":
            await _project_day(ledger, caller, changed.about, now)
        case "contacts":
            contact = changed.document["contactUniqueId"]
            students = await store.students_of_contact(ledger.connection, caller.district, contact)
            if students:
                await _project_students(ledger, caller, students, now)
        case _:
            await _project_students(ledger, caller, [changed.about], now)


async def _project_calendars(ledger: Ledger, caller: Caller, school: str, now: datetime) -> None:
    documents = await store.about(ledger.connection, caller.district, ("schools", "sessions"), [school])
    schools = [document for resource, _, document in documents if resource == "schools"]
    sessions = [document for resource, _, document in documents if resource == "sessions"]
    if not schools:
        return
    known = await store_roster.calendars(ledger.connection, caller.district, str(schools[0]["schoolId"]))
    years = [row["school_year"] for row in known]
    for calendar in project.calendars(schools[0], sessions, years, caller.timezone):
        await roster.save_calendar(ledger, caller, calendar, now)


async def _project_day(ledger: Ledger, caller: Caller, about: str, now: datetime) -> None:
    documents = await store.about(ledger.connection, caller.district, ("studentSchoolAttendanceEvents",), [about])
    latest = documents[0][2] if documents else None
    school, student, day = json.loads(about)
    await accept(ledger, caller, [project.day_statement(school, student, day, latest)], now)


async def _project_students(ledger: Ledger, caller: Caller, students: list[str], now: datetime) -> None:
    """New snapshots of these students, where they changed. A student who was never enrolled is not known yet."""
    documents = await store.about(ledger.connection, caller.district, ("students", *FAMILY), students)
    links = [document for resource, _, document in documents if resource == "studentContactAssociations"]
    contacts = await _contacts(ledger, caller, links)
    snapshots = {}
    for student in students:
        own = [(resource, document) for resource, about, document in documents if about == student]
        people = [document for resource, document in own if resource == "students"]
        enrolments = [document for resource, document in own if resource == "studentSchoolAssociations"]
        families = [(link, contacts[_contact(link)]) for resource, link in own if resource == FAMILY[1]]
        if people and (enrolments or await _is_known(ledger, caller, people[0])):
            snapshots[people[0]["studentUniqueId"]] = project.student_snapshot(people[0], enrolments, families)
    if snapshots:
        await roster.save_students(ledger, caller, snapshots, now)


def _contact(link: Document) -> str:
    return str(at(link, "contactReference.contactUniqueId"))


async def _contacts(ledger: Ledger, caller: Caller, links: list[Document]) -> dict[str, Document]:
    wanted = [key(_contact(link)) for link in links]
    if not wanted:
        return {}
    found = await store.about(ledger.connection, caller.district, ("contacts",), wanted)
    return {document["contactUniqueId"]: document for _, _, document in found}


async def _is_known(ledger: Ledger, caller: Caller, student: Document) -> bool:
    return bool(await store_roster.known_students(ledger.connection, caller.district, [student["studentUniqueId"]]))
