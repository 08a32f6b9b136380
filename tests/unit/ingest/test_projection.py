"""Ed-Fi documents in this house's words."""

from datetime import date
from typing import Any

import pytest

from services.ingest.calendars import bounds, school_year_of
from services.ingest.edfi import project
from services.ingest.edfi.errors import Problem
from services.ingest.edfi.query import read_search
from services.ingest.edfi.resources import RESOURCES

URI = "uri://ed-fi.org"


def contact(**more: Any) -> dict[str, Any]:
    base = {"contactUniqueId": "c", "firstName": "Rosa", "lastSurname": "Invented"}
    return {**base, "electronicMails": [], "telephones": [], "languages": [], "addresses": [], **more}


def guardian(link: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    student = {"firstName": "Ana", "lastSurname": "Invented", "birthDate": "2012-03-02"}
    snapshot = project.student_snapshot(student, [], [(link or {}, contact(**more))])
    return dict(snapshot["guardians"][0])


def telephone(number: str, kind: str, **more: Any) -> dict[str, Any]:
    return {"telephoneNumber": number, "telephoneNumberTypeDescriptor": f"{URI}/T#{kind}", **more}


def test_the_phone_is_one_that_reaches_the_guardian() -> None:
    fax, home, mobile = telephone("1", "Fax"), telephone("2", "Home"), telephone("3", "Mobile")
    texts = telephone("4", "Home", textMessageCapabilityIndicator=True)
    assert guardian(telephones=[fax])["phone"] is None
    assert guardian(telephones=[fax, home, mobile])["phone"] == "3"
    assert guardian(telephones=[mobile, texts])["phone"] == "4"


def test_the_email_is_the_primary_address() -> None:
    def mail(address: str, primary: bool = False) -> dict[str, Any]:
        return {"electronicMailAddress": address, "primaryEmailAddressIndicator": primary}

    assert guardian(electronicMails=[mail("a@example.org"), mail("b@example.org", True)])["email"] == "b@example.org"
    assert guardian(electronicMails=[mail("no address"), mail("a@example.org")])["email"] == "a@example.org"
    assert guardian(electronicMails=[mail("two@example.org, one@example.org")])["email"] is None


def test_the_language_is_the_one_spoken_at_home() -> None:
    def spoken(code: str, *uses: str) -> dict[str, Any]:
        named = [{"languageUseDescriptor": f"{URI}/LanguageUseDescriptor#{use}"} for use in uses]
        return {"languageDescriptor": f"{URI}/LanguageDescriptor#{code}", "uses": named}

    assert guardian()["language"] == "en"
    assert guardian(languages=[spoken("vie", "Written"), spoken("spa", "Home language")])["language"] == "es"


@pytest.mark.parametrize(
    ("link", "may"),
    [
        ({"relationDescriptor": f"{URI}/RelationDescriptor#Mother"}, True),
        ({"relationDescriptor": f"{URI}/RelationDescriptor#Mother", "legalGuardian": False}, False),
        ({"relationDescriptor": f"{URI}/RelationDescriptor#Neighbor", "emergencyContactStatus": True}, False),
        (
            {
                "relationDescriptor": f"{URI}/RelationDescriptor#Grandmother",
                "primaryContactStatus": True,
                "livesWith": True,
            },
            True,
        ),
        ({"legalGuardian": True}, True),
        ({}, False),
    ],
)
def test_who_receives_notices(link: dict[str, Any], may: bool) -> None:
    assert guardian(link)["may_receive"] is may


def test_a_calendar_is_monday_to_friday_inside_the_sessions() -> None:
    school = {"schoolId": 7, "nameOfInstitution": "North (invented)"}
    sessions = [
        {"beginDate": "2026-06-29", "endDate": "2026-07-06"},
        {"beginDate": "2026-06-29", "endDate": "2026-06-30"},
    ]
    rows = {row.school_year: row for row in project.calendars(school, sessions, ["2024-2025"], "America/Los_Angeles")}
    assert rows["2024-2025"].instructional_days == ()
    assert rows["2025-2026"].instructional_days == (date(2026, 6, 29), date(2026, 6, 30))
    assert rows["2026-2027"].instructional_days == (
        date(2026, 7, 1),
        date(2026, 7, 2),
        date(2026, 7, 3),
        date(2026, 7, 6),
    )


def test_school_years_begin_in_july() -> None:
    assert [school_year_of(date(2026, 6, 30)), school_year_of(date(2026, 7, 1))] == ["2025-2026", "2026-2027"]
    assert bounds("2025-2026") == (date(2025, 7, 1), date(2026, 6, 30))
    with pytest.raises(ValueError, match="follow each other"):
        bounds("2025-2027")


def test_the_whole_natural_key_is_looked_up_directly() -> None:
    search = read_search(
        RESOURCES["studentSchoolAssociations"], {"schoolId": "7", "studentUniqueId": "a", "entryDate": "2025-08-18"}
    )
    assert search.key == '["2025-08-18",7,"a"]'
    part = read_search(RESOURCES["studentSchoolAssociations"], {"schoolId": "7"})
    assert (part.key, part.filters) == (None, {"schoolReference": {"schoolId": 7}})


@pytest.mark.parametrize(
    "given", [{"limit": "-1"}, {"limit": "501"}, {"offset": "x"}, {"x": "1"}, {"schoolId": "\u0667"}]
)
def test_bad_parameters(given: dict[str, str]) -> None:
    with pytest.raises(Problem) as problem:
        read_search(RESOURCES["schools"], given)
    assert problem.value.status == 400
