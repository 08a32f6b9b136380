"""The rules of the Ed-Fi API: natural keys, references, versions, problem details."""

import asyncio
from typing import Any

import pytest

from services.ingest.keys import create_key, revoke_key
from tests.integration.ingest.conftest import Ingest
from tests.integration.ingest.edfi_client import (
    CONTACT,
    ENROLMENT,
    FAMILY,
    SCHOOL,
    SESSION,
    STUDENT,
    URI,
    event,
    signed_in,
    with_a_student,
)

pytestmark = pytest.mark.db


async def test_a_token_is_needed_and_dies_with_its_key(ingest: Ingest) -> None:
    form = {"grant_type": "client_credentials"}
    key_id, _, secret = ingest.key.partition(".")
    assert (await ingest.http.post("/edfi/oauth/token", data=form, auth=(key_id, "wrong"))).status_code == 401
    assert (await ingest.http.post("/edfi/oauth/token", data={"grant_type": "password"})).status_code == 400
    in_form = {**form, "client_id": key_id, "client_secret": secret}
    ingest.http.headers.pop("Authorization")
    assert (await ingest.http.post("/edfi/oauth/token", data=in_form)).status_code == 200
    client = await signed_in(ingest)
    await client.ask("GET", "schools", 200)
    async with ingest.pool.acquire() as connection:
        assert await revoke_key(connection, key_id)
    refused = await client.ask("GET", "schools", 401)
    assert refused.json()["type"] == "urn:ed-fi:api:security:authentication"


async def test_post_is_an_upsert_by_natural_key(ingest: Ingest) -> None:
    client = await signed_in(ingest)
    created = await client.ask("POST", "schools", 201, SCHOOL)
    again = await client.ask("POST", "schools", 200, SCHOOL)
    changed = await client.ask("POST", "schools", 200, {**SCHOOL, "nameOfInstitution": "South (invented)"})
    assert created.headers["Location"] == again.headers["Location"] == changed.headers["Location"]
    assert created.headers["ETag"] == again.headers["ETag"] != changed.headers["ETag"]
    item = (await client.ask("GET", created.headers["Location"].rpartition("/ed-fi/")[2], 200)).json()
    assert item["nameOfInstitution"] == "South (invented)"
    assert f'"{item["_etag"]}"' == changed.headers["ETag"]


async def test_versions_and_keys_are_guarded(ingest: Ingest) -> None:
    client = await signed_in(ingest)
    path = await client.post("schools", SCHOOL)
    item = (await client.ask("GET", path, 200)).json()
    renamed = {**item, "nameOfInstitution": "South (invented)"}
    put = await client.ask("PUT", path, 204, renamed, If_Match=item["_etag"])
    stale = await client.ask("PUT", path, 412, renamed, If_Match=item["_etag"])
    assert stale.json()["type"] == "urn:ed-fi:api:optimistic-lock-failed"
    await client.ask("DELETE", path, 412, If_Match=item["_etag"])
    other = await client.ask("PUT", path, 400, {**SCHOOL, "schoolId": 200})
    assert other.json()["type"].endswith(":key-change-not-supported")
    await client.ask("DELETE", path, 204, If_Match=put.headers["ETag"])
    await client.ask("DELETE", path, 404)
    await client.ask("GET", path, 404)


async def test_references_must_exist_and_are_not_pulled_away(ingest: Ingest) -> None:
    client = await signed_in(ingest)
    early = await client.ask("POST", "studentContactAssociations", 409, FAMILY)
    assert early.json()["type"] == "urn:ed-fi:api:data-conflict:unresolved-reference"
    assert "contactReference, studentReference" in early.json()["detail"]
    await client.post("students", STUDENT)
    contact = await client.post("contacts", CONTACT)
    family = await client.post("studentContactAssociations", FAMILY)
    needed = await client.ask("DELETE", contact, 409)
    assert needed.json()["type"] == "urn:ed-fi:api:data-conflict:dependent-item-exists"
    await client.ask("DELETE", family, 204)
    await client.ask("DELETE", contact, 204)


@pytest.mark.parametrize(
    ("resource", "document", "path"),
    [
        ("students", {**STUDENT, "surprise": 1}, "$.surprise"),
        ("students", {name: value for name, value in STUDENT.items() if name != "birthDate"}, "$.birthDate"),
        ("students", {**STUDENT, "birthDate": "2012-3-2"}, "$.birthDate"),
        ("students", {**STUDENT, "studentUniqueId": 7}, "$.studentUniqueId"),
        (
            "contacts",
            {**CONTACT, "telephones": [{"telephoneNumber": "1"}]},
            "$.telephones[0].telephoneNumberTypeDescriptor",
        ),
        ("studentSchoolAssociations", {**ENROLMENT, "schoolReference": None}, "$.schoolReference"),
        ("studentSchoolAssociations", {**ENROLMENT, "exitWithdrawDate": "2025-08-01"}, "$.exitWithdrawDate"),
        ("studentSchoolAssociations", {**ENROLMENT, "entryGradeLevelDescriptor": "x#y"}, "$.entryGradeLevelDescriptor"),
        ("sessions", {**SESSION, "endDate": "2025-01-01"}, "$.endDate"),
        ("schools", {**SCHOOL, "id": "1"}, "$.id"),
        (
            "studentSchoolAttendanceEvents",
            event("Tardy", schoolReference={"schoolId": 7}),
            "$.sessionReference.schoolId",
        ),
    ],
)
async def test_what_is_wrong_is_named(ingest: Ingest, resource: str, document: dict[str, Any], path: str) -> None:
    client = await signed_in(ingest)
    problem = (await client.ask("POST", resource, 400, document)).json()
    assert problem["type"] == "urn:ed-fi:api:bad-request:data-validation-failed"
    assert list(problem["validationErrors"]) == [path]


async def test_what_is_no_document_is_refused(ingest: Ingest) -> None:
    client = await signed_in(ingest)
    for body in (b"", b"[]", b"{", b'{"schoolId":"\\u0000"}', b"\xff"):
        response = await ingest.http.post("/edfi/data/v3/ed-fi/schools", content=body, headers=client.headers)
        assert (response.status_code, response.json()["type"]) == (400, "urn:ed-fi:api:bad-request:data")
    await client.ask("GET", "bellSchedules", 404)
    await client.ask("GET", "schools/not-an-id", 404)


async def test_searching(ingest: Ingest) -> None:
    client = await with_a_student(ingest)
    for day in ("2025-09-08", "2025-09-09", "2025-09-10"):
        await client.post("studentSchoolAttendanceEvents", event("Tardy", day))
    everything = await client.ask("GET", "studentSchoolAttendanceEvents?totalCount=true&limit=2", 200)
    assert (len(everything.json()), everything.headers["Total-Count"]) == (2, "3")
    one = await client.ask("GET", "studentSchoolAttendanceEvents?eventDate=2025-09-09&studentUniqueId=s1", 200)
    assert [item["eventDate"] for item in one.json()] == ["2025-09-09"]
    by_key = await client.ask("GET", "sessions?schoolId=100&schoolYear=2026&sessionName=Fall", 200)
    assert len(by_key.json()) == 1
    assert (await client.ask("GET", "schools?schoolId=7", 200)).json() == []
    await client.ask("GET", "schools?schoolId=seven", 400)
    await client.ask("GET", "schools?colour=red", 400)


async def test_one_district_never_sees_another(ingest: Ingest) -> None:
    path = await (await signed_in(ingest)).post("schools", SCHOOL)
    async with ingest.pool.acquire() as connection:
        ingest.key = await create_key(connection, "other-district", "test")
    other = await signed_in(ingest)
    assert (await other.ask("GET", "schools", 200)).json() == []
    await other.ask("GET", path, 404)
    await other.ask("DELETE", path, 404)
    await other.post("schools", SCHOOL, 201)


async def test_the_roster_is_what_the_documents_say(ingest: Ingest) -> None:
    client = await with_a_student(ingest)
    [student] = await ingest.said("roster.student.changed")
    assert student["enrolments"] == [{"school": "100", "entered": "2025-08-18", "exited": None, "grade": 7}]
    [guardian] = student["guardians"]
    assert (guardian["id"], guardian["language"], guardian["email"]) == ("c1", "es", "rosa@example.org")
    assert guardian["may_receive"] is True
    await client.ask("POST", "contacts", 200, {**CONTACT, "lastSurname": "Changed"})
    await client.ask("POST", "studentContactAssociations", 200, {**FAMILY, "contactRestrictions": "read first"})
    later = (await ingest.said("roster.student.changed"))[1:]
    assert [change["revision"] for change in later] == [2, 3]
    assert later[-1]["guardians"][0]["family_name"] == "Changed"
    assert later[-1]["guardians"][0]["restriction"] == "read first"


async def test_where_a_pupil_was_born_is_not_kept(ingest: Ingest) -> None:
    client = await signed_in(ingest)
    path = await client.post("students", {**STUDENT, "birthCity": "Somewhere", "visas": [{"visaDescriptor": "x#y"}]})
    item = (await client.ask("GET", path, 200)).json()
    assert "birthCity" not in item
    assert "visas" not in item
    assert "Somewhere" not in str(await ingest.pool.fetch("SELECT document FROM edfi_document"))


async def test_many_writers_about_one_family_end_with_what_was_sent(ingest: Ingest) -> None:
    """Contacts and associations of the same students at once: the last snapshot holds everything."""
    client = await with_a_student(ingest)
    people = [{**CONTACT, "contactUniqueId": f"g{number}"} for number in range(12)]

    async def add(person: dict[str, Any]) -> None:
        await client.post("contacts", person)
        reference = {"contactUniqueId": person["contactUniqueId"]}
        await client.post("studentContactAssociations", {**FAMILY, "contactReference": reference})
        await client.ask("POST", "contacts", 200, {**person, "lastSurname": "Changed"})

    await asyncio.gather(*map(add, people))
    said = await ingest.said("roster.student.changed")
    assert [event["revision"] for event in said] == list(range(1, len(said) + 1))
    assert {guardian["family_name"] for guardian in said[-1]["guardians"] if guardian["id"] != "c1"} == {"Changed"}
    assert len(said[-1]["guardians"]) == 13


async def test_the_calendar_follows_the_sessions(ingest: Ingest) -> None:
    client = await signed_in(ingest)
    await client.post("schools", SCHOOL)
    session = await client.post("sessions", {**SESSION, "endDate": "2025-08-26"})
    [calendar] = await ingest.said("roster.calendar.changed")
    days = ["2025-08-18", "2025-08-19", "2025-08-20", "2025-08-21", "2025-08-22", "2025-08-25", "2025-08-26"]
    assert calendar["instructional_days"] == days
    assert (calendar["name"], calendar["school_year"]) == ("North School (invented)", "2025-2026")
    await client.ask(
        "POST", "schools", 200, {**SCHOOL, "charterStatusDescriptor": f"{URI}/CharterStatusDescriptor#School Charter"}
    )
    await client.ask("DELETE", session, 204)
    revisions = await ingest.said("roster.calendar.changed")
    assert [(change["revision"], change["lea_type"]) for change in revisions] == [
        (1, "district"),
        (2, "charter"),
        (3, "charter"),
    ]
    assert revisions[-1]["instructional_days"] == []
