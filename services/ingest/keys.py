"""Districts and their API keys. A key is `<id>.<secret>`; only the SHA-256 of the secret is kept.

The secret is 256 random bits, so a plain hash is enough: there is nothing to guess.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass

from shared.db.pool import Connection

DEFAULT_TIMEZONE = "America/Los_Angeles"
DEFAULT_POLICY = "us-ca"


@dataclass(frozen=True, slots=True)
class Caller:
    """The district in whose name a request speaks."""

    district: str
    timezone: str
    key_id: str


async def save_district(
    connection: Connection, district: str, name: str, timezone: str = DEFAULT_TIMEZONE, policy: str = DEFAULT_POLICY
) -> None:
    """Create a district, or change its settings."""
    await connection.execute(
        """
        INSERT INTO district (district, name, timezone, policy) VALUES ($1, $2, $3, $4)
        ON CONFLICT (district) DO UPDATE SET name = excluded.name, timezone = excluded.timezone, policy = excluded.policy
        """,
        district,
        name,
        timezone,
        policy,
    )


async def create_key(connection: Connection, district: str, label: str) -> str:
    """A new key for `district` (created with the default settings if it does not exist). It is shown only this once."""
    key_id, secret = secrets.token_hex(8), secrets.token_urlsafe(32)
    async with connection.transaction():
        await connection.execute(
            "INSERT INTO district (district, name, timezone, policy) VALUES ($1, $1, $2, $3) ON CONFLICT DO NOTHING",
            district,
            DEFAULT_TIMEZONE,
            DEFAULT_POLICY,
        )
        await connection.execute(
            "INSERT INTO api_key (id, district, label, secret_sha256) VALUES ($1, $2, $3, $4)",
            key_id,
            district,
            label,
            sha256(secret),
        )
    return f"{key_id}.{secret}"


async def revoke_key(connection: Connection, key_id: str) -> bool:
    """From now on the key, and every token made with it, opens nothing. False if there is no such key in use."""
    row = await connection.fetchval(
        "UPDATE api_key SET revoked_at = now() WHERE id = $1 AND revoked_at IS NULL RETURNING id", key_id
    )
    return row is not None


async def caller_of(connection: Connection, key: str) -> Caller | None:
    """Whose key this is, or None if it opens nothing."""
    key_id, _, secret = key.partition(".")
    row = await connection.fetchrow(
        """
        SELECT id, district, timezone, secret_sha256 FROM api_key JOIN district USING (district)
        WHERE id = $1 AND revoked_at IS NULL
        """,
        key_id,
    )
    known = row["secret_sha256"] if row else bytes(32)
    if not hmac.compare_digest(sha256(secret), known) or row is None:
        return None
    return Caller(row["district"], row["timezone"], row["id"])


def sha256(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
