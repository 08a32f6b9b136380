"""The committed documents are those of the code, and a change of an event is either harmless or refused."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from pydantic import Field, create_model

from deploy import asyncapi
from deploy.migrate import SERVICES
from shared.contracts.registry import EVENT_TYPES, types_of
from shared.contracts.topics import TOPICS
from tests.contracts.golden import SAMPLES

VOIDED = EVENT_TYPES["truancy.report.voided"]


def test_the_committed_documents_are_those_of_the_code() -> None:
    assert asyncapi.check() == []


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_the_committed_schema_accepts_the_golden_sample(name: str) -> None:
    schema = json.loads((asyncapi.DOCS / f"schemas/{name}.json").read_text())
    assert list(Draft202012Validator(schema).iter_errors(SAMPLES[name].body)) == []


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_s_document_lists_every_type_that_it_publishes(service: str) -> None:
    document = json.loads((asyncapi.DOCS / f"asyncapi/{service}.json").read_text())
    owned = [topic.name for topic in TOPICS if topic.owner == service]
    sent = {
        operation["channel"]["$ref"] for operation in document["operations"].values() if operation["action"] == "send"
    }
    assert sent == {f"#/channels/{name}" for name in owned}
    models = {model.__name__ for name in owned for model in types_of(name).values()}
    assert models <= document["components"]["schemas"].keys()


def test_writing_twice_changes_nothing(tmp_path: Path) -> None:
    assert len(asyncapi.write(tmp_path)) == len(EVENT_TYPES) + len(SERVICES)
    assert asyncapi.write(tmp_path) == []
    assert asyncapi.check(tmp_path) == []


def test_a_stale_a_missing_and_a_left_over_file_are_found(tmp_path: Path) -> None:
    asyncapi.write(tmp_path)
    stale = tmp_path / "schemas/notice.sent.json"
    stale.write_text(stale.read_text().replace("Handed to the provider", "Given away"))
    (tmp_path / "asyncapi/ingest.json").unlink()
    (tmp_path / "schemas/notice.burnt.json").write_text("{}")
    findings = "\n".join(asyncapi.check(tmp_path))
    assert "docs/asyncapi/ingest.json: not written yet" in findings
    assert "docs/schemas/notice.sent.json: differs from the code" in findings
    assert "Given away" in findings
    assert "docs/schemas/notice.burnt.json: nothing has this name" in findings


def test_an_added_optional_field_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asyncapi.write(tmp_path)
    wider = create_model("ReportVoided", __base__=VOIDED, remark=(str | None, None))
    monkeypatch.setitem(EVENT_TYPES, VOIDED.type, wider)
    assert "schemas/truancy.report.voided.json" in asyncapi.write(tmp_path)


def test_an_incompatible_change_is_refused_and_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asyncapi.write(tmp_path)
    before = {path: path.read_text() for path in tmp_path.rglob("*.json")}
    narrower = create_model("ReportVoided", __base__=VOIDED, page=(int, Field()))
    monkeypatch.setitem(EVENT_TYPES, VOIDED.type, narrower)
    with pytest.raises(asyncapi.IncompatibleChange, match=r"truancy\.report\.voided: page: the field is required now"):
        asyncapi.write(tmp_path)
    assert {path: path.read_text() for path in tmp_path.rglob("*.json")} == before
    assert any("page" in finding for finding in asyncapi.check(tmp_path))
