"""What was emitted yesterday is emitted today."""

from pathlib import Path

import pytest

from tests.journals.journal import journal, journal_files, scenario_of


@pytest.mark.parametrize("file", journal_files(), ids=lambda file: file.stem)
def test_the_journal_is_the_same(file: Path) -> None:
    assert journal(scenario_of(file)).splitlines() == file.read_text().splitlines()


def test_there_are_journals() -> None:
    assert len(journal_files()) >= 5
