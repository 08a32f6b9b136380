"""Every event type as it stands on the wire, read by our models and by an implementation that is not ours."""

import json
from datetime import datetime
from uuid import UUID

import pytest
from cloudevents.v1.kafka import KafkaMessage, from_binary

from shared.contracts.registry import EVENT_TYPES
from shared.contracts.topics import ATTENDANCE, TOPICS
from tests.contracts.golden import FOLDER, SAMPLES, Sample

each_sample = pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES.keys())


def test_every_type_has_one_sample_and_every_sample_a_type() -> None:
    assert SAMPLES.keys() == EVENT_TYPES.keys()


@each_sample
def test_the_file_is_named_after_the_type(sample: Sample) -> None:
    assert SAMPLES[sample.headers["ce_type"]] is sample


@each_sample
def test_the_body_parses_and_serialises_back_to_the_same_json(sample: Sample) -> None:
    assert json.loads(sample.data().model_dump_json()) == sample.body


@each_sample
def test_the_body_shows_every_field_of_its_model(sample: Sample) -> None:
    assert sample.body.keys() == type(sample.data()).model_fields.keys()


@each_sample
def test_topic_key_and_subject_are_those_of_the_model(sample: Sample) -> None:
    data = sample.data()
    assert (sample.topic, sample.key, sample.headers["ce_subject"]) == (data.topic, data.key, data.subject)


@each_sample
def test_the_key_keeps_in_order_what_must_stay_in_order(sample: Sample) -> None:
    body, district = sample.body, sample.body["district"]
    keys = {
        "attendance.v1": f"{district}/{body.get('school')}",
        "roster.calendar.changed": f"{district}/calendar/{body.get('school')}/{body.get('school_year')}",
    }
    expected = keys.get(sample.topic) or keys.get(sample.headers["ce_type"]) or f"{district}/{body['student']}"
    assert sample.key == expected


@each_sample
def test_the_source_is_the_owner_of_the_topic(sample: Sample) -> None:
    owners = {topic.name: topic.owner for topic in TOPICS}
    assert sample.headers["ce_source"] == f"rollcall/{owners[sample.topic]}"


@each_sample
def test_an_independent_cloudevents_implementation_reads_it(sample: Sample) -> None:
    headers = {name: value.encode() for name, value in sample.headers.items()}
    event = from_binary(KafkaMessage(headers, sample.key.encode(), sample.body_bytes))
    assert event["specversion"] == "1.0"
    assert event["type"] == sample.headers["ce_type"]
    assert event["subject"] == sample.data().subject
    assert event["datacontenttype"] == "application/json"
    assert UUID(event["id"])
    assert datetime.fromisoformat(event["time"]).tzinfo
    assert event.get_data() == sample.body


@each_sample
def test_an_unknown_field_is_an_error(sample: Sample) -> None:
    body = sample.body | {"surprise": 1}
    with pytest.raises(ValueError, match="surprise"):
        type(sample.data()).model_validate(body)


def test_the_samples_name_nobody_real() -> None:
    roster = SAMPLES["roster.student.changed"].body
    assert all(guardian["email"].endswith("@example.org") for guardian in roster["guardians"])
    assert all("555" in guardian["phone"] for guardian in roster["guardians"])


def test_a_school_s_marks_and_its_close_share_a_key() -> None:
    keys = {sample.key for sample in SAMPLES.values() if sample.topic == ATTENDANCE}
    assert len(keys) == 1


def test_the_samples_are_written_alike() -> None:
    for path in FOLDER.glob("*.json"):
        assert path.read_text() == json.dumps(json.loads(path.read_text()), indent=2, ensure_ascii=False) + "\n", (
            path.name
        )
