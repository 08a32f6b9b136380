"""What all commands share: where the stack is, exit codes, text for people or JSON for programs."""

import json
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from rich.console import Console

if TYPE_CHECKING:
    from deploy.embedded.state import StackInfo

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)

DataDir = Annotated[Path, typer.Option("--data-dir", help="Where the stack keeps its data, logs and addresses.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for a program instead of text.")]
HERE = Path(".rollcall")


class Exit(IntEnum):
    """Exit codes for scripts."""

    OK = 0
    FAILED = 1
    USAGE = 2
    NOT_RUNNING = 3


def fail(text: str, code: Exit = Exit.FAILED) -> NoReturn:
    """Say what is wrong on standard error and end with `code`."""
    errors.print(text, style="red", markup=False, soft_wrap=True)
    raise typer.Exit(code)


def running_stack(data_dir: Path) -> "StackInfo":
    """The stack that serves from `data_dir`; the command ends with exit code 3 if there is none."""
    from deploy.embedded.state import StackNotRunning, read_stack

    try:
        return read_stack(data_dir)
    except StackNotRunning as error:
        fail(str(error), Exit.NOT_RUNNING)


def print_json(value: Any) -> None:
    """One JSON document on standard output, without colours or wrapped lines."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))
