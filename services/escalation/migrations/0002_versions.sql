-- Each decision that changes a pupil's case counts one up, over all school years, so that a person can say what was seen.
ALTER TABLE ladder_state ADD COLUMN version bigint NOT NULL DEFAULT 1;

-- With which version of the case an artefact came; null for what does not change the case (a same-day alert).
ALTER TABLE artefact ADD COLUMN version bigint;

-- What the act caused, so that the same act again gets the same answer.
ALTER TABLE act ADD COLUMN events jsonb NOT NULL DEFAULT '[]', ADD COLUMN version bigint;
