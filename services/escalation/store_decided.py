"""The SQL of what was decided: states, artefacts, and what people did. Set-based."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from services.escalation.store import PupilKey, Row, columns, mark_dirty
from shared.contracts.envelope import Event
from shared.contracts.ladder import LadderEventData
from shared.db.pool import Connection


class SavedState(NamedTuple):
    key: PupilKey
    school_year: str
    state: dict[str, Any]
    level: str
    occasions: int
    reports: int
    wake_on: date | None


async def acts_of(connection: Connection, pupils: Sequence[PupilKey]) -> list[Row]:
    """Acts that the rules allowed, per pupil in the order in which they happened."""
    return await connection.fetch(
        """
        SELECT act.* FROM act JOIN unnest($1::text[], $2::text[]) AS wanted (district, student) USING (district, student)
        WHERE refused IS NULL
        ORDER BY district, student, at, number
        """,
        *columns(pupils, 2),
    )


async def save_decisions(connection: Connection, states: Sequence[SavedState]) -> None:
    """Write the new states and clear the pupils' dirty flag."""
    rows = [(*state.key, *state[1:]) for state in states]
    await connection.execute(
        """
        WITH decided AS (
            INSERT INTO ladder_state (district, student, school_year, state, level, occasions, reports, wake_on)
            SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::jsonb[], $5::text[], $6::int[], $7::int[], $8::date[])
            ON CONFLICT (district, student, school_year) DO UPDATE
                SET state = excluded.state, level = excluded.level, occasions = excluded.occasions,
                    reports = excluded.reports, wake_on = excluded.wake_on
        )
        UPDATE pupil SET dirty = false
        FROM unnest($1::text[], $2::text[]) AS done (district, student)
        WHERE pupil.district = done.district AND pupil.student = done.student AND pupil.dirty
        """,
        *columns(rows, 8),
    )


async def save_state(connection: Connection, saved: SavedState) -> None:
    """Write one pupil's state after an act; the pupil's dirty flag stays as it is."""
    await connection.execute(
        """
        INSERT INTO ladder_state (district, student, school_year, state, level, occasions, reports, wake_on)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (district, student, school_year) DO UPDATE
            SET state = excluded.state, level = excluded.level, wake_on = excluded.wake_on
        """,
        *saved.key,
        *saved[1:],
    )


async def save_artefacts(connection: Connection, events: Sequence[Event[LadderEventData]]) -> set[UUID]:
    """Keep events of the ladder for the pupil's record; return the ids of those that are new."""
    rows = [
        (event.id, data.district, data.student, data.type, data.as_of, data.model_dump(mode="json"))
        for event in events
        for data in [event.data]
    ]
    new = await connection.fetch(
        """
        INSERT INTO artefact (event_id, district, student, type, as_of, body)
        SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::jsonb[])
        ON CONFLICT DO NOTHING
        RETURNING event_id
        """,
        *columns(rows, 6),
    )
    return {row["event_id"] for row in new}


async def save_act(
    connection: Connection, act_id: UUID, key: PupilKey, at: datetime, body: dict[str, Any], refused: str | None
) -> None:
    """Keep what a person did, also where the rules did not allow it. An allowed act makes the pupil dirty."""
    await connection.execute(
        "INSERT INTO act (act_id, district, student, at, body, refused) VALUES ($1, $2, $3, $4, $5, $6)",
        act_id,
        *key,
        at,
        body,
        refused,
    )
    if refused is None:
        await mark_dirty(connection, {key})


async def find_act(connection: Connection, act_id: UUID) -> Row | None:
    return await connection.fetchrow("SELECT * FROM act WHERE act_id = $1", act_id)
