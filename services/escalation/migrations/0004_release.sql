-- Who stopped a step for a district, or let it go again, and why. The latest row of a step holds.
CREATE TABLE step_switch (
    number   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    district text NOT NULL,
    step     text NOT NULL,
    stopped  boolean NOT NULL,
    by       text NOT NULL,
    reason   text NOT NULL,
    at       timestamptz NOT NULL
);
CREATE INDEX step_switch_of_district ON step_switch (district, step, number DESC);

-- Steps that too many pupils of a school would have taken at one close. Who is decided later as of that close waits as well.
CREATE TABLE step_stop (
    district text NOT NULL,
    school   text NOT NULL,
    day      date NOT NULL,
    step     text NOT NULL,
    pupils   integer NOT NULL,
    enrolled integer NOT NULL,
    PRIMARY KEY (district, school, day, step)
);

CREATE INDEX ladder_state_queue ON ladder_state (district, student) WHERE state ?| ARRAY['waiting', 'proposed', 'review'];
