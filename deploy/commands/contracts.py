"""`rollcall contracts`"""

import typer

from deploy.commands.output import Exit, console, errors

app = typer.Typer(no_args_is_help=True, help="The documents of the events: AsyncAPI per service, a schema per type.")


@app.command()
def check() -> None:
    """Compare the committed documents with the code. Exits 1 with the differences."""
    from deploy import asyncapi

    findings = asyncapi.check()
    for finding in findings:
        errors.print(finding, markup=False, soft_wrap=True)
    if findings:
        errors.print("run `rollcall contracts write` if this is meant")
        raise typer.Exit(Exit.FAILED)


@app.command()
def write() -> None:
    """Write what is out of date. Refuses a change that would break readers of the same major version."""
    from deploy import asyncapi

    try:
        changed = asyncapi.write()
    except asyncapi.IncompatibleChange as error:
        errors.print(str(error), style="red", markup=False, soft_wrap=True)
        raise typer.Exit(Exit.FAILED) from None
    for name in changed:
        console.print(f"docs/{name}", markup=False)
