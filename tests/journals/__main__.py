"""Writes the journals anew: of all scenarios that have one, and of those named on the command line."""

import sys

from tests.journals.journal import HERE, journal, journal_files, scenario_of

for file in sorted({*journal_files(), *(HERE / f"{name}.txt" for name in sys.argv[1:])}):
    file.write_text(journal(scenario_of(file)))
