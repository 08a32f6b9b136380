"""Which district of a running stack is judged by which policy."""

from typing import Any

from services.escalation import store_districts
from services.escalation.policies import DEFAULT
from shared.db.pool import open_pool


async def in_use(database_url: str) -> list[dict[str, Any]]:
    """Per district the policy that it chose last, with its own values, and from which day that judges."""
    async with open_pool(database_url, "escalation", max_size=1) as pool, pool.acquire() as connection:
        districts = await store_districts.names(connection)
        choices = {row["district"]: row for row in await store_districts.policy_choices(connection, districts)}
    return [_row(district, choices.get(district)) for district in districts]


def _row(district: str, choice: Any) -> dict[str, Any]:
    if choice is None:
        return {"district": district, "policy": DEFAULT, "overrides": {}, "effective_from": None}
    return {key: choice[key] for key in ("district", "policy", "overrides", "effective_from")}
