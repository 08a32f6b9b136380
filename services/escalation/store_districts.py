"""The SQL of what holds for a whole district: its lock, and which policy judges it."""

from collections.abc import Iterable
from typing import Any

from services.escalation.store import Row
from shared.db.pool import Connection

_LOCK = """
SELECT pg_advisory_xact_lock(hashtext(current_schema() || '.district'), hashtext(district))
FROM unnest($1::text[]) AS district
"""


async def lock_districts(connection: Connection, districts: Iterable[str]) -> None:
    """One writer per district until the transaction ends: what is taken about a district has one order.

    Take it before anything is read, and all districts of a transaction at once.
    """
    await connection.execute(_LOCK, sorted(set(districts)))


async def names(connection: Connection) -> list[str]:
    rows = await connection.fetch("SELECT DISTINCT district FROM calendar ORDER BY district")
    return [row["district"] for row in rows]


async def policies(connection: Connection, districts: set[str]) -> list[Row]:
    """Which pack judges each of `districts`, with the district's own values; none for one that has not chosen."""
    return await connection.fetch("SELECT * FROM district_policy WHERE district = ANY($1::text[])", sorted(districts))


async def save_policy(connection: Connection, district: str, policy: str, overrides: dict[str, Any]) -> None:
    await connection.execute(
        """
        WITH kept AS (INSERT INTO policy_taken (district, policy, overrides) VALUES ($1, $2, $3))
        INSERT INTO district_policy (district, policy, overrides) VALUES ($1, $2, $3)
        ON CONFLICT (district) DO UPDATE SET policy = excluded.policy, overrides = excluded.overrides
        """,
        district,
        policy,
        overrides,
    )
