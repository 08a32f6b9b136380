"""The SQL of the release queue: kill switches, steps that were stopped at a close, and who waits for a person."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from services.escalation.store import Row, columns
from shared.contracts.terms import Level
from shared.db.pool import Connection

CloseKey = tuple[str, str, date]
"""District, school, day."""


class Stop(NamedTuple):
    """So many pupils of a school, of so many enrolled, would have taken a step at one close that it was stopped."""

    district: str
    school: str
    day: date
    step: Level
    pupils: int
    enrolled: int


async def switches(connection: Connection, district: str) -> list[Row]:
    """Per step the latest word of a person: stopped or not, by whom, when and why."""
    return await connection.fetch(
        """
        SELECT DISTINCT ON (step) step, stopped, by, reason, at FROM step_switch
        WHERE district = $1 ORDER BY step, number DESC
        """,
        district,
    )


async def save_switch(
    connection: Connection, district: str, step: Level, stopped: bool, by: str, reason: str, at: datetime
) -> None:
    await connection.execute(
        "INSERT INTO step_switch (district, step, stopped, by, reason, at) VALUES ($1, $2, $3, $4, $5, $6)",
        district,
        step,
        stopped,
        by,
        reason,
        at,
    )


async def stopped_steps(connection: Connection, districts: Iterable[str]) -> dict[str, set[Level]]:
    """The steps that a kill switch stops now, by district."""
    rows = await connection.fetch(
        """
        SELECT district, step FROM (
            SELECT DISTINCT ON (district, step) district, step, stopped FROM step_switch
            WHERE district = ANY($1::text[]) ORDER BY district, step, number DESC
        ) AS latest WHERE stopped
        """,
        sorted(set(districts)),
    )
    stopped: defaultdict[str, set[Level]] = defaultdict(set)
    for row in rows:
        stopped[row["district"]].add(row["step"])
    return stopped


async def save_stops(connection: Connection, stops: Sequence[Stop]) -> None:
    await connection.execute(
        """
        INSERT INTO step_stop (district, school, day, step, pupils, enrolled)
        SELECT * FROM unnest($1::text[], $2::text[], $3::date[], $4::text[], $5::int[], $6::int[])
        ON CONFLICT DO NOTHING
        """,
        *columns(stops, 6),
    )


async def stops_at(connection: Connection, closes: Iterable[CloseKey]) -> dict[CloseKey, set[Level]]:
    """The steps that were stopped at these closes because too many pupils would have taken them."""
    rows = await connection.fetch(
        """
        SELECT district, school, day, step FROM step_stop
        JOIN unnest($1::text[], $2::text[], $3::date[]) AS close (district, school, day) USING (district, school, day)
        """,
        *columns(sorted(closes), 3),
    )
    stopped: defaultdict[CloseKey, set[Level]] = defaultdict(set)
    for row in rows:
        stopped[row["district"], row["school"], row["day"]].add(row["step"])
    return stopped


async def enrolled(connection: Connection, closes: Iterable[CloseKey]) -> dict[CloseKey, int]:
    """How many pupils are enrolled at each school on the day."""
    rows = await connection.fetch(
        """
        SELECT close.district, close.school, day, count(*)::int AS pupils
        FROM unnest($1::text[], $2::text[], $3::date[]) AS close (district, school, day)
        JOIN pupil ON pupil.district = close.district AND pupil.schools @> ARRAY[close.school]
        WHERE EXISTS (
            SELECT FROM jsonb_array_elements(enrolments) AS enrolment
            WHERE enrolment->>'school' = close.school AND (enrolment->>'entered')::date <= day
                  AND (enrolment->>'exited' IS NULL OR (enrolment->>'exited')::date > day)
        )
        GROUP BY close.district, close.school, day
        """,
        *columns(sorted(closes), 3),
    )
    return {(row["district"], row["school"], row["day"]): row["pupils"] for row in rows}


async def queue(connection: Connection, district: str) -> list[Row]:
    """Pupils of whom something waits for a person or for a day: their state, and the latest event of each sort that says
    why. Oldest event first."""
    return await connection.fetch(
        """
        SELECT student, pupil.school, latest.school_year, latest.level, latest.state, latest.version,
               why.type, why.as_of, why.body, why.number
        FROM (
            SELECT DISTINCT ON (student) * FROM ladder_state WHERE district = $1 AND student IN (
                SELECT student FROM ladder_state
                WHERE district = $1 AND state ?| ARRAY['waiting', 'proposed', 'review']
            ) ORDER BY student, school_year DESC
        ) AS latest
        JOIN pupil USING (district, student)
        CROSS JOIN LATERAL (
            SELECT DISTINCT ON (type, body->>'step') type, as_of, body, number FROM artefact
            WHERE artefact.district = latest.district AND artefact.student = latest.student
                  AND type IN ('step.queued', 'level.proposed', 'enforcement.proposed', 'review.required')
            ORDER BY type, body->>'step', number DESC
        ) AS why
        WHERE latest.state ?| ARRAY['waiting', 'proposed', 'review']
        ORDER BY why.number
        """,
        district,
    )


async def recent_stops(connection: Connection, district: str, limit: int) -> list[Row]:
    """The latest closes at which a step was stopped because too many pupils would have taken it."""
    return await connection.fetch(
        "SELECT school, day, step, pupils, enrolled FROM step_stop WHERE district = $1 ORDER BY day DESC, school, step LIMIT $2",
        district,
        limit,
    )


async def waiting_for(connection: Connection, district: str, step: Level, school: str | None) -> list[str]:
    """The pupils who wait to take `step`, by id; at one school if it is named."""
    rows = await connection.fetch(
        """
        SELECT student FROM (
            SELECT DISTINCT ON (student) student, state FROM ladder_state
            WHERE district = $1 AND state ?| ARRAY['waiting', 'proposed', 'review']
            ORDER BY student, school_year DESC
        ) AS latest JOIN pupil USING (student)
        WHERE pupil.district = $1 AND ($3::text IS NULL OR pupil.school = $3)
              AND latest.state->'waiting' @> jsonb_build_array(jsonb_build_object('step', $2::text))
        ORDER BY student
        """,
        district,
        step,
        school,
    )
    return [row["student"] for row in rows]


async def counts(connection: Connection) -> dict[str, Any]:
    """Over all districts: what waits for a person, by sort, and steps that a kill switch stops."""
    row = await connection.fetchrow(
        """
        SELECT count(*) FILTER (WHERE state->>'proposed' = 'level_3') AS level_3_proposed,
               count(*) FILTER (WHERE state->>'proposed' = 'enforcement') AS enforcement_proposed,
               count(*) FILTER (WHERE state ? 'waiting') AS steps,
               count(*) FILTER (WHERE state ? 'review') AS reviews,
               (SELECT count(*) FROM (
                    SELECT DISTINCT ON (district, step) stopped FROM step_switch ORDER BY district, step, number DESC
               ) AS latest WHERE stopped) AS steps_stopped
        FROM (
            SELECT DISTINCT ON (district, student) state FROM ladder_state
            WHERE state ?| ARRAY['waiting', 'proposed', 'review'] ORDER BY district, student, school_year DESC
        ) AS latest
        """
    )
    assert row is not None
    waiting = dict(row)
    return {"steps_stopped": waiting.pop("steps_stopped"), "waiting": waiting}
