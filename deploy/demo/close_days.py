"""Closes every instructional day of a district in order, after its attendance was loaded all at once."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from deploy.demo.services import Ingest, connect

EVENING = time(18)

OnDay = Callable[[date], None]


async def close_days(
    ingest_url: str, key: str, driven: bool, through: date | None = None, on_day: OnDay = lambda day: None
) -> dict[str, date]:
    """Close each instructional day of each school that has a calendar, day after day, through `through` (None: all).

    `driven`: the system's clock is driven, so each close names its own evening. A day that is closed already stays as it is.
    Returns per school the last closed day. Raises RequestRefused (a day that has not come yet, for example), ServiceAway.
    """
    async with connect(ingest_url, key) as http:
        ingest = Ingest(http)
        schools = await ingest.schools()
        last: dict[str, date] = {}
        for day, open_schools in sorted(_days(schools).items()):
            if through is not None and day > through:
                break
            await _close_day(ingest, day, open_schools, driven)
            last |= dict.fromkeys(open_schools, day)
            on_day(day)
    return last


def _days(schools: Sequence[Mapping[str, Any]]) -> dict[date, dict[str, str]]:
    """Day -> the schools that teach on it, with their time zones."""
    days: dict[date, dict[str, str]] = defaultdict(dict)
    for school in schools:
        for day in school["instructional_days"]:
            days[date.fromisoformat(day)][school["school"]] = school["timezone"]
    return days


async def _close_day(ingest: Ingest, day: date, schools: Mapping[str, str], driven: bool) -> None:
    async with asyncio.TaskGroup() as group:
        for school, timezone in schools.items():
            at = datetime.combine(day, EVENING, ZoneInfo(timezone)) if driven else None
            group.create_task(ingest.close(school, day, at))
