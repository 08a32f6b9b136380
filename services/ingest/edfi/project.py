"""What the Ed-Fi documents say, in this house's words. Pure: documents in, snapshots, calendars and statements out."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from services.ingest.calendars import CalendarRow, by_school_year, weekdays
from services.ingest.codes import Said
from services.ingest.edfi import vocabulary
from services.ingest.edfi.resources import SCHOOL, Document, at
from services.ingest.edfi.vocabulary import code_value
from services.ingest.marks import Statement

SOURCE = "edfi"
ADDRESS = re.compile(r"[^\s@,;<>]+@[^\s@,;<>]+")


def calendars(school: Document, sessions: Sequence[Document], years: Sequence[str], timezone: str) -> list[CalendarRow]:
    """Monday to Friday inside the sessions, per school year; a year of `years` without a session has no school day left."""
    days = by_school_year(day for session in sessions for day in weekdays(_begin(session), _end(session)))
    empty: dict[str, tuple[date, ...]] = dict.fromkeys(years, ())
    details = {
        "name": school["nameOfInstitution"],
        "lea_type": _lea_type(school),
        "periods": [],
        "language_share": {},
    }
    return [
        CalendarRow(str(school["schoolId"]), year, timezone, found, details) for year, found in (empty | days).items()
    ]


def _begin(session: Document) -> date:
    return date.fromisoformat(session["beginDate"])


def _end(session: Document) -> date:
    return date.fromisoformat(session["endDate"])


def _lea_type(school: Document) -> str:
    charter = code_value(school.get("charterStatusDescriptor", "#Not a Charter School"))
    return "district" if charter == "Not a Charter School" else "charter"


def student_snapshot(
    student: Document, enrolments: Sequence[Document], families: Sequence[tuple[Document, Document]]
) -> dict[str, Any]:
    """The body of a StudentChanged. `families` pairs each contact association with its contact."""
    return {
        "given_name": student["firstName"],
        "family_name": student["lastSurname"],
        "birth_date": student["birthDate"],
        "enrolments": sorted((_enrolment(one) for one in enrolments), key=lambda one: (one["entered"], one["school"])),
        "guardians": [_guardian(link, contact) for link, contact in sorted(families, key=_priority)],
        "home_language": "en",
    }


def _enrolment(document: Document) -> dict[str, Any]:
    grade = document.get("entryGradeLevelDescriptor")
    return {
        "school": str(at(document, SCHOOL)),
        "entered": document["entryDate"],
        "exited": document.get("exitWithdrawDate"),
        "grade": None if grade is None else vocabulary.GRADES[code_value(grade)],
    }


def _priority(family: tuple[Document, Document]) -> tuple[int, bool, str]:
    link, contact = family
    return link.get("contactPriority", 1000), not link.get("primaryContactStatus", False), contact["contactUniqueId"]


def _guardian(link: Document, contact: Document) -> dict[str, Any]:
    relation = link.get("relationDescriptor")
    return {
        "id": contact["contactUniqueId"],
        "given_name": contact["firstName"],
        "family_name": contact["lastSurname"],
        "relation": relation and code_value(relation),
        "language": _language(contact),
        "email": _email(contact),
        "phone": _phone(contact),
        "address": _address(contact),
        "may_receive": _may_receive(link),
        "restriction": link.get("contactRestrictions"),
    }


def _may_receive(link: Document) -> bool:
    if "legalGuardian" in link:
        return bool(link["legalGuardian"])
    is_parent = code_value(link.get("relationDescriptor", "")) in vocabulary.PARENTS
    return is_parent or bool(link.get("primaryContactStatus") and link.get("livesWith"))


def _language(contact: Document) -> str:
    """The home language, otherwise the first one named."""
    languages = contact["languages"]
    home = [one for one in languages if any("Home" in use["languageUseDescriptor"] for use in one["uses"])]
    return next((vocabulary.language(one["languageDescriptor"]) for one in home or languages), "en")


def _email(contact: Document) -> str | None:
    """The primary one that has the form of an address: the standard lets any text stand there."""
    mails = sorted(contact["electronicMails"], key=lambda mail: not mail.get("primaryEmailAddressIndicator", False))
    addresses = (mail["electronicMailAddress"].strip() for mail in mails)
    return next((address for address in addresses if ADDRESS.fullmatch(address)), None)


def _phone(contact: Document) -> str | None:
    """One that takes text messages, otherwise by kind. Faxes and numbers kept for emergencies are not used."""
    known = [
        (not phone.get("textMessageCapabilityIndicator", False), rank, phone.get("orderOfPriority", 1000), phone)
        for phone in contact["telephones"]
        if (rank := _rank(phone["telephoneNumberTypeDescriptor"], vocabulary.TELEPHONES)) is not None
    ]
    return min(known, key=lambda one: one[:3])[3]["telephoneNumber"] if known else None


def _address(contact: Document) -> str | None:
    known = [
        (rank, address)
        for address in contact["addresses"]
        if (rank := _rank(address["addressTypeDescriptor"], vocabulary.ADDRESSES)) is not None
    ]
    return _one_line(min(known, key=lambda one: one[0])[1]) if known else None


def _one_line(address: Mapping[str, Any]) -> str:
    street = " ".join(filter(None, (address["streetNumberName"], address.get("apartmentRoomSuiteNumber"))))
    state = code_value(address["stateAbbreviationDescriptor"])
    return f"{street}, {address['city']} {state} {address['postalCode']}"


def _rank(descriptor: str, order: Sequence[str]) -> int | None:
    value = code_value(descriptor)
    return order.index(value) if value in order else None


def day_statement(school: int, student: str, day: str, latest: Document | None) -> Statement:
    """One word on a student's day, from the document that was changed last; none left takes the day back.

    Ed-Fi's key of an attendance event holds the category: a corrected category is another document, and for a while both
    may be there.
    """
    said = Said(retract=True) if latest is None else Said(code=latest["attendanceEventCategoryDescriptor"])
    return Statement(student, str(school), date.fromisoformat(day), said, SOURCE)
