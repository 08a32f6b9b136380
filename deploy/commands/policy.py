"""`rollcall policy`"""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deploy.commands.output import HERE, DataDir, Exit, Json, console, errors, fail, print_json, running_stack

if TYPE_CHECKING:
    from services.escalation.ladder import Policy

app = typer.Typer(
    no_args_is_help=True, help="The rules that judge: which there are, what they mean, and what others would do."
)

DAY = ["%Y-%m-%d"]
Which = Annotated[str, typer.Argument(help="A pack's id, or a policy file.")]


@app.command("list")
def list_(data_dir: DataDir = HERE, as_json: Json = False) -> None:
    """The packs that ship, and which district uses which where a stack runs."""
    from deploy.policy.packs import overview

    packs, used = overview(), _in_use(data_dir)
    if as_json:
        return print_json({"packs": packs, "districts": used})
    for pack in packs:
        console.print(f"[bold]{pack['id']}[/] {_described(pack)}", soft_wrap=True)
    for row in used or []:
        since = f" from {row['effective_from']}" if row["effective_from"] else ""
        own = " with values of its own" if row["overrides"] else ""
        console.print(f"district {row['district']} uses {row['policy']}{own}{since}", markup=False, soft_wrap=True)
    return None


def _described(pack: dict[str, Any]) -> str:
    names = f" (also {', '.join(pack['aliases'])})" if pack["aliases"] else ""
    dates = "; ".join(_dated(version) for version in pack["versions"])
    return f"{names.lstrip()} {dates}".lstrip() + _differs(pack)


def _dated(version: dict[str, Any]) -> str:
    start, end = version["effective"]
    return f"version {version['version']} from {start}" + (f" to {end}" if end else "")


def _differs(pack: dict[str, Any]) -> str:
    from deploy.policy.packs import SHOWN

    keys, base = pack["differs"], pack["extends"]
    if base is None:
        return ""
    more = f" and {len(keys) - SHOWN} more" if len(keys) > SHOWN else ""
    return f"\n    as {base}, but for {', '.join(keys[:SHOWN])}{more}" if keys else f"\n    as {base}"


def _in_use(data_dir: Path) -> list[dict[str, Any]] | None:
    """None where no stack runs."""
    import asyncio

    from deploy.embedded.state import StackNotRunning, read_stack
    from deploy.policy.in_use import in_use

    try:
        stack = read_stack(data_dir)
    except StackNotRunning:
        return None
    return asyncio.run(in_use(stack.database_url("escalation")))


@app.command()
def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="A policy in YAML.")],
    as_json: Json = False,
) -> None:
    """Is the policy in FILE valid? Says what it means and what is odd about it. Exits 1 with everything that is wrong."""
    from deploy.policy.meaning import meaning
    from deploy.policy.oddities import oddities
    from deploy.policy.packs import read_policy, values_of
    from deploy.policy.problems import problems
    from services.escalation.ladder import PolicyError

    try:
        values = values_of(read_policy(str(file)))
    except PolicyError as error:
        return _say_problems(problems(error, str(file), file.read_text()), as_json)
    warnings = oddities(values, datetime.now().date())  # noqa: DTZ005  (the reader's own day)
    if as_json:
        return print_json({"valid": True, "problems": [], "meaning": meaning(values), "warnings": warnings})
    console.print(f"{file}: valid ({values['id']} version {values['version']})\n", markup=False, soft_wrap=True)
    for sentence in meaning(values):
        console.print(sentence, markup=False)
    for warning in warnings:
        console.print(f"\n[yellow]odd[/]  {warning}")
    return None


def _say_problems(found: list[Any], as_json: bool) -> None:
    if as_json:
        rows = [{"file": it.file, "line": it.line, "text": it.text} for it in found]
        print_json({"valid": False, "problems": rows, "meaning": [], "warnings": []})
    else:
        for problem in found:
            errors.print(str(problem), style="red", markup=False, soft_wrap=True)
    raise typer.Exit(Exit.FAILED)


@app.command()
def diff(before: Which, after: Which, as_json: Json = False) -> None:
    """What AFTER does otherwise than BEFORE: key by key, and what that means."""
    from rich.table import Table

    from deploy.policy.difference import differences
    from deploy.policy.meaning import meaning
    from deploy.policy.packs import values_of

    old, new = values_of(policy_named(before)), values_of(policy_named(after))
    changes = differences(old, new)
    sentences = [sentence for sentence in meaning(new) if sentence not in meaning(old)]
    if as_json:
        rows = [{"key": it.key, "before": it.before, "after": it.after} for it in changes]
        return print_json({"differences": rows, "meaning": sentences})
    if not changes:
        return console.print("the same rules")
    table = Table("key", "before → after", box=None, padding=(0, 2, 0, 0))
    for change in changes:
        table.add_row(change.key, change.words)
    console.print(table)
    if sentences:
        console.print(f"\n[bold]In plain words, with {after}:[/]")
    for sentence in sentences:
        console.print(sentence, markup=False)
    return None


def policy_named(name: str) -> "Policy":
    """The policy of that id or file; the command ends with exit code 2 or 1 if there is none or it is not valid."""
    from deploy.policy.packs import read_policy
    from services.escalation.ladder import PolicyError

    try:
        return read_policy(name)
    except PolicyError as error:
        fail(str(error))
    except (KeyError, OSError) as error:
        fail(str(error.args[0]) if isinstance(error, KeyError) else f"{name}: {error.strerror}", Exit.USAGE)


@app.command()
def simulate(
    policy: Annotated[str, typer.Option("--policy", metavar="FILE|ID", help="What would judge: a pack or a file.")],
    against: Annotated[
        str, typer.Option("--against", metavar="FILE|ID|current", help="What it is compared with.")
    ] = "current",
    district: Annotated[str | None, typer.Option("--district", help="Needed where the stack has several.")] = None,
    first: Annotated[datetime | None, typer.Option("--from", formats=DAY, help="From the year's first day on.")] = None,
    last: Annotated[datetime | None, typer.Option("--to", formats=DAY, help="To the last closed day.")] = None,
    html: Annotated[Path | None, typer.Option("--html", metavar="OUT.html", help="Write a page of charts.")] = None,
    assume_meetings: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Suppose that a due meeting is held N school days later.")
    ] = None,
    assume_releases: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Suppose that a waiting step is released N school days later."),
    ] = None,
    suppress: Annotated[
        bool,
        typer.Option(help="Hide numbers below 11 pupils in tables by group; show them to authorised readers only."),
    ] = True,
    data_dir: DataDir = HERE,
    as_json: Json = False,
) -> None:
    """What another policy would have done with a district's year, in numbers and charts. Nothing is changed.

    Judges the stored history of every pupil twice, close by close, with what was known then.
    """
    from deploy.simulation.ask import Answer, ask
    from deploy.simulation.terminal import show
    from services.escalation.simulation.assumed import Assumptions

    answer: Answer = ask(
        running_stack(data_dir).database_url("escalation"),
        district=district,
        after=policy_named(policy),
        before=None if against == "current" else policy_named(against),
        first=first.date() if first else None,
        last=last.date() if last else None,
        assumptions=Assumptions(assume_meetings, assume_releases),
        suppress=suppress,
    )
    if html:
        from deploy.simulation.page import page

        html.write_text(page(answer))
    if as_json:
        return print_json(answer.values())
    show(console, answer)
    if html:
        console.print(f"the same with charts: {html}", markup=False, soft_wrap=True)
    return None
