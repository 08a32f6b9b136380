"""`rollcall doctor`"""

from dataclasses import asdict

import typer

from deploy.commands.output import HERE, DataDir, Exit, Json, console, print_json

SIGNS = {"ok": "[green]ok[/]", "optional": "[yellow]optional[/]", "missing": "[red]missing[/]"}


def doctor(data_dir: DataDir = HERE, as_json: Json = False) -> None:
    """What is missing on this machine, in plain words. Exits 1 if `rollcall up` cannot work here."""
    from rich.markup import escape
    from rich.table import Table

    from deploy.doctor import examine

    findings = examine(data_dir)
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
        for finding in findings:
            table.add_row(finding.name, SIGNS[finding.state], escape(finding.text))
        console.print(table)
    if any(finding.state == "missing" for finding in findings):
        raise typer.Exit(Exit.FAILED)
