"""What the resources are to each other: natural keys, references, and what a document is about. Pure."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import BaseModel, ValidationError

from services.ingest.edfi import models
from services.ingest.edfi.errors import invalid
from services.ingest.edfi.vocabulary import GRADES, code_value
from services.ingest.records import faults_of

INDEX = re.compile(r"\.(\d+)\b")
Document = dict[str, Any]
SCHOOL, STUDENT, CONTACT = (
    "schoolReference.schoolId",
    "studentReference.studentUniqueId",
    "contactReference.contactUniqueId",
)


@dataclass(frozen=True, slots=True)
class Resource:
    name: str
    model: type[BaseModel]
    identity: tuple[str, ...]
    """Paths of the natural key."""
    references: Mapping[str, str]
    """Property -> the resource that it refers to."""
    about: tuple[str, ...]
    """Paths of what the document is projected into: a school, a student, a student's day."""

    def key_of(self, document: Document) -> str:
        return _key(at(document, path) for path in self.identity)

    def about_of(self, document: Document) -> str:
        return _key(at(document, path) for path in self.about)

    def refs_of(self, document: Document) -> dict[str, str]:
        """The items that the document needs, as `resource|key`, by property."""
        return {
            name: ref(target, *(at(document[name], leaf(path)) for path in RESOURCES[target].identity))
            for name, target in self.references.items()
        }


def at(document: Document, path: str) -> Any:
    for part in path.split("."):
        document = document[part]
    return document


def leaf(path: str) -> str:
    return path.rpartition(".")[2]


def key(*values: object) -> str:
    return _key(values)


def ref(resource: str, *values: object) -> str:
    return f"{resource}|{_key(values)}"


def _key(values: Any) -> str:
    return json.dumps(list(values), ensure_ascii=False, separators=(",", ":"))


RESOURCES: dict[str, Resource] = {
    resource.name: resource
    for resource in (
        Resource("schools", models.School, ("schoolId",), {}, ("schoolId",)),
        Resource(
            "sessions",
            models.Session,
            (SCHOOL, "schoolYearTypeReference.schoolYear", "sessionName"),
            {"schoolReference": "schools"},
            (SCHOOL,),
        ),
        Resource("students", models.Student, ("studentUniqueId",), {}, ("studentUniqueId",)),
        Resource("contacts", models.Contact, ("contactUniqueId",), {}, ("contactUniqueId",)),
        Resource(
            "studentContactAssociations",
            models.StudentContactAssociation,
            (CONTACT, STUDENT),
            {"contactReference": "contacts", "studentReference": "students"},
            (STUDENT,),
        ),
        Resource(
            "studentSchoolAssociations",
            models.StudentSchoolAssociation,
            ("entryDate", SCHOOL, STUDENT),
            {"schoolReference": "schools", "studentReference": "students"},
            (STUDENT,),
        ),
        Resource(
            "studentSchoolAttendanceEvents",
            models.StudentSchoolAttendanceEvent,
            (
                "attendanceEventCategoryDescriptor",
                "eventDate",
                SCHOOL,
                "sessionReference.schoolYear",
                "sessionReference.sessionName",
                STUDENT,
            ),
            {"schoolReference": "schools", "sessionReference": "sessions", "studentReference": "students"},
            (SCHOOL, STUDENT, "eventDate"),
        ),
    )
}
"""In the order of their dependencies. Contacts come before enrolments, so that a pupil is known with the family."""


def read_document(resource: Resource, value: Document) -> Document:
    """`value` as it is kept. Raises Problem (400) that names every property at fault."""
    try:
        model = resource.model.model_validate(value)
    except ValidationError as error:
        raise invalid(_validation_errors(error)) from None
    document = model.model_dump(mode="json", exclude_none=True)
    if wrong := _inconsistencies(resource.name, document):
        raise invalid(wrong)
    return document


def _validation_errors(error: ValidationError) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for fault in faults_of(error.errors(include_url=False, include_context=False, include_input=False)):
        found.setdefault(INDEX.sub(r"[\1]", f"$.{fault.field}"), []).append(fault.reason)
    return found


def _inconsistencies(name: str, document: Document) -> dict[str, list[str]]:
    """What no single property shows."""
    if name == "studentSchoolAttendanceEvents" and at(document, SCHOOL) != at(document, "sessionReference.schoolId"):
        return {"$.sessionReference.schoolId": ["must be the schoolId of the schoolReference"]}
    if name == "sessions" and document["endDate"] < document["beginDate"]:
        return {"$.endDate": ["must not be before the beginDate"]}
    if name == "sessions" and not _is_short(document):
        return {"$.endDate": ["must be within 400 days of the beginDate"]}
    if name == "studentSchoolAssociations":
        return _enrolment_faults(document)
    return {}


def _is_short(session: Document) -> bool:
    return (date.fromisoformat(session["endDate"]) - date.fromisoformat(session["beginDate"])).days <= 400


def _enrolment_faults(document: Document) -> dict[str, list[str]]:
    grade = document.get("entryGradeLevelDescriptor")
    if grade is not None and code_value(grade) not in GRADES:
        return {"$.entryGradeLevelDescriptor": [f"must end with one of: {', '.join(GRADES)}"]}
    if document.get("exitWithdrawDate", "9999") < document["entryDate"]:
        return {"$.exitWithdrawDate": ["must not be before the entryDate"]}
    return {}
