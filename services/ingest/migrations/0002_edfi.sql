CREATE TABLE access_token (
    token_sha256 bytea PRIMARY KEY,
    key_id text NOT NULL REFERENCES api_key,
    expires_at timestamptz NOT NULL
);

CREATE SEQUENCE edfi_document_position;

-- Resources as the client sent them. `key` is the natural key, `about` what the document is projected into,
-- `refs` the natural keys of the documents that it needs ("resource|key"), `position` the order of the last change.
CREATE TABLE edfi_document (
    district text NOT NULL REFERENCES district,
    resource text NOT NULL,
    id uuid NOT NULL,
    key text NOT NULL,
    about text NOT NULL,
    refs text[] NOT NULL,
    document jsonb NOT NULL,
    position bigint NOT NULL,
    modified_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (district, resource, key)
);

CREATE UNIQUE INDEX edfi_document_id ON edfi_document (id);
CREATE INDEX edfi_document_about ON edfi_document (district, resource, about);
CREATE INDEX edfi_document_order ON edfi_document (district, resource, position);
CREATE INDEX edfi_document_refs ON edfi_document USING gin (refs) WITH (fastupdate = off);
