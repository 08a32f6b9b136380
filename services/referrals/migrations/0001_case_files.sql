-- What referrals knows about pupils, and the case files made from it. Facts are only ever added, so that counting them
-- tells whether a case must be looked at again, and the order in which they arrived cannot matter.

-- Everything that the school said about a day. The reason of an excuse is not kept: a case file never shows it.
CREATE TABLE mark_statement (
    district    text NOT NULL,
    student     text NOT NULL,
    day         date NOT NULL,
    event_id    uuid NOT NULL,
    school      text NOT NULL,
    period      smallint,
    rev         bigint NOT NULL,
    sequence    bigint NOT NULL,
    known_at    timestamptz NOT NULL,
    status      text,               -- NULL: retracted
    excuse      text,
    minutes     smallint,
    suspension  text,
    code        text,               -- the source's own code; NULL for an excused mark, it may name the reason
    recorded_by text,
    source      text NOT NULL,
    PRIMARY KEY (district, student, day, event_id)
);

-- A school's day is complete: every mark of it that the ladder judged is here.
CREATE TABLE closed_day (
    district  text NOT NULL,
    school    text NOT NULL,
    day       date NOT NULL,
    closed_at timestamptz NOT NULL,
    PRIMARY KEY (district, school, day)
);

CREATE TABLE student (
    district text NOT NULL,
    student  text NOT NULL,
    revision bigint NOT NULL,
    event_id uuid NOT NULL,
    source   text NOT NULL,
    known_at timestamptz NOT NULL,
    body     jsonb NOT NULL,
    PRIMARY KEY (district, student)
);

CREATE TABLE calendar (
    district    text NOT NULL,
    school      text NOT NULL,
    school_year text NOT NULL,
    revision    bigint NOT NULL,
    event_id    uuid NOT NULL,
    source      text NOT NULL,
    known_at    timestamptz NOT NULL,
    body        jsonb NOT NULL,
    PRIMARY KEY (district, school, school_year)
);

-- Steps of the ladder and what became of each notice, as they were told.
CREATE TABLE pupil_event (
    district text NOT NULL,
    student  text NOT NULL,
    event_id uuid NOT NULL,
    type     text NOT NULL,
    known_at timestamptz NOT NULL,
    source   text NOT NULL,
    body     jsonb NOT NULL,
    PRIMARY KEY (district, student, event_id)
);

CREATE TABLE referral_case (
    id          uuid PRIMARY KEY,
    district    text NOT NULL,
    student     text NOT NULL,
    school_year text NOT NULL,
    state       text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'draft', 'closed')),
    waiting_for jsonb NOT NULL DEFAULT '[]',    -- in plain words, without personal data
    version     int NOT NULL DEFAULT 0,         -- of the packet that counts; 0: none yet
    known       text NOT NULL DEFAULT '',       -- how many facts the last look has seen
    UNIQUE (district, student, school_year)
);

-- Packets are kept for good, superseded ones too: somebody may have seen them.
CREATE TABLE packet (
    case_id         uuid NOT NULL REFERENCES referral_case,
    version         int NOT NULL,
    known_at        timestamptz NOT NULL,
    contents        bytea NOT NULL,             -- canonical JSON of all parts
    manifest        bytea NOT NULL,             -- canonical JSON
    pdf             bytea NOT NULL,
    contents_sha256 text NOT NULL,
    manifest_sha256 text NOT NULL,
    pdf_sha256      text NOT NULL,
    missing         text[] NOT NULL,
    superseded      text,                       -- why it no longer counts
    PRIMARY KEY (case_id, version)
);
