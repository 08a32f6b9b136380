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
    version: int


class SavedAct(NamedTuple):
    """What a person did and what became of it; `events` are types, `version` is the case's version after it."""

    act_id: UUID
    key: PupilKey
    at: datetime
    body: dict[str, Any]
    refused: str | None
    events: tuple[str, ...]
    version: int


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


async def states_of(connection: Connection, pupils: Sequence[PupilKey]) -> list[Row]:
    """What was decided about these pupils, with the version of their case: a row for each school year, the first first."""
    return await connection.fetch(
        """
        SELECT district, student, state, version FROM ladder_state
        JOIN unnest($1::text[], $2::text[]) AS wanted (district, student) USING (district, student)
        ORDER BY district, student, school_year
        """,
        *columns(pupils, 2),
    )


async def save_states(connection: Connection, states: Sequence[SavedState]) -> None:
    """Write the new states, one for each pupil and school year."""
    await connection.execute(
        """
        INSERT INTO ladder_state (district, student, school_year, state, level, occasions, reports, wake_on, version)
        SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::jsonb[], $5::text[], $6::int[], $7::int[], $8::date[],
                             $9::bigint[])
        ON CONFLICT (district, student, school_year) DO UPDATE
            SET state = excluded.state, level = excluded.level, occasions = excluded.occasions,
                reports = excluded.reports, wake_on = excluded.wake_on, version = excluded.version
        """,
        *columns([(*state.key, *state[1:]) for state in states], 9),
    )


async def clear_dirty(connection: Connection, pupils: Sequence[PupilKey]) -> None:
    """These pupils were decided with everything that is known of them."""
    await connection.execute(
        """
        UPDATE pupil SET dirty = false, dirty_from = NULL FROM unnest($1::text[], $2::text[]) AS done (district, student)
        WHERE pupil.district = done.district AND pupil.student = done.student AND pupil.dirty
        """,
        *columns(pupils, 2),
    )


async def save_artefacts(
    connection: Connection, events: Sequence[tuple[Event[LadderEventData], int | None]]
) -> set[UUID]:
    """Keep events of the ladder for the pupil's record, each with its `body` written and the version of the case that it came
    with; return the ids of those that are new."""
    rows = [
        (event.id, data.district, data.student, data.type, data.as_of, event.body, version)
        for event, version in events
        for data in [event.data]
    ]
    new = await connection.fetch(
        """
        INSERT INTO artefact (event_id, district, student, type, as_of, body, version)
        SELECT event_id, district, student, type, as_of, body::jsonb, version
        FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::text[], $7::bigint[])
             WITH ORDINALITY AS said (event_id, district, student, type, as_of, body, version, position)
        ORDER BY position
        ON CONFLICT DO NOTHING
        RETURNING event_id
        """,
        *columns(rows, 7),
    )
    return {row["event_id"] for row in new}


async def save_acts(connection: Connection, acts: Sequence[SavedAct]) -> None:
    """Keep what people did, also where the rules did not allow it. An allowed act makes its pupil dirty."""
    await connection.execute(
        """
        INSERT INTO act (act_id, district, student, at, body, refused, events, version, taken)
        SELECT *, (SELECT nextval('taken'))
        FROM unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::jsonb[], $6::text[], $7::jsonb[],
                    $8::bigint[])
        """,
        *columns([(act.act_id, *act.key, *act[2:]) for act in acts], 8),
    )
    await mark_dirty(connection, [(act.key, act.at.date()) for act in acts if act.refused is None])


async def find_acts(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, Row]:
    """Those of the acts that were recorded before, refused ones too."""
    rows = await connection.fetch("SELECT * FROM act WHERE act_id = ANY($1::uuid[])", ids)
    return {row["act_id"]: row for row in rows}
