"""The journal of a scenario: one line for each event of each pupil."""

import json
import re
from pathlib import Path

from deploy.scenario.parse import parse_file
from deploy.scenario.plan import steps
from deploy.scenario.pure import PureRunner
from deploy.scenario.run import take

HERE = Path(__file__).parent
SCENARIOS = HERE.parent / "scenarios"
IDENTITY = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def journal(path: Path) -> str:
    """Identities are numbered in the order in which they are named first, so that a line shows what it points to."""
    scenario = parse_file(path)
    runner = PureRunner(scenario)
    for step in steps(scenario):
        take(step, runner)
    lines = []
    for student in scenario.students:
        for event in runner.events_of(student.id):
            said = event.model_dump(mode="json", exclude_none=True, exclude={"district", "school_year"})
            lines.append(f"{event.type} {json.dumps(said, sort_keys=True)}")
    return _numbered("".join(f"{line}\n" for line in lines))


def _numbered(text: str) -> str:
    numbers: dict[str, str] = {}
    return IDENTITY.sub(lambda found: numbers.setdefault(found[0], f"id-{len(numbers) + 1}"), text)


def journal_files() -> list[Path]:
    return sorted(HERE.glob("*.txt"))


def scenario_of(file: Path) -> Path:
    return SCENARIOS / f"{file.stem}.yaml"
