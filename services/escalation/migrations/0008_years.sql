-- The earliest marked day about which something is new (null: nothing older than the present school year): a closed year is
-- put right only where something in it changed.
ALTER TABLE pupil ADD COLUMN dirty_from date;

-- All schools of the pupil's enrolments: which one's close decides depends on the day.
ALTER TABLE pupil ADD COLUMN schools text[] NOT NULL DEFAULT '{}';
UPDATE pupil SET schools = ARRAY(
    SELECT DISTINCT enrolment->>'school' FROM jsonb_array_elements(enrolments) AS enrolment ORDER BY 1
) WHERE enrolments IS NOT NULL;
CREATE INDEX pupil_of_schools ON pupil USING gin (schools);
