-- Everything this service ever said, in the order of `id`, and what of it is not yet published.
-- The columns of an event are its CloudEvents attributes; a dead letter keeps the foreign record as it came.
CREATE TABLE event_log (
    id bigint GENERATED ALWAYS AS IDENTITY,
    logged_on date NOT NULL DEFAULT current_date,
    logged_at timestamptz NOT NULL DEFAULT now(),
    topic text NOT NULL,
    key bytea,
    value bytea,
    event_id uuid NOT NULL,
    type text,
    source text,
    subject text,
    time timestamptz,
    traceparent text,
    dead_letter_headers jsonb,
    PRIMARY KEY (id, logged_on),
    CHECK ((type IS NULL) = (dead_letter_headers IS NOT NULL))
) PARTITION BY RANGE (logged_on);

-- Never empty-handed: a day without a partition of its own is kept here.
CREATE TABLE event_log_default PARTITION OF event_log DEFAULT;

-- Rows come and go at the speed of the stream: no status, no update, vacuumed often.
CREATE TABLE event_pending (
    id bigint PRIMARY KEY,
    logged_on date NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000, autovacuum_analyze_scale_factor = 0,
        autovacuum_analyze_threshold = 100000);

-- The inbox of dead letters: a record that comes again after a crash is dead-lettered once.
CREATE TABLE dead_letter (
    id uuid PRIMARY KEY,
    buried_at timestamptz NOT NULL DEFAULT now()
);
