"""`rollcall replay`"""

import asyncio
from datetime import datetime
from typing import Annotated, Any

import typer

from deploy.commands.output import HERE, DataDir, Exit, Json, console, fail, print_json, running_stack

FORMATS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"]
Topic = Annotated[str, typer.Argument(metavar="TOPIC", help="For instance attendance.v1, or `all`.")]
Since = Annotated[
    datetime | None, typer.Option("--since", formats=FORMATS, help="Logged at or after (UTC if it names none).")
]
Until = Annotated[datetime | None, typer.Option("--until", formats=FORMATS, help="Logged before.")]


def replay(
    topic: Topic, since: Since = None, until: Until = None, data_dir: DataDir = HERE, as_json: Json = False
) -> None:
    """Publish again what the event logs hold: whoever knows it already ignores it.

    Use it when a consumer has lost its data, or after a fault was mended.
    """
    owners = _owners(topic)
    stack = running_stack(data_dir)
    slice_ = {"topic": None if topic == "all" else topic, "since": _utc(since), "until": _utc(until)}
    sent = asyncio.run(_replay(stack, owners, slice_))
    if as_json:
        print_json(sent)
    else:
        for service, count in sent.items():
            console.print(f"{service}: {count:,} events are published again")


def _owners(topic: str) -> list[str]:
    from shared.contracts.topics import TOPICS

    owners = [it.owner for it in TOPICS if topic in ("all", it.name)]
    if not owners:
        fail(f"there is no topic {topic}; there are {', '.join(it.name for it in TOPICS)}, or all", Exit.USAGE)
    return list(dict.fromkeys(owners))


def _utc(at: datetime | None) -> datetime | None:
    from datetime import UTC

    return at.replace(tzinfo=UTC) if at and at.tzinfo is None else at


async def _replay(stack: Any, owners: list[str], slice_: dict[str, Any]) -> dict[str, int]:
    return {service: await _replay_one(stack.database_url(service), service, slice_) for service in owners}


async def _replay_one(database_url: str, service: str, slice_: dict[str, Any]) -> int:
    from shared.db.pool import open_pool
    from shared.messaging.replay import replay

    async with open_pool(database_url, service, max_size=1) as pool, pool.acquire() as connection:
        return await replay(connection, **slice_)
