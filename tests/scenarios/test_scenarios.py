"""Every scenario file, through the pure engine: the acceptance cases, and the project's own."""

from pathlib import Path

import pytest

from deploy.scenario.run import run_scenario

OWN = Path(__file__).parent
ACCEPTANCE = 13


def differences(path: Path) -> list[str]:
    return [f"{path.name}, {difference}" for difference in run_scenario(path).differences]


def test_acceptance_cases(acceptance: Path) -> None:
    files = sorted((acceptance / "scenarios").glob("*.yaml"))
    assert len(files) >= ACCEPTANCE
    assert [difference for path in files for difference in differences(path)] == []


@pytest.mark.parametrize("path", sorted(OWN.glob("*.yaml")), ids=lambda path: path.stem)
def test_own_scenario(path: Path) -> None:
    report = run_scenario(path)
    assert [str(difference) for difference in report.differences] == []
    assert report.expectations > 0
