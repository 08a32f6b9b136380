"""Loading Ed-Fi folders: the order of files and lines, and what is said about lines that are refused."""

import json
from pathlib import Path

import httpx
import pytest

from deploy.demo.edfi import ClientCredentials, NotAnEdFiFolder, Problem, _in_order, _lane, problems_of

RESOURCES = ["schools", "students", "studentSchoolAssociations"]


def folder_with(path: Path, *names: str) -> Path:
    for name in names:
        (path / f"{name}.jsonl").write_text("{}\n")
    return path


def test_files_are_sent_in_the_order_of_their_dependencies(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, "studentSchoolAssociations", "schools", "students")
    assert [path.stem for path in _in_order(folder, RESOURCES)] == RESOURCES


def test_a_file_that_the_service_does_not_know_is_named(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, "schools", "grades")
    with pytest.raises(NotAnEdFiFolder, match=r"grades\.jsonl: the service does not take grades; it takes schools"):
        _in_order(folder, RESOURCES)


def test_an_empty_folder_is_no_ed_fi_folder(tmp_path: Path) -> None:
    with pytest.raises(NotAnEdFiFolder, match=r"has no \.jsonl file"):
        _in_order(tmp_path, RESOURCES)


def test_lines_about_one_student_share_a_lane_and_broken_lines_have_one_too() -> None:
    line = json.dumps({"studentReference": {"studentUniqueId": "604822"}})
    assert len({_lane(number, line) for number in range(20)}) == 1
    assert len({_lane(number, '{"schoolId": 1}') for number in range(16)}) == 16
    assert _lane(3, "no json") == 3
    assert _lane(4, "[1]") == 4


def test_a_refusal_names_file_line_field_and_reason() -> None:
    refused = httpx.Response(400, json={"detail": "not valid", "validationErrors": {"$.birthDate": ["is required."]}})
    problems = problems_of(refused, "students.jsonl", 7)
    assert problems == [Problem("students.jsonl", 7, "birthDate", "is required.")]
    assert str(problems[0]) == "students.jsonl, line 7, birthDate: is required."


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        (
            httpx.Response(409, json={"detail": "The referenced 'School' does not exist."}),
            "The referenced 'School' does not exist.",
        ),
        (httpx.Response(400, json={"detail": "x", "errors": ["unknown property a", "b"]}), "unknown property a; b"),
        (httpx.Response(404, text="not found"), "answered 404"),
        (httpx.Response(400, json=["x"]), "answered 400"),
    ],
)
def test_a_refusal_without_a_field_says_what_it_can(response: httpx.Response, reason: str) -> None:
    assert problems_of(response, "a.jsonl", 1) == [Problem("a.jsonl", 1, "", reason)]


async def test_a_token_is_taken_once_and_again_when_it_is_no_longer_good() -> None:
    tokens = iter(("first", "second"))
    seen: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/oauth/token":
            return httpx.Response(200, json={"access_token": next(tokens)})
        seen.append(request.headers["authorization"])
        return httpx.Response(401 if len(seen) == 2 else 200)

    auth = ClientCredentials("http://rollcall.test/oauth/token", "key", "secret")
    async with httpx.AsyncClient(transport=httpx.MockTransport(handler), auth=auth) as client:
        answers = [(await client.get("http://rollcall.test/data")).status_code for _ in range(3)]
    assert answers == [200, 200, 200]
    assert seen == ["Bearer first", "Bearer first", "Bearer second", "Bearer second"]
