"""Loads a folder of Ed-Fi resources (one JSON line each, as `lightbeam` reads them) through the Ed-Fi surface of ingest."""

import asyncio
import json
import zlib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Generator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from deploy.demo.client import ask, send

LANES = 16
"""Requests under way at once."""


class NotAnEdFiFolder(Exception):
    """The folder has no resource that the service takes, or a file of a resource that it does not know."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One line that was not taken: where it is, and why."""

    file: str
    line: int
    field: str
    reason: str

    def __str__(self) -> str:
        where = f"{self.file}, line {self.line}"
        return f"{where}, {self.field}: {self.reason}" if self.field else f"{where}: {self.reason}"


@dataclass(slots=True)
class Loaded:
    """What came of a load: lines created, updated or unchanged, refused, per resource."""

    created: Counter[str] = field(default_factory=Counter)
    updated: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)

    @property
    def sent(self) -> int:
        return self.created.total() + self.updated.total() + len(self.problems)


OnProgress = Callable[[str, Loaded], None]


class ClientCredentials(httpx.Auth):
    """OAuth 2 client credentials: a token for all requests, and a new one when it is no longer taken."""

    requires_response_body = True

    def __init__(self, token_url: str, key: str, secret: str) -> None:
        self._token_url = token_url
        self._basic = httpx.BasicAuth(key, secret)
        self._token: str | None = None

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if self._token is None:
            yield from self._take_token()
        response = yield self._signed(request)
        if response.status_code == 401:
            yield from self._take_token()
            yield self._signed(request)

    def _signed(self, request: httpx.Request) -> httpx.Request:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request

    def _take_token(self) -> Generator[httpx.Request, httpx.Response, None]:
        ask_for_token = httpx.Request("POST", self._token_url, data={"grant_type": "client_credentials"})
        answer = yield next(self._basic.auth_flow(ask_for_token))
        if answer.is_success:
            self._token = answer.json()["access_token"]


async def load(
    folder: Path, base_url: str, key: str, secret: str, on_progress: OnProgress = lambda resource, loaded: None
) -> Loaded:
    """Send every line of `folder`'s `<resource>.jsonl` files to the Ed-Fi surface at `base_url`, what others refer to first.

    A line that is refused is noted and does not stop the rest. Sending the same folder again changes nothing.
    Raises NotAnEdFiFolder, RequestRefused (discovery), ServiceAway.
    """
    loaded = Loaded()
    async with _connected(base_url, key, secret) as (client, data_url, resources):
        for path in _in_order(folder, resources):
            await _load_file(client, f"{data_url}/ed-fi/{path.stem}", path, loaded, on_progress)
    return loaded


@asynccontextmanager
async def _connected(base_url: str, key: str, secret: str) -> AsyncIterator[tuple[httpx.AsyncClient, str, list[str]]]:
    """The client with its token, the address of the resources, and their names in the order of their dependencies."""
    async with httpx.AsyncClient(timeout=30, limits=httpx.Limits(max_connections=LANES)) as client:
        urls = (await ask(client, "GET", base_url))["urls"]
        dependencies = await ask(client, "GET", urls["dependencies"])
        client.auth = ClientCredentials(urls["oauth"], key, secret)
        names = [entry["resource"] for entry in sorted(dependencies, key=lambda entry: entry["order"])]
        resources = [name.removeprefix("/ed-fi/") for name in names if name.startswith("/ed-fi/")]
        data_url = f"{base_url.rstrip('/')}/data/v3"
        await ask(client, "GET", f"{data_url}/ed-fi/{resources[0]}", params={"limit": 1})  # are key and secret good?
        yield client, data_url, resources


def _in_order(folder: Path, resources: Sequence[str]) -> list[Path]:
    files = {path.stem: path for path in sorted(folder.glob("*.jsonl"))}
    if not files:
        raise NotAnEdFiFolder(f"{folder} has no .jsonl file")
    if unknown := sorted(files.keys() - set(resources)):
        raise NotAnEdFiFolder(
            f"{files[unknown[0]]}: the service does not take {unknown[0]}; it takes {', '.join(resources)}"
        )
    return [files[name] for name in dict.fromkeys(resources) if name in files]


async def _load_file(client: httpx.AsyncClient, url: str, path: Path, loaded: Loaded, on_progress: OnProgress) -> None:
    lanes: list[list[tuple[int, str]]] = [[] for _ in range(LANES)]
    for number, text in _lines(path):
        lanes[_lane(number, text)].append((number, text))
    async with asyncio.TaskGroup() as group:
        for lane in lanes:
            group.create_task(_send_lane(client, url, path, lane, loaded, on_progress))


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    with path.open(encoding="utf-8") as lines:
        return iter([(number, line) for number, line in enumerate(lines, 1) if line.strip()])


def _lane(number: int, text: str) -> int:
    """Lines about one student stay in the order of the file; all others are spread."""
    try:
        student = json.loads(text)["studentReference"]["studentUniqueId"]
    except (ValueError, KeyError, TypeError):
        return number % LANES
    return zlib.crc32(str(student).encode()) % LANES


async def _send_lane(
    client: httpx.AsyncClient,
    url: str,
    path: Path,
    lane: list[tuple[int, str]],
    loaded: Loaded,
    on_progress: OnProgress,
) -> None:
    for number, text in lane:
        response = await send(client, "POST", url, content=text, headers={"Content-Type": "application/json"})
        if response.is_success:
            counter = loaded.created if response.status_code == 201 else loaded.updated
            counter[path.stem] += 1
        else:
            loaded.problems += problems_of(response, path.name, number)
        on_progress(path.stem, loaded)


def problems_of(response: httpx.Response, file: str, line: int) -> list[Problem]:
    """What a refusal says (RFC 9457, with Ed-Fi's `validationErrors` per field)."""
    try:
        body: Any = response.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        return [Problem(file, line, "", f"answered {response.status_code}")]
    fields: dict[str, list[str]] = body.get("validationErrors") or {}
    if fields:
        return [Problem(file, line, name.removeprefix("$."), "; ".join(said)) for name, said in fields.items()]
    reasons = body.get("errors") or [body.get("detail") or f"answered {response.status_code}"]
    return [Problem(file, line, "", "; ".join(map(str, reasons)))]
