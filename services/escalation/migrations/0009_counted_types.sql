-- Counted for the summary.
CREATE INDEX artefact_counted ON artefact (type) WHERE type IN ('level.rescinded', 'recognition.due');
