"""`rollcall load`"""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deploy.commands.output import HERE, DataDir, Exit, Json, console, errors, fail, print_json, running_stack

if TYPE_CHECKING:
    from datetime import date

    from deploy.demo.edfi import Loaded

app = typer.Typer(no_args_is_help=True, help="Bring in data that a school's information system has written to files.")
SHOWN = 20


@app.callback()
def _group() -> None:
    """Keeps `edfi` a command of its own while it is the only one."""


@app.command()
def edfi(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", exists=True, file_okay=False, help="<resource>.jsonl files.")
    ],
    district: Annotated[str, typer.Option("--district", help="Whose data it is.")] = "edfi",
    close: Annotated[
        bool, typer.Option("--close", help="Then close every school day in order, so that it is decided.")
    ] = False,
    data_dir: DataDir = HERE,
    as_json: Json = False,
) -> None:
    """Send a folder of Ed-Fi resources through the Ed-Fi surface of the running stack.

    Sending it again changes nothing. A line that is refused is named with field and reason, does not stop the rest, and
    makes the exit code 1.
    """
    stack = running_stack(data_dir)
    loaded, closed = asyncio.run(_load(stack, folder, district, close))
    if as_json:
        print_json({**_summary(loaded), "closed": closed})
    else:
        _show(loaded)
        for school, day in closed.items():
            console.print(f"school {school}: closed through {day}", markup=False)
    if loaded.problems:
        raise typer.Exit(Exit.FAILED)


async def _load(stack: Any, folder: Path, district: str, close: bool) -> "tuple[Loaded, dict[str, date]]":
    """What came of the lines, and the last closed day by school."""
    from deploy.commands.keys import in_ingest
    from deploy.demo.client import RequestRefused, ServiceAway
    from deploy.demo.close_days import close_days
    from deploy.demo.edfi import NotAnEdFiFolder, load
    from services.ingest.keys import create_key

    key = await in_ingest(stack.database_url("ingest"), lambda it: create_key(it, district, "rollcall load edfi"))
    key_id, _, secret = key.partition(".")
    ingest = stack.urls["ingest"]
    with console.status("sending") as status:

        def sent(resource: str, loaded: "Loaded") -> None:
            status.update(f"{resource}: {loaded.sent:,} sent")

        def closed(day: "date") -> None:
            status.update(f"closed {day}")

        try:
            loaded = await load(folder, f"{ingest}/edfi", key_id, secret, sent)
            return loaded, await close_days(ingest, key, stack.clock == "driven", on_day=closed) if close else {}
        except (NotAnEdFiFolder, RequestRefused, ServiceAway) as error:
            fail(str(error))


def _summary(loaded: "Loaded") -> dict[str, Any]:
    problems = [{"file": it.file, "line": it.line, "field": it.field, "reason": it.reason} for it in loaded.problems]
    return {"created": loaded.created, "updated": loaded.updated, "problems": problems}


def _show(loaded: "Loaded") -> None:
    for resource in loaded.created | loaded.updated:
        console.print(f"{resource}: {loaded.created[resource]:,} new, {loaded.updated[resource]:,} known", markup=False)
    for problem in loaded.problems[:SHOWN]:
        errors.print(str(problem), style="red", markup=False, soft_wrap=True)
    if len(loaded.problems) > SHOWN:
        errors.print(f"and {len(loaded.problems) - SHOWN:,} more lines were refused; --json lists them all")
