"""A small Ed-Fi client for tests, and invented documents."""

from typing import Any

import httpx

from tests.integration.ingest.conftest import Ingest

URI = "uri://ed-fi.org"
SCHOOL = {"schoolId": 100, "nameOfInstitution": "North School (invented)"}
SESSION = {
    "schoolReference": {"schoolId": 100},
    "schoolYearTypeReference": {"schoolYear": 2026},
    "sessionName": "Fall",
    "beginDate": "2025-08-18",
    "endDate": "2025-12-19",
    "termDescriptor": f"{URI}/TermDescriptor#Fall Semester",
    "totalInstructionalDays": 85,
}
STUDENT = {"studentUniqueId": "s1", "firstName": "Ana", "lastSurname": "Invented", "birthDate": "2012-03-02"}
CONTACT = {
    "contactUniqueId": "c1",
    "firstName": "Rosa",
    "lastSurname": "Invented",
    "electronicMails": [
        {
            "electronicMailAddress": "rosa@example.org",
            "electronicMailTypeDescriptor": f"{URI}/ElectronicMailTypeDescriptor#Home/Personal",
        }
    ],
    "languages": [{"languageDescriptor": f"{URI}/LanguageDescriptor#spa"}],
}
FAMILY = {
    "contactReference": {"contactUniqueId": "c1"},
    "studentReference": {"studentUniqueId": "s1"},
    "relationDescriptor": f"{URI}/RelationDescriptor#Mother",
}
ENROLMENT = {
    "studentReference": {"studentUniqueId": "s1"},
    "schoolReference": {"schoolId": 100},
    "entryDate": "2025-08-18",
    "entryGradeLevelDescriptor": f"{URI}/GradeLevelDescriptor#Seventh grade",
}


def event(category: str, day: str = "2025-09-08", **more: Any) -> dict[str, Any]:
    return {
        "schoolReference": {"schoolId": 100},
        "sessionReference": {"schoolId": 100, "schoolYear": 2026, "sessionName": "Fall"},
        "studentReference": {"studentUniqueId": "s1"},
        "eventDate": day,
        "attendanceEventCategoryDescriptor": f"{URI}/AttendanceEventCategoryDescriptor#{category}",
        **more,
    }


class EdFi:
    def __init__(self, ingest: Ingest, token: str) -> None:
        self.http = ingest.http
        self.headers = {"Authorization": f"Bearer {token}"}

    async def ask(self, method: str, path: str, status: int, json: Any = None, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        response = await self.http.request(
            method, f"/edfi/data/v3/ed-fi/{path}", json=json, headers={**self.headers, **named}
        )
        assert response.status_code == status, response.text
        return response

    async def post(self, resource: str, document: dict[str, Any], status: int = 201) -> str:
        """The path of the item."""
        response = await self.ask("POST", resource, status, document)
        return str(response.headers.get("Location", "")).rpartition("/ed-fi/")[2]


async def signed_in(ingest: Ingest) -> EdFi:
    key_id, _, secret = ingest.key.partition(".")
    answer = await ingest.http.post(
        "/edfi/oauth/token", data={"grant_type": "client_credentials"}, auth=(key_id, secret)
    )
    return EdFi(ingest, answer.json()["access_token"])


async def with_a_student(ingest: Ingest) -> EdFi:
    """A school with a session, and a student with a mother who is enrolled there."""
    client = await signed_in(ingest)
    for resource, document in (
        ("schools", SCHOOL),
        ("sessions", SESSION),
        ("students", STUDENT),
        ("contacts", CONTACT),
        ("studentContactAssociations", FAMILY),
        ("studentSchoolAssociations", ENROLMENT),
    ):
        await client.post(resource, document)
    return client
