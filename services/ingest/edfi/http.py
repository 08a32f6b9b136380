"""The Ed-Fi surface under `/edfi`: discovery, OAuth client credentials, and the resources that attendance needs.

    GET  /edfi                                  where everything is
    POST /edfi/oauth/token                      key id and secret of an API key -> an access token
    GET, POST /edfi/data/v3/ed-fi/{resource}    search; upsert by natural key (201 created, 200 known)
    GET, PUT, DELETE …/{resource}/{id}          by the server's id; If-Match with the ETag

An accepted document is durable, and what it means for the roster, a calendar or a mark is said in the same transaction.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID, uuid4

import orjson
from fastapi import APIRouter, Depends, FastAPI, Header, Request
from fastapi.responses import JSONResponse, Response

from services.ingest.edfi import errors, store, write
from services.ingest.edfi.discovery import discovery
from services.ingest.edfi.errors import Problem
from services.ingest.edfi.oauth import oauth
from services.ingest.edfi.query import Search, read_search
from services.ingest.edfi.resources import RESOURCES, Document, Resource, read_document
from services.ingest.edfi.store import Stored
from services.ingest.keys import Caller, sha256
from services.ingest.requests import moment
from services.ingest.transactions import Ledger, transact
from shared.runtime.service import Runtime

SERVERS_OWN = ("id", "_etag", "_lastModifiedDate")
"""What the server adds to a document, and a client may send back."""
IfMatch = Annotated[str | None, Header()]


def routers(runtime: Runtime) -> Sequence[APIRouter]:
    return discovery(), oauth(runtime), _items(runtime), _collections(runtime)


def install_problems(app: FastAPI) -> None:
    @app.exception_handler(Problem)
    async def problem(_: Request, error: Problem) -> Response:
        return JSONResponse(error.body(str(uuid4())), error.status, media_type="application/problem+json")


def _collections(runtime: Runtime) -> APIRouter:
    router = APIRouter(prefix="/edfi/data/v3/ed-fi", tags=["Ed-Fi"])
    district, now, wanted = Depends(_caller(runtime)), Depends(moment(runtime, False)), Depends(_resource)

    @router.get("/{resource_name}")
    async def search(
        request: Request, caller: Annotated[Caller, district], resource: Annotated[Resource, wanted]
    ) -> Response:
        asked = read_search(resource, request.query_params)
        async with runtime.pool.acquire() as connection:
            found = await _found(connection, caller.district, resource, asked)
            total = (
                await store.count(connection, caller.district, resource, asked.filters) if asked.total_count else None
            )
        headers = {} if total is None else {"Total-Count": str(total)}
        return JSONResponse([_shown(stored) for stored in found], headers=headers)

    @router.post("/{resource_name}", status_code=201)
    async def post(
        request: Request,
        caller: Annotated[Caller, district],
        resource: Annotated[Resource, wanted],
        at: Annotated[datetime, now],
        if_match: IfMatch = None,
    ) -> Response:
        """Create, or change the item with the same natural key."""
        value = _read_json(await request.body())
        if "id" in value:
            raise errors.invalid({"$.id": ["is given by the server: leave it out, or PUT to the item's address"]})
        document = _document(resource, value)
        done = await transact(
            runtime.log, lambda ledger: write.upsert(ledger, caller, resource, document, if_match, at)
        )
        headers = _headers(done.stored) | {"Location": f"{request.url.replace(query='')}/{done.stored.id.hex}"}
        return Response(status_code=201 if done.created else 200, headers=headers)

    return router


def _items(runtime: Runtime) -> APIRouter:
    router = APIRouter(prefix="/edfi/data/v3/ed-fi", tags=["Ed-Fi"])
    district, now, wanted = Depends(_caller(runtime)), Depends(moment(runtime, False)), Depends(_resource)
    item = Depends(_id)

    @router.get("/{resource_name}/{id}")
    async def get(
        id: Annotated[UUID, item], caller: Annotated[Caller, district], resource: Annotated[Resource, wanted]
    ) -> Response:
        async with runtime.pool.acquire() as connection:
            stored = await store.get(connection, caller.district, resource, id)
        if stored is None:
            raise errors.not_found()
        return JSONResponse(_shown(stored), headers=_headers(stored))

    @router.put("/{resource_name}/{id}", status_code=204)
    async def put(
        id: Annotated[UUID, item],
        request: Request,
        caller: Annotated[Caller, district],
        resource: Annotated[Resource, wanted],
        at: Annotated[datetime, now],
        if_match: IfMatch = None,
    ) -> Response:
        """Change an item, but not its natural key."""
        document = _document(resource, _read_json(await request.body()))
        stored = await transact(
            runtime.log, lambda ledger: write.replace(ledger, caller, resource, id, document, if_match, at)
        )
        return Response(status_code=204, headers=_headers(stored))

    @router.delete("/{resource_name}/{id}", status_code=204)
    async def delete(
        id: Annotated[UUID, item],
        caller: Annotated[Caller, district],
        resource: Annotated[Resource, wanted],
        at: Annotated[datetime, now],
        if_match: IfMatch = None,
    ) -> Response:
        async def work(ledger: Ledger) -> None:
            await write.remove(ledger, caller, resource, id, if_match, at)

        await transact(runtime.log, work)
        return Response(status_code=204)

    return router


def _caller(runtime: Runtime) -> Callable[..., Awaitable[Caller]]:
    """A dependency: the district whose access token the request carries."""

    async def caller(authorization: Annotated[str | None, Header()] = None) -> Caller:
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() == "bearer":
            async with runtime.pool.acquire() as connection:
                if found := await store.caller_of_token(connection, sha256(token)):
                    return found
        raise errors.unauthenticated()

    return caller


def _resource(resource_name: str) -> Resource:
    if resource_name not in RESOURCES:
        raise errors.no_such_resource(list(RESOURCES))
    return RESOURCES[resource_name]


def _id(id: str) -> UUID:
    """The server's id; what cannot be one is the id of nothing."""
    try:
        return UUID(id)
    except ValueError:
        raise errors.not_found() from None


async def _found(connection: Any, district: str, resource: Resource, asked: Search) -> list[Stored]:
    if asked.key is None:
        return await store.page(connection, district, resource, asked.filters, asked.offset, asked.limit)
    one = await store.find(connection, district, resource, asked.key)
    return [one] if one and asked.offset == 0 and asked.limit > 0 else []


def _read_json(body: bytes) -> Document:
    if b"\\u0000" in body:
        raise errors.malformed("The body holds a null character.")
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise errors.malformed("The body is not JSON.") from None
    if not isinstance(value, dict):
        raise errors.malformed("The body is not a JSON object.")
    return value


def _document(resource: Resource, value: Document) -> Document:
    return read_document(resource, {name: one for name, one in value.items() if name not in SERVERS_OWN})


def _headers(stored: Stored) -> dict[str, str]:
    return {"ETag": f'"{stored.position}"'}


def _shown(stored: Stored) -> Document:
    return {
        "id": stored.id.hex,
        **stored.document,
        "_etag": str(stored.position),
        "_lastModifiedDate": stored.modified_at.isoformat(),
    }
