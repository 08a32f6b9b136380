-- The recipient's own language, where there is no text in it: this delivery is in English only, and a person must help.
ALTER TABLE delivery ADD COLUMN language_gap text;
CREATE INDEX delivery_language_gap ON delivery (language_gap) WHERE language_gap IS NOT NULL;
