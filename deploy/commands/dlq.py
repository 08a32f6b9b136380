"""`rollcall dlq`"""

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deploy.commands.output import HERE, DataDir, Exit, Json, console, fail, print_json, running_stack

if TYPE_CHECKING:
    from shared.messaging.dead_letters import Letter

app = typer.Typer(
    no_args_is_help=True, help="Dead letters: records that a consumer could not handle, kept byte for byte."
)

Topic = Annotated[str, typer.Argument(metavar="TOPIC", help="Where the record came from, for instance attendance.v1.")]
Position = Annotated[int, typer.Argument(metavar="POSITION", help="As `dlq list` shows it.")]


@app.command("list")
def list_(
    topic: Annotated[str | None, typer.Argument(metavar="[TOPIC]", help="All topics if none is named.")] = None,
    data_dir: DataDir = HERE,
    as_json: Json = False,
) -> None:
    """What could not be handled, and why."""
    from rich.table import Table

    topics = [_known(topic)] if topic else _topics()
    letters = asyncio.run(_list(running_stack(data_dir).bootstrap, topics))
    if as_json:
        return print_json([_summary(letter) for letter in letters])
    table = Table("topic", "position", "when", "group", "why", box=None, padding=(0, 2, 0, 0))
    for letter in letters:
        why = f"{letter.error_class}: {letter.reason}"
        table.add_row(letter.topic, str(letter.position), f"{letter.buried_at:%Y-%m-%d %H:%M}", letter.group, why)
    console.print(table if letters else "there are no dead letters")
    return None


@app.command()
def show(topic: Topic, position: Position, data_dir: DataDir = HERE, as_json: Json = False) -> None:
    """One record with its headers and content. It may hold personal data: handle with care."""
    from shared.messaging.dead_letters import NoSuchLetter, show_letter

    try:
        letter = asyncio.run(show_letter(running_stack(data_dir).bootstrap, _known(topic), position))
    except NoSuchLetter as error:
        fail(str(error))
    whole = {
        **_summary(letter),
        "headers": [[name, _text(value)] for name, value in letter.headers],
        "key": _text(letter.key),
        "value": _text(letter.value),
    }
    if as_json:
        return print_json(whole)
    for name, value in whole.items():
        console.print(f"{name}: {value}", markup=False, soft_wrap=True)
    return None


@app.command()
def replay(
    topic: Topic,
    positions: Annotated[list[int] | None, typer.Argument(metavar="[POSITION...]")] = None,
    every: Annotated[bool, typer.Option("--all", help="All of the topic's dead letters.")] = False,
    data_dir: DataDir = HERE,
) -> None:
    """Send records to their topic again, once the fault is mended. They stay in the dead letters as well."""
    from shared.messaging.dead_letters import NoSuchLetter, replay_letters

    if bool(positions) == every:
        fail("name the positions, or say --all", Exit.USAGE)
    try:
        count = asyncio.run(replay_letters(running_stack(data_dir).bootstrap, _known(topic), positions or None))
    except NoSuchLetter as error:
        fail(str(error))
    console.print(f"sent again: {count:,}")


def _topics() -> list[str]:
    from shared.contracts.topics import TOPICS

    return [topic.name for topic in TOPICS]


def _known(topic: str) -> str:
    if topic not in _topics():
        fail(f"there is no topic {topic}; there are {', '.join(_topics())}", Exit.USAGE)
    return topic


async def _list(bootstrap: str, topics: list[str]) -> "list[Letter]":
    from shared.messaging.dead_letters import list_letters

    return [letter for topic in topics for letter in await list_letters(bootstrap, topic)]


def _summary(letter: "Letter") -> dict[str, Any]:
    names = ("topic", "position", "buried_at", "group", "error_class", "reason", "partition", "offset")
    return {name: getattr(letter, name) for name in names}


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode(errors="backslashreplace")
