-- Every choice of a policy by a district, with the day from which it judges (null: from the beginning). Of the choices in
-- force on a day the one with the latest such day holds, and of two of the same day the one that was made later.
CREATE TABLE policy_choice (
    taken          bigint PRIMARY KEY DEFAULT nextval('taken'),
    district       text NOT NULL,
    policy         text NOT NULL,
    overrides      jsonb NOT NULL,
    effective_from date,
    by             text,                 -- null: not said
    reason         text,
    at             timestamptz           -- null: chosen before this table was there
);
CREATE INDEX policy_choice_of_district ON policy_choice (district, taken);
INSERT INTO policy_choice (district, policy, overrides) SELECT district, policy, overrides FROM district_policy;
DROP TABLE policy_taken;
-- district_policy is no longer read or written; code of the version before may still run beside this one.
