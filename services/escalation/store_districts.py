"""The SQL of what holds for a whole district: its lock, and which policy judges it."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, NamedTuple

from services.escalation.store import Row
from shared.db.pool import Connection


class SavedChoice(NamedTuple):
    """A district chose the policy that judges from a day on (None: from the beginning)."""

    district: str
    policy: str
    overrides: dict[str, Any]
    effective_from: date | None
    by: str | None
    reason: str | None
    at: datetime


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


async def policy_choices(connection: Connection, districts: Iterable[str]) -> list[Row]:
    """Every choice of a policy by these districts, in the order in which they were made."""
    return await connection.fetch(
        "SELECT * FROM policy_choice WHERE district = ANY($1::text[]) ORDER BY district, taken", sorted(set(districts))
    )


async def save_policy_choice(connection: Connection, choice: SavedChoice) -> None:
    """Keep the choice; from its day on every pupil of the district is looked at again, at the first close."""
    await connection.execute(
        """
        WITH chosen AS (
            INSERT INTO policy_choice (district, policy, overrides, effective_from, by, reason, at)
            VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING district, effective_from
        )
        UPDATE ladder_state SET wake_on = coalesce(effective_from, '0001-01-01') FROM chosen
        WHERE ladder_state.district = chosen.district
              AND (wake_on IS NULL OR wake_on > coalesce(effective_from, '0001-01-01'))
        """,
        *choice,
    )


async def last_closed_day(connection: Connection, district: str) -> date | None:
    day: date | None = await connection.fetchval("SELECT max(day) FROM day_close WHERE district = $1", district)
    return day
