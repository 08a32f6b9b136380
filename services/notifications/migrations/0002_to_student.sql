-- An adult pupil is told in person: the pupil as a recipient, in the shape of a guardian.
ALTER TABLE pupil ADD COLUMN person jsonb;
UPDATE pupil
SET person = jsonb_build_object('id', 'student', 'given_name', given_name, 'family_name', family_name);
ALTER TABLE pupil ALTER COLUMN person SET NOT NULL;

ALTER TABLE notice ADD COLUMN to_student boolean NOT NULL DEFAULT false;
