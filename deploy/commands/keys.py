"""`rollcall keys`"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar

import typer

from deploy.commands.output import HERE, DataDir, console, fail, running_stack

app = typer.Typer(no_args_is_help=True, help="API keys: whoever has one speaks for its district.")

T = TypeVar("T")

DatabaseUrl = Annotated[
    str | None,
    typer.Option(
        "--database-url", envvar="ROLLCALL_DATABASE_URL", help="Ingest's database, instead of the stack here."
    ),
]


@app.command()
def create(
    district: Annotated[str, typer.Argument(metavar="DISTRICT")],
    label: Annotated[str, typer.Option("--label", help="What the key is for.")] = "made by rollcall keys",
    database_url: DatabaseUrl = None,
    data_dir: DataDir = HERE,
) -> None:
    """Make a key for DISTRICT and print it. It is shown only this once.

    Ed-Fi clients take the part before the dot as key, the part after it as secret.
    """
    from services.ingest.keys import create_key

    key = asyncio.run(in_ingest(database_url or _here(data_dir), lambda it: create_key(it, district, label)))
    typer.echo(key)


@app.command()
def revoke(
    key_id: Annotated[str, typer.Argument(metavar="KEY", help="The part of the key before the dot.")],
    database_url: DatabaseUrl = None,
    data_dir: DataDir = HERE,
) -> None:
    """From now on the key opens nothing."""
    from services.ingest.keys import revoke_key

    if not asyncio.run(in_ingest(database_url or _here(data_dir), lambda it: revoke_key(it, key_id.partition(".")[0]))):
        fail("there is no such key in use")
    console.print("revoked")


def _here(data_dir: Any) -> str:
    return running_stack(data_dir).database_url("ingest")


async def in_ingest(database_url: str, act: Callable[[Any], Awaitable[T]]) -> T:
    from shared.db.pool import open_pool

    async with open_pool(database_url, "ingest", max_size=1) as pool, pool.acquire() as connection:
        return await act(connection)
