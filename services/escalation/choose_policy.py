"""The use case of a district that chooses the policy that judges its pupils."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from services.escalation import store_districts
from services.escalation.policies import policy_of
from services.escalation.store_districts import SavedChoice, lock_districts
from shared.db.pool import Connection
from shared.messaging.event_log import EventLog


class Retroactive(Exception):
    """The policy would judge days that are closed already, and nobody said that it should."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to judge, from when on, and who wants it."""

    policy: str
    overrides: dict[str, Any]
    at: datetime
    effective_from: date | None = None
    """None: from the day after the last closed one; where none is closed, from the beginning."""
    by: str | None = None
    reason: str | None = None
    retroactive: bool = False
    """Days that are closed may be judged anew. Decisions are dated on the close that makes them all the same."""


async def choose_policy(log: EventLog, district: str, wish: Wish) -> SavedChoice:
    """Keep the choice. The same wish again changes nothing. Pupils with a case stay on their policy until the next school
    year, the others are judged anew at the first close from its day on.

    Raises KeyError or PolicyError (which name the key that is wrong) and Retroactive.
    """
    policy_of(wish.policy, wish.overrides)
    async with log.transaction() as connection:
        await lock_districts(connection, [district])
        closed = await store_districts.last_closed_day(connection, district)
        latest = await _latest(connection, district)
        if latest and _asks_nothing_new(wish, latest):
            return latest
        first = wish.effective_from or (closed + timedelta(days=1) if closed else None)
        if closed and first and first <= closed and not wish.retroactive:
            raise Retroactive(
                f"{district} is closed up to {closed}: from {first} on the policy would judge closed days"
            )
        choice = SavedChoice(district, wish.policy, wish.overrides, first, wish.by, wish.reason, wish.at)
        await store_districts.save_policy_choice(connection, choice)
        return choice


async def _latest(connection: Connection, district: str) -> SavedChoice | None:
    rows = await store_districts.policy_choices(connection, [district])
    return SavedChoice(*(rows[-1][name] for name in SavedChoice._fields)) if rows else None


def _asks_nothing_new(wish: Wish, latest: SavedChoice) -> bool:
    same_day = wish.effective_from in (None, latest.effective_from)
    return same_day and (wish.policy, wish.overrides) == (latest.policy, latest.overrides)
