"""The SQL of Ed-Fi documents and access tokens."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from services.ingest.edfi.resources import Document, Resource, ref
from services.ingest.keys import Caller
from shared.db.pool import Connection


@dataclass(frozen=True, slots=True)
class Stored:
    """A document with what the server adds to it. `position` grows with every change: it is the ETag too."""

    id: UUID
    key: str
    about: str
    document: Document
    position: int
    modified_at: datetime


async def find(connection: Connection, district: str, resource: Resource, key: str) -> Stored | None:
    row = await connection.fetchrow(
        "SELECT * FROM edfi_document WHERE (district, resource, key) = ($1, $2, $3)", district, resource.name, key
    )
    return _stored(row) if row else None


async def get(connection: Connection, district: str, resource: Resource, id: UUID) -> Stored | None:
    row = await connection.fetchrow(
        "SELECT * FROM edfi_document WHERE id = $3 AND district = $1 AND resource = $2", district, resource.name, id
    )
    return _stored(row) if row else None


async def save(connection: Connection, district: str, resource: Resource, id: UUID, document: Document) -> Stored:
    """Insert the document, or write over the one with the same natural key (whose id stays)."""
    row = await connection.fetchrow(
        """
        INSERT INTO edfi_document (district, resource, id, key, about, refs, document, position)
        VALUES ($1, $2, $3, $4, $5, $6, $7, nextval('edfi_document_position'))
        ON CONFLICT (district, resource, key)
            DO UPDATE SET document = excluded.document, position = excluded.position, modified_at = now()
        RETURNING *
        """,
        district,
        resource.name,
        id,
        resource.key_of(document),
        resource.about_of(document),
        list(resource.refs_of(document).values()),
        document,
    )
    assert row is not None
    return _stored(row)


async def delete(connection: Connection, id: UUID) -> None:
    await connection.execute("DELETE FROM edfi_document WHERE id = $1", id)


async def hold(connection: Connection, district: str, refs: Collection[str]) -> set[str]:
    """Those of `refs` that exist; they cannot be deleted before this transaction has ended."""
    rows = await connection.fetch(
        """
        SELECT d.resource || '|' || d.key FROM unnest($2::text[]) AS wanted (ref)
        JOIN edfi_document d ON d.district = $1 AND d.resource = split_part(wanted.ref, '|', 1)
            AND d.key = substr(wanted.ref, strpos(wanted.ref, '|') + 1)
        FOR KEY SHARE OF d
        """,
        district,
        list(refs),
    )
    return {row[0] for row in rows}


async def dependent(connection: Connection, district: str, resource: Resource, stored: Stored) -> str | None:
    """The resource of a document that refers to `stored`, which is locked against new ones."""
    await connection.execute("SELECT FROM edfi_document WHERE id = $1 FOR UPDATE", stored.id)
    name: str | None = await connection.fetchval(
        "SELECT resource FROM edfi_document WHERE refs @> ARRAY[$2] AND district = $1 LIMIT 1",
        district,
        f"{resource.name}|{stored.key}",
    )
    return name


async def about(
    connection: Connection, district: str, resources: Sequence[str], about: Collection[str]
) -> list[tuple[str, str, Document]]:
    """(resource, about, document) of the documents about these schools, students or days, the latest change first."""
    rows = await connection.fetch(
        """
        SELECT resource, about, document FROM edfi_document
        WHERE district = $1 AND resource = ANY ($2::text[]) AND about = ANY ($3::text[]) ORDER BY position DESC
        """,
        district,
        list(resources),
        list(about),
    )
    return [(row["resource"], row["about"], row["document"]) for row in rows]


async def students_of_contact(connection: Connection, district: str, contact: str) -> list[str]:
    """Keys of the students whom a contact belongs to."""
    rows = await connection.fetch(
        "SELECT about FROM edfi_document WHERE refs @> ARRAY[$2] AND district = $1 ORDER BY about",
        district,
        ref("contacts", contact),
    )
    return [row[0] for row in rows]


async def page(
    connection: Connection, district: str, resource: Resource, filters: Mapping[str, Any], offset: int, limit: int
) -> list[Stored]:
    """Documents that contain `filters`, in the order of their last change."""
    rows = await connection.fetch(
        """
        SELECT * FROM edfi_document WHERE (district, resource) = ($1, $2) AND document @> $3
        ORDER BY position OFFSET $4 LIMIT $5
        """,
        district,
        resource.name,
        dict(filters),
        offset,
        limit,
    )
    return [_stored(row) for row in rows]


async def count(connection: Connection, district: str, resource: Resource, filters: Mapping[str, Any]) -> int:
    found: int = await connection.fetchval(
        "SELECT count(*) FROM edfi_document WHERE (district, resource) = ($1, $2) AND document @> $3",
        district,
        resource.name,
        dict(filters),
    )
    return found


async def save_token(connection: Connection, token_sha256: bytes, key_id: str, seconds: int) -> None:
    await connection.execute("DELETE FROM access_token WHERE expires_at < now()")
    await connection.execute(
        "INSERT INTO access_token (token_sha256, key_id, expires_at) VALUES ($1, $2, now() + make_interval(secs => $3))",
        token_sha256,
        key_id,
        float(seconds),
    )


async def caller_of_token(connection: Connection, token_sha256: bytes) -> Caller | None:
    """Whose token this is; None once it has expired or its key is revoked."""
    row = await connection.fetchrow(
        """
        SELECT k.district, d.timezone, k.id FROM access_token t
        JOIN api_key k ON k.id = t.key_id JOIN district d USING (district)
        WHERE t.token_sha256 = $1 AND t.expires_at > now() AND k.revoked_at IS NULL
        """,
        token_sha256,
    )
    return Caller(row["district"], row["timezone"], row["id"]) if row else None


def _stored(row: asyncpg.Record) -> Stored:
    return Stored(row["id"], row["key"], row["about"], row["document"], row["position"], row["modified_at"])
