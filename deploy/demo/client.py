"""HTTP to the running stack, patient with services that are killed and come back.

Everything sent through here is idempotent by its ids, so a request whose answer was lost is simply sent again.
"""

import asyncio
import time
from collections.abc import Iterator
from itertools import count
from typing import Any

import httpx

PATIENCE = 60.0
"""Seconds for which a request is repeated before its failure is believed."""


class RequestRefused(Exception):
    """The service answered, and the answer is no: sending it again would not help."""

    def __init__(self, response: httpx.Response) -> None:
        self.status = response.status_code
        self.body = _json(response)
        method, path = response.request.method, response.request.url.path
        super().__init__(f"{method} {path} was answered {self.status}: {response.text[:500]}")


class ServiceAway(Exception):
    """No answer, or only server errors, for longer than the patience."""


def _json(response: httpx.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        return None


def _pauses() -> Iterator[float]:
    """Seconds between attempts: short at first, then two."""
    return (min(2.0, 0.05 * 2**attempt) for attempt in count())


async def send(
    client: httpx.AsyncClient, method: str, url: str, patience: float = PATIENCE, **options: Any
) -> httpx.Response:
    """Send until there is an answer other than a server error. Raises ServiceAway after `patience` seconds."""
    deadline = time.monotonic() + patience
    for pause in _pauses():
        problem = "no answer"
        try:
            response = await client.request(method, url, **options)
            if response.status_code < 500:
                return response
            problem = f"answered {response.status_code}"
        except httpx.TransportError as error:
            problem = type(error).__name__
        if time.monotonic() + pause > deadline:
            raise ServiceAway(f"{method} {client.base_url}{url}: {problem}; gave up after {patience:.0f} s")
        await asyncio.sleep(pause)
    raise AssertionError("the pauses never end")


async def ask(client: httpx.AsyncClient, method: str, url: str, **options: Any) -> Any:
    """Like `send`, and the JSON of a success. Raises RequestRefused, ServiceAway."""
    response = await send(client, method, url, **options)
    if not response.is_success:
        raise RequestRefused(response)
    return _json(response)
