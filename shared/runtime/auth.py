"""Who may call a service's HTTP: staff tools carry a bearer token."""

import hmac
from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import SecretStr

_bearer = HTTPBearer(auto_error=False)


def require_staff(token: SecretStr) -> Callable[..., None]:
    """A FastAPI dependency that lets a request pass only with `Authorization: Bearer <token>`; otherwise 401."""
    expected = token.get_secret_value().encode()

    def check(credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> None:
        given = credentials.credentials.encode() if credentials else b""
        if not hmac.compare_digest(given, expected):
            raise HTTPException(401, "this address needs the header 'Authorization: Bearer <staff token>'")

    return check
