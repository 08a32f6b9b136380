-- Groups of a pupil in which outcomes are compared (`rollcall policy simulate`). No decision looks at them.
ALTER TABLE pupil ADD COLUMN subgroups jsonb NOT NULL DEFAULT '[]';
ALTER TABLE pupil_taken ADD COLUMN subgroups jsonb NOT NULL DEFAULT '[]';
