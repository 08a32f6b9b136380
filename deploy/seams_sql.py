"""The SQL of the seams. Both sides are brought into one form: id, source, number in the source, digest of the content."""
# ruff: noqa: S608 - every text in here is ours, values are parameters

from typing import NamedTuple


class Seam(NamedTuple):
    """`logged` is of ingest, `taken` of escalation; both take a district and a pupil, or null. Ordered by id."""

    logged: str
    taken: str
    first_logged: str
    last_taken: str
    snapshots: bool
    """Of snapshots only the newest counts."""


_BODY = "event_log, jsonb_to_record(convert_from(value, 'UTF8')::jsonb) AS said"
_MINE = "(district = $1 OR $1::text IS NULL) AND (student = $2 OR $2::text IS NULL)"

_SAID = """(
    district text, school text, student text, day date, period int, rev int, sequence bigint, known_at timestamptz,
    closed_at timestamptz, recorded_by text, source text, status text, excuse text, minutes int, reason text, suspension text,
    code text
)"""
_CONTENT = """md5(ROW(
    type, district, school, student, day, period, rev, sequence, at, recorded_by, source, status, excuse, minutes, reason,
    suspension, code
)::text)"""
_SCHOOL = "district || '/' || school"

ATTENDANCE = Seam(
    logged=f"""
        SELECT event_id::text AS id, {_SCHOOL}, sequence, {_CONTENT}
        FROM (
            SELECT event_id, type, said.*, coalesce(known_at, closed_at) AS at FROM {_BODY} {_SAID}
            WHERE topic = 'attendance.v1' AND dead_letter_headers IS NULL
        ) AS fact
        WHERE {_MINE}
        ORDER BY event_id
    """,
    taken=f"""
        SELECT event_id::text AS id, {_SCHOOL}, sequence, {_CONTENT}
        FROM (
            SELECT event_id, CASE WHEN retracted THEN 'attendance.mark.retracted' ELSE 'attendance.mark.recorded' END AS type,
                   district, school, student, day, period, rev, sequence, known_at AS at, recorded_by, source, status, excuse,
                   minutes, reason, suspension, code
            FROM mark_statement
            UNION ALL
            SELECT event_id, 'attendance.day.closed', district, school, NULL, day, NULL, NULL, sequence, closed_at, NULL, NULL,
                   NULL, NULL, NULL, NULL, NULL, NULL
            FROM day_close
        ) AS fact
        WHERE {_MINE}
        ORDER BY event_id
    """,
    first_logged=f"""
        SELECT {_SCHOOL} AS source, min(sequence) AS number
        FROM {_BODY} (district text, school text, sequence bigint)
        WHERE topic = 'attendance.v1' AND dead_letter_headers IS NULL GROUP BY 1
    """,
    last_taken=f"""
        SELECT {_SCHOOL} AS source, max(sequence) AS number
        FROM (SELECT district, school, sequence FROM mark_statement UNION ALL SELECT district, school, sequence FROM day_close)
             AS fact
        GROUP BY 1
    """,
    snapshots=False,
)

_PUPIL = "district || '/' || student"
_ENROLMENTS = """(
    SELECT jsonb_agg(jsonb_build_array(school, entered, exited, grade))
    FROM jsonb_to_recordset(enrolments) AS one (school text, entered date, exited date, grade int)
)"""

PUPILS = Seam(
    logged=f"""
        SELECT * FROM (
            SELECT DISTINCT {_PUPIL} || ' revision ' || revision AS name, {_PUPIL}, revision,
                   md5(ROW(birth_date, {_ENROLMENTS})::text)
            FROM {_BODY} (district text, student text, revision bigint, birth_date date, enrolments jsonb)
            WHERE type = 'roster.student.changed' AND dead_letter_headers IS NULL AND {_MINE}
        ) AS fact ORDER BY name COLLATE "C"
    """,
    taken=f"""
        SELECT * FROM (
            SELECT DISTINCT {_PUPIL} || ' revision ' || roster_revision AS name, {_PUPIL}, roster_revision,
                   md5(ROW(birth_date, {_ENROLMENTS})::text)
            FROM pupil_taken WHERE {_MINE}
        ) AS fact ORDER BY name COLLATE "C"
    """,
    first_logged=f"""
        SELECT {_PUPIL} AS source, min(revision) AS number FROM {_BODY} (district text, student text, revision bigint)
        WHERE type = 'roster.student.changed' AND dead_letter_headers IS NULL GROUP BY 1
    """,
    last_taken=f"SELECT {_PUPIL} AS source, max(roster_revision) AS number FROM pupil_taken GROUP BY 1",
    snapshots=True,
)

_CALENDAR = "district || '/' || school || ' ' || school_year"

CALENDARS = Seam(
    logged=f"""
        SELECT * FROM (
            SELECT DISTINCT {_CALENDAR} || ' revision ' || revision AS name, {_CALENDAR}, revision,
                   md5(ROW(timezone, instructional_days, coalesce(periods, '{{}}'), coalesce(lea_type, 'district'))::text)
            FROM {_BODY} (
                district text, school text, school_year text, revision bigint, timezone text, instructional_days date[],
                periods smallint[], lea_type text
            )
            WHERE type = 'roster.calendar.changed' AND dead_letter_headers IS NULL
                  AND (district = $1 OR $1::text IS NULL) AND $2::text IS NULL
        ) AS fact ORDER BY name COLLATE "C"
    """,
    taken=f"""
        SELECT * FROM (
            SELECT DISTINCT {_CALENDAR} || ' revision ' || revision AS name, {_CALENDAR}, revision,
                   md5(ROW(timezone, instructional_days, periods, lea_type)::text)
            FROM calendar_taken WHERE (district = $1 OR $1::text IS NULL) AND $2::text IS NULL
        ) AS fact ORDER BY name COLLATE "C"
    """,
    first_logged=f"""
        SELECT {_CALENDAR} AS source, min(revision) AS number
        FROM {_BODY} (district text, school text, school_year text, revision bigint)
        WHERE type = 'roster.calendar.changed' AND dead_letter_headers IS NULL GROUP BY 1
    """,
    last_taken=f"SELECT {_CALENDAR} AS source, max(revision) AS number FROM calendar_taken GROUP BY 1",
    snapshots=True,
)

DEAD = "SELECT value FROM event_log WHERE dead_letter_headers->>'group' = 'escalation.attendance' AND value IS NOT NULL"

_KEPT_AND_LOGGED = f"""
    WITH logged AS (
        SELECT event_id, type, subject, value FROM event_log WHERE topic = 'ladder.v1' AND dead_letter_headers IS NULL
    ), begun AS (
        SELECT district, min(number) AS number FROM artefact JOIN logged USING (event_id) GROUP BY district
    ), both_sides AS (
        SELECT event_id, artefact.event_id IS NOT NULL AS kept, logged.event_id IS NOT NULL AS said,
               coalesce(artefact.type, logged.type) || ' ' || coalesce(district || '/' || student, subject) || ' ' || event_id
                   AS name,
               artefact.number >= begun.number IS NOT TRUE AS older,
               body = convert_from(value, 'UTF8')::jsonb AS equal
        FROM (SELECT * FROM artefact WHERE {_MINE}) AS artefact
        FULL JOIN (
            SELECT * FROM logged
            WHERE (subject = $1 || '/' || $2 OR $2::text IS NULL) AND (starts_with(subject, $1 || '/') OR $1::text IS NULL)
        ) AS logged USING (event_id)
        LEFT JOIN begun USING (district)
    )
"""

SAID_COUNTS = (
    _KEPT_AND_LOGGED
    + """
    SELECT count(*) FILTER (WHERE equal) AS equal, count(*) FILTER (WHERE kept AND NOT said AND older) AS older FROM both_sides
"""
)
SAID_WRONG = (
    _KEPT_AND_LOGGED
    + """
    SELECT name, CASE WHEN NOT kept THEN 'invented' WHEN NOT said THEN 'lost' ELSE 'changed' END AS problem
    FROM both_sides WHERE NOT kept OR kept AND NOT said AND NOT older OR NOT equal ORDER BY name
"""
)
