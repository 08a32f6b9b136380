-- What the roster says, as far as a notice needs it.
CREATE TABLE school (
    district text NOT NULL,
    school   text NOT NULL,
    school_year text NOT NULL,
    revision    bigint NOT NULL,
    name        text NOT NULL,
    timezone    text NOT NULL,
    language_share jsonb NOT NULL,
    PRIMARY KEY (district, school)
);

CREATE TABLE pupil (
    district text NOT NULL,
    student  text NOT NULL,
    revision    bigint NOT NULL,
    given_name  text NOT NULL,
    family_name text NOT NULL,
    guardians   jsonb NOT NULL,
    PRIMARY KEY (district, student)
);

-- A person has read a guardian's restriction and decided. Another text needs another reading: the key holds its hash.
CREATE TABLE restriction_reading (
    district text NOT NULL,
    student  text NOT NULL,
    guardian text NOT NULL,
    restriction_sha256 text NOT NULL,
    may_receive boolean NOT NULL,
    read_by     text NOT NULL,
    read_at     timestamptz NOT NULL,
    PRIMARY KEY (district, student, guardian, restriction_sha256)
);

-- Present = stopped. kind '*' stops every kind.
CREATE TABLE switch (
    district text NOT NULL,
    kind        text NOT NULL,
    stopped_by  text NOT NULL,
    reason      text NOT NULL,
    stopped_at  timestamptz NOT NULL,
    PRIMARY KEY (district, kind)
);

-- Texts only, for every district: the carrier blocks the number as a whole. Never touches email or letters.
CREATE TABLE opt_out (
    phone text NOT NULL,
    class text NOT NULL CHECK (class IN ('alert', 'school')),
    via   text NOT NULL,
    since timestamptz NOT NULL,
    PRIMARY KEY (phone, class)
);

CREATE TABLE notice (
    notice      uuid PRIMARY KEY,
    district text NOT NULL,
    student  text NOT NULL,
    school   text NOT NULL,
    kind        text NOT NULL,
    as_of       timestamptz NOT NULL,
    changed_as_of timestamptz NOT NULL,
    days        date[] NOT NULL,
    meeting     text,
    corrects    uuid,
    -- required: still to be planned (perhaps the roster does not know the pupil yet); unneeded: a correction of what nobody got
    state       text NOT NULL CHECK (state IN ('required', 'planned', 'withdrawn', 'undeliverable', 'unneeded')),
    version     int NOT NULL DEFAULT 0
);
CREATE INDEX notice_required ON notice (as_of) WHERE state = 'required';
CREATE INDEX notice_pupil ON notice (district, student);

CREATE TABLE delivery (
    delivery    uuid PRIMARY KEY,
    notice      uuid NOT NULL REFERENCES notice,
    sequence    bigint GENERATED ALWAYS AS IDENTITY,
    guardian text NOT NULL,
    channel     text NOT NULL CHECK (channel IN ('email', 'sms', 'letter')),
    -- false for a text message that only points to a letter
    whole       boolean NOT NULL,
    languages   text[] NOT NULL,
    template    text NOT NULL,
    state       text NOT NULL,
    reason      text,
    until       timestamptz,
    -- Wall-clock time before which no new attempt is made; not the driven clock, for it paces calls to a provider.
    retry_at    timestamptz NOT NULL DEFAULT now(),
    attempts    int NOT NULL DEFAULT 0,
    changed_at  timestamptz NOT NULL,
    sent_at     timestamptz,
    provider_id text,
    content_sha256 text,
    version     int NOT NULL DEFAULT 0,
    UNIQUE (notice, guardian, channel)
);
CREATE INDEX delivery_queued ON delivery (retry_at) WHERE state = 'queued';
CREATE INDEX delivery_held ON delivery (until) WHERE state = 'held' AND until IS NOT NULL;
CREATE INDEX delivery_attempting ON delivery (delivery) WHERE state = 'attempting';

-- What went out, or was about to: the proof of what a family was told.
CREATE TABLE document (
    delivery    uuid PRIMARY KEY REFERENCES delivery,
    destination text NOT NULL,
    media_type  text NOT NULL,
    content     bytea NOT NULL
);

-- The steps that a delivery can take: callbacks may come late, twice or in any order, and never move it backwards.
CREATE TABLE delivery_step (
    from_state text NOT NULL,
    to_state   text NOT NULL,
    PRIMARY KEY (from_state, to_state)
);
-- A letter goes to sent in one step: it is rendered and kept in the same transaction.
INSERT INTO delivery_step (from_state, to_state) VALUES
    ('queued', 'held'), ('queued', 'attempting'), ('queued', 'sent'), ('queued', 'failed'), ('queued', 'withdrawn'),
    ('held', 'queued'), ('held', 'held'), ('held', 'attempting'), ('held', 'sent'), ('held', 'failed'), ('held', 'withdrawn'),
    ('attempting', 'queued'), ('attempting', 'sent'), ('attempting', 'failed'), ('attempting', 'unknown'),
    ('unknown', 'queued'), ('unknown', 'sent'), ('unknown', 'failed'),
    ('sent', 'delivered'), ('sent', 'failed'),
    ('failed', 'delivered');
