"""OAuth 2 client credentials: an API key's id and secret for an access token that lives half an hour."""

import base64
import binascii
import secrets
from typing import Annotated, Any

from fastapi import APIRouter, Form, Header
from fastapi.responses import JSONResponse, Response

from services.ingest.edfi import store
from services.ingest.keys import caller_of, sha256
from shared.runtime.service import Runtime

TOKEN_SECONDS = 1800


def oauth(runtime: Runtime) -> APIRouter:
    router = APIRouter(prefix="/edfi/oauth", tags=["Ed-Fi"])

    @router.post("/token")
    async def token(
        grant_type: Annotated[str, Form()] = "",
        client_id: Annotated[str, Form()] = "",
        client_secret: Annotated[str, Form()] = "",
        authorization: Annotated[str | None, Header()] = None,
    ) -> Response:
        """The credentials come as HTTP Basic, or as `client_id` and `client_secret` in the form."""
        if grant_type != "client_credentials":
            return _refused(400, "unsupported_grant_type", "grant_type must be client_credentials")
        key = _basic(authorization) if authorization else f"{client_id}.{client_secret}"
        async with runtime.log.transaction() as connection:
            caller = await caller_of(connection, key)
            if caller is None:
                return _refused(401, "invalid_client", "the key id or the secret is wrong, or the key was revoked")
            new = secrets.token_urlsafe(32)
            await store.save_token(connection, sha256(new), caller.key_id, TOKEN_SECONDS)
        return _answer(200, {"access_token": new, "expires_in": TOKEN_SECONDS, "token_type": "bearer"})

    return router


def _basic(authorization: str) -> str:
    """`Basic base64(id:secret)` as a key; empty if it is anything else."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(encoded, validate=True).decode().replace(":", ".", 1)
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _refused(status: int, error: str, description: str) -> Response:
    return _answer(status, {"error": error, "error_description": description})


def _answer(status: int, body: dict[str, Any]) -> Response:
    return JSONResponse(body, status, headers={"Cache-Control": "no-store"})
