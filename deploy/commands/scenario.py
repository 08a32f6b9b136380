"""`rollcall scenario`"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deploy.commands.output import HERE, DataDir, Exit, Json, console, errors, fail, print_json, running_stack

if TYPE_CHECKING:
    from deploy.scenario.check import Report

app = typer.Typer(
    no_args_is_help=True, help="Scenario files: a calendar, pupils, a timeline, and what is expected of them."
)


@app.command()
def run(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...")],
    live: Annotated[bool, typer.Option("--live", help="Through the running stack instead of the pure engine.")] = False,
    data_dir: DataDir = HERE,
    as_json: Json = False,
) -> None:
    """Run scenario files and print what differs. Exits 0 only if every expectation of every file holds.

    A file that is no scenario is named with its line and key, exits 2, and does not stop the others.
    """
    stack = running_stack(data_dir) if live else None
    outcomes = list(_run(files, stack, quiet=as_json))
    if as_json:
        print_json([outcome if isinstance(outcome, dict) else outcome.as_json() for outcome in outcomes])
    if any(isinstance(outcome, dict) for outcome in outcomes):
        raise typer.Exit(Exit.USAGE)
    if not all(outcome.holds for outcome in outcomes if not isinstance(outcome, dict)):
        raise typer.Exit(Exit.FAILED)


def _run(files: Iterable[Path], stack: Any, quiet: bool) -> "Iterator[Report | dict[str, Any]]":
    """A report per file, or {file, error} for one that is no scenario; said at once unless `quiet`."""
    from deploy.scenario.yaml_reader import ScenarioError

    for path in files:
        try:
            report = _run_one(path, stack)
        except (ScenarioError, OSError) as error:
            yield {"file": str(path), "error": str(error)}
            if not quiet:
                errors.print(str(error), style="red", markup=False, soft_wrap=True)
            continue
        if not quiet:
            _show(report)
        yield report


def _run_one(path: Path, stack: Any) -> "Report":
    if stack is None:
        from deploy.scenario.run import run_scenario

        return run_scenario(path)
    from deploy.demo.client import RequestRefused, ServiceAway
    from deploy.demo.services import NotProcessed
    from deploy.scenario.live import LiveError, run_live

    try:
        return run_live(path, stack)
    except (LiveError, NotProcessed, RequestRefused, ServiceAway) as error:
        fail(f"{path}: {error}")


def _show(report: "Report") -> None:
    verdict = "[green]holds[/]" if report.holds else f"[red]{len(report.differences)} differ[/]"
    console.print(f"{report.file}: {report.expectations} expectations, {verdict}", soft_wrap=True)
    for difference in report.differences:
        console.print(f"  {difference}", markup=False, soft_wrap=True)
