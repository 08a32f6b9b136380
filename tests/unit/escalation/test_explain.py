"""Every event of the ladder has a sentence, and the story follows the order in which things became known."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from services.escalation.explain import SENTENCES, story
from shared.contracts.registry import types_of
from shared.contracts.topics import LADDER


def test_every_ladder_event_has_a_sentence_made_of_its_own_fields() -> None:
    for name, model in types_of(LADDER).items():
        SENTENCES[name].format_map(dict.fromkeys(model.model_fields, "x"))


def statement(hour: int, **changes: Any) -> dict[str, Any]:
    return {
        "event_id": UUID(int=hour), "known_at": datetime(2025, 9, 8, hour, tzinfo=UTC), "day": date(2025, 9, 8), "period": None,
        "retracted": False, "status": "absent", "excuse": "unexcused", "minutes": None, "suspension": None, "rev": 1,
        "source": "api", "recorded_by": "clerk", "school": "north", "sequence": hour, "reason": None, "code": "UNX", **changes,
    }  # fmt: skip


def test_the_story_is_told_in_order_with_its_reasons() -> None:
    report = {
        "as_of": datetime(2025, 9, 8, 18, tzinfo=UTC),
        "type": "truancy.report.issued",
        "body": {
            "days": ["2025-09-08"],
            "because": {
                "rule": "report.first", "policy": "us-ca", "policy_version": 3, "days": ["2025-09-08"],
                "marks": [str(UUID(int=16))], "values": {"occasions": 3, "needed": 3},
            },
        },
    }  # fmt: skip
    refused = {
        "at": datetime(2025, 9, 8, 17, tzinfo=UTC), "act_id": UUID(int=9), "refused": "no step is proposed",
        "body": {"by": "chair", "do": "refer_to_sarb"},
    }  # fmt: skip
    steps = story([statement(16), statement(15, period=2, minutes=31)], [refused], [report])
    assert [step["what"] for step in steps] == ["mark", "mark", "act", "truancy.report.issued"]
    assert steps[0]["text"] == "8 Sep 2025, period 2: unexcused absence 31 minutes (8 Sep 2025, from api, by clerk)"
    assert steps[2]["text"] == "chair: refer to sarb was refused: no step is proposed"
    assert steps[3]["text"] == "a report to the attendance supervisor lists 8 Sep 2025"
    assert steps[3]["because"]["policy"] == "us-ca version 3"
    assert steps[3]["because"]["text"] == "3 days count as occasions; a first report is due at 3"
    assert [(mark["period"], mark["excuse"]) for mark in steps[3]["marks"]] == [(None, "unexcused"), (2, "unexcused")]


def test_a_correction_is_told_as_one() -> None:
    statements = [
        statement(9),
        statement(15, excuse="excused", rev=2),
        statement(16, rev=0),
        statement(17, retracted=True, status=None, excuse=None, rev=3),
    ]
    assert [step["text"] for step in story(statements, [], [])] == [
        "8 Sep 2025, the whole day: unexcused absence (8 Sep 2025, from api, by clerk)",
        "8 Sep 2025, the whole day: the school changed it from unexcused absence to excused absence"
        " (8 Sep 2025, from api, by clerk)",
        "8 Sep 2025, the whole day: unexcused absence (8 Sep 2025, from api, by clerk)"
        " came late, and a later revision stands: excused absence",
        "8 Sep 2025, the whole day: the school took back that it was excused absence (8 Sep 2025, from api, by clerk)",
    ]


def test_marks_are_shown_as_they_stood_when_it_was_decided() -> None:
    body = {"day": "2025-09-08", "because": _because(["2025-09-08"], [str(UUID(int=9))])}
    counted = {"as_of": datetime(2025, 9, 8, 12, tzinfo=UTC), "type": "truancy.occasion.counted", "body": body}
    uncounted = {**counted, "as_of": datetime(2025, 9, 8, 18, tzinfo=UTC), "type": "truancy.occasion.uncounted"}
    steps = story([statement(9), statement(15, excuse="excused", rev=2)], [], [counted, uncounted])
    first, second = (step for step in steps if step["what"] != "mark")
    assert [mark["excuse"] for mark in first["marks"]] == ["unexcused"]
    assert [mark["excuse"] for mark in second["marks"]] == ["excused", "unexcused"]
    assert second["because"]["text"].startswith("8 Sep 2025, the whole day: the school changed it from unexcused")


def _because(days: list[str], marks: list[str]) -> dict[str, Any]:
    values = {"occasions": 1}
    return {"rule": "x.y", "policy": "us-ca", "policy_version": 3, "days": days, "marks": marks, "values": values}
