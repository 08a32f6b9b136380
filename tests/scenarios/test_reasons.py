"""Every rule that a scenario meets has a reason in plain words, which needs no value that the rule does not give."""

from pathlib import Path
from typing import Any

import pytest

from deploy.scenario import pure
from deploy.scenario.run import run_scenario
from services.escalation.reasons import RULES, reason
from shared.contracts.ladder import Because, LadderEventData


def test_every_rule_that_is_met_has_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    met: list[Because] = []

    class Noting(pure.Case):
        def take(self, decision: Any) -> None:
            met.extend(event.because for event in decision.events if isinstance(event, LadderEventData))
            super().take(decision)

    monkeypatch.setattr(pure, "Case", Noting)
    for path in sorted(Path(__file__).parent.glob("*.yaml")):
        run_scenario(path)
    assert len({because.rule for because in met}) > 40
    own = {because.rule for because in met if not because.rule.startswith(("act.", "rule."))}
    assert sorted(own - RULES.keys()) == []
    assert [because.rule for because in met if " holds" in reason(because.model_dump(mode="json"))] == []
