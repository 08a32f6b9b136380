-- The journal: everything that is taken keeps its place in the order in which it was taken, so that all the rest can be
-- built again from it. Rows that are written by one statement share a number. The numbers of one district are in the order
-- of its transactions, because each of these holds the district's lock while it takes one.
CREATE SEQUENCE taken;

-- Null: taken before there was a journal. The offset is that of the time as it was said: a decision repeats it.
ALTER TABLE mark_statement ADD COLUMN taken bigint, ADD COLUMN utc_offset interval;
ALTER TABLE day_close ADD COLUMN taken bigint, ADD COLUMN utc_offset interval;
ALTER TABLE act ADD COLUMN taken bigint;
ALTER TABLE step_switch ADD COLUMN taken bigint;
ALTER TABLE step_switch ALTER COLUMN taken SET DEFAULT nextval('taken');

-- What the tables of pupils, calendars and policies held before they were overwritten. Never changed, never deleted.
CREATE TABLE pupil_taken (
    taken           bigint NOT NULL,
    district        text NOT NULL,
    student         text NOT NULL,
    roster_revision bigint NOT NULL,
    birth_date      date NOT NULL,
    enrolments      jsonb NOT NULL,
    PRIMARY KEY (district, student, taken)
);
CREATE TABLE calendar_taken (
    taken              bigint NOT NULL,
    district           text NOT NULL,
    school             text NOT NULL,
    school_year        text NOT NULL,
    revision           bigint NOT NULL,
    timezone           text NOT NULL,
    instructional_days date[] NOT NULL,
    periods            smallint[] NOT NULL,
    lea_type           text NOT NULL,
    PRIMARY KEY (district, school, taken)
);
CREATE TABLE policy_taken (
    taken     bigint PRIMARY KEY DEFAULT nextval('taken'),
    district  text NOT NULL,
    policy    text NOT NULL,
    overrides jsonb NOT NULL
);
