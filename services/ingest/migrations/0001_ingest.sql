CREATE TABLE district (
    district text PRIMARY KEY,
    name text NOT NULL,
    timezone text NOT NULL,
    policy text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE api_key (
    id text PRIMARY KEY,
    district text NOT NULL REFERENCES district,
    label text NOT NULL,
    secret_sha256 bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    revoked_at timestamptz
);

-- Every code table that a district ever had: marks were judged by the one of their time.
CREATE TABLE code_table (
    district text NOT NULL REFERENCES district,
    version int NOT NULL,
    codes jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (district, version)
);

CREATE TABLE calendar (
    district text NOT NULL REFERENCES district,
    school text NOT NULL,
    school_year text NOT NULL,
    revision int NOT NULL,
    timezone text NOT NULL,
    instructional_days date[] NOT NULL,
    details jsonb NOT NULL,
    PRIMARY KEY (district, school, school_year)
);

CREATE TABLE student (
    district text NOT NULL REFERENCES district,
    student text NOT NULL,
    revision int NOT NULL,
    snapshot jsonb NOT NULL,
    PRIMARY KEY (district, student)
);

CREATE SEQUENCE statement_sequence;

-- Every statement of a source that was accepted or parked, for ever. `receipt` is also the id of the event.
CREATE TABLE statement (
    receipt uuid PRIMARY KEY,
    district text NOT NULL REFERENCES district,
    sequence bigint NOT NULL,
    student text NOT NULL,
    day date NOT NULL,
    period smallint NOT NULL,  -- -1: the whole day
    school text NOT NULL,
    rev bigint NOT NULL,
    source text NOT NULL,
    source_id text,
    source_rev bigint,
    said jsonb NOT NULL,
    meaning jsonb,
    state text NOT NULL CHECK (state IN ('accepted', 'parked', 'superseded')),
    reason text,
    recorded_at timestamptz,
    recorded_by text,
    known_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX statement_key ON statement (district, student, day, period);
CREATE UNIQUE INDEX statement_source_id ON statement (district, source, source_id) WHERE source_id IS NOT NULL;
CREATE INDEX statement_parked ON statement (district, school, reason) WHERE state = 'parked';
CREATE INDEX statement_school ON statement (district, school, known_at);

CREATE TABLE day_close (
    district text NOT NULL REFERENCES district,
    school text NOT NULL,
    day date NOT NULL,
    receipt uuid NOT NULL UNIQUE,
    sequence bigint NOT NULL,
    closed_at timestamptz NOT NULL,
    calendar_revision int NOT NULL,
    PRIMARY KEY (district, school, day)
);
