"""Reads a district's history out of escalation's tables."""

from collections.abc import Sequence

from services.escalation import store_districts, store_history
from services.escalation.simulation.history import DistrictHistory, PupilHistory
from services.escalation.simulation.rows import DistrictRows, PupilRows, district_history, pupil_histories
from shared.db.pool import Connection


async def read_district(connection: Connection, district: str, through: int) -> DistrictHistory:
    """What was taken up to the number `through` (see `store_history.latest_taken`)."""
    rows = DistrictRows(
        await store_history.closes(connection, district),
        await store_history.calendars(connection, district),
        await store_districts.policy_choices(connection, [district]),
        await store_history.switches(connection, district),
        await store_history.stops(connection, district),
    )
    return district_history(district, rows, through)


async def read_pupils(
    connection: Connection, district: str, students: Sequence[str], through: int
) -> list[PupilHistory]:
    rows = PupilRows(
        await store_history.snapshots(connection, district, students),
        await store_history.statements(connection, district, students, through),
        await store_history.acts(connection, district, students, through),
    )
    return pupil_histories(rows)
