-- What the school says. Every statement is kept; the one with the highest (rev, sequence) holds.
-- The statement is the inbox: an event that comes twice finds itself here.
CREATE TABLE mark_statement (
    event_id    uuid PRIMARY KEY,
    district    text NOT NULL,
    student     text NOT NULL,
    school      text NOT NULL,
    day         date NOT NULL,
    period      smallint,                -- null: the whole day
    rev         integer NOT NULL,
    sequence    bigint NOT NULL,
    known_at    timestamptz NOT NULL,
    recorded_by text,
    source      text NOT NULL,
    retracted   boolean NOT NULL,
    status      text,                    -- null only where retracted
    excuse      text,
    minutes     smallint,
    reason      text,
    suspension  text,
    code        text
);
CREATE INDEX mark_statement_of_pupil ON mark_statement (district, student, day);

CREATE TABLE day_close (
    district  text NOT NULL,
    school    text NOT NULL,
    day       date NOT NULL,
    event_id  uuid NOT NULL,
    sequence  bigint NOT NULL,
    closed_at timestamptz NOT NULL,
    PRIMARY KEY (district, school, day)
);

CREATE TABLE calendar (
    district           text NOT NULL,
    school             text NOT NULL,
    school_year        text NOT NULL,
    revision           bigint NOT NULL,
    timezone           text NOT NULL,
    instructional_days date[] NOT NULL,
    periods            smallint[] NOT NULL,
    lea_type           text NOT NULL,
    PRIMARY KEY (district, school, school_year)
);

-- A pupil exists from the first mark on; the roster columns stay null until the roster names the pupil.
CREATE TABLE pupil (
    district        text NOT NULL,
    student         text NOT NULL,
    roster_revision bigint,
    birth_date      date,
    enrolments      jsonb,
    school          text,                -- of the enrolment that was entered last
    dirty           boolean NOT NULL DEFAULT true,
    PRIMARY KEY (district, student)
);
CREATE INDEX pupil_of_school ON pupil (district, school);

-- Everything decided about a pupil in one school year, and when to look again without new facts.
CREATE TABLE ladder_state (
    district    text NOT NULL,
    student     text NOT NULL,
    school_year text NOT NULL,
    state       jsonb NOT NULL,
    level       text NOT NULL,
    occasions   integer NOT NULL,
    reports     integer NOT NULL,
    wake_on     date,
    PRIMARY KEY (district, student, school_year)
);
CREATE INDEX ladder_state_to_wake ON ladder_state (district, school_year, wake_on) WHERE wake_on IS NOT NULL;
CREATE INDEX ladder_state_level ON ladder_state (district, school_year, level);

-- What people did. `number` is the order in which the acts were recorded.
CREATE TABLE act (
    act_id   uuid PRIMARY KEY,
    number   bigint GENERATED ALWAYS AS IDENTITY,
    district text NOT NULL,
    student  text NOT NULL,
    at       timestamptz NOT NULL,
    body     jsonb NOT NULL,
    refused  text                        -- why the rules did not allow it; null where they did
);
CREATE INDEX act_of_pupil ON act (district, student, at);

-- Every event of the ladder with its reasons, for as long as the pupil's record lives (the event log is only kept for a time).
CREATE TABLE artefact (
    number   bigint GENERATED ALWAYS AS IDENTITY,
    event_id uuid PRIMARY KEY,
    district text NOT NULL,
    student  text NOT NULL,
    type     text NOT NULL,
    as_of    timestamptz NOT NULL,
    body     jsonb NOT NULL,
    written_by xid8 NOT NULL DEFAULT pg_current_xact_id()  -- a feed must not run past a transaction that is still open
);
CREATE INDEX artefact_of_pupil ON artefact (district, student, number);
CREATE INDEX artefact_feed ON artefact (district, number);

-- Which policy pack judges a district, with the district's own values over it.
CREATE TABLE district_policy (
    district  text PRIMARY KEY,
    policy    text NOT NULL,
    overrides jsonb NOT NULL DEFAULT '{}'
);
