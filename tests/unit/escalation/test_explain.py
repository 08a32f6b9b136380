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
        "source": "api", "recorded_by": "clerk", **changes,
    }  # fmt: skip


def test_the_story_is_told_in_order_with_its_reasons() -> None:
    report = {
        "as_of": datetime(2025, 9, 8, 18, tzinfo=UTC),
        "type": "truancy.report.issued",
        "body": {
            "days": ["2025-09-08"],
            "because": {
                "rule": "report.first", "policy": "us-ca", "policy_version": 3, "days": ["2025-09-08"],
                "marks": ["a"], "values": {"occasions": 3},
            },
        },
    }  # fmt: skip
    refused = {
        "at": datetime(2025, 9, 8, 17, tzinfo=UTC), "act_id": UUID(int=9), "refused": "no step is proposed",
        "body": {"by": "chair", "do": "refer_to_sarb"},
    }  # fmt: skip
    steps = story([statement(16), statement(15, period=2, minutes=31)], [refused], [report])
    assert [step["what"] for step in steps] == ["mark", "mark", "act", "truancy.report.issued"]
    assert steps[0]["text"] == "2025-09-08, period 2: absent, unexcused, 31 minutes (revision 1, from api by clerk)"
    assert steps[2]["text"] == "chair: refer_to_sarb was refused: no step is proposed"
    assert steps[3]["text"] == "a report to the attendance supervisor lists 2025-09-08"
    assert steps[3]["because"]["policy"] == "us-ca version 3"
