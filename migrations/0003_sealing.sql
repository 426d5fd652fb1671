-- The keyring, and a sealed column beside each that tells about a person or a customer. What is there is sealed right
-- after this step, and the next but one takes the readable columns away.

-- number counts rotations up; the greatest is the root that new data keys are wrapped by. wrapped: by the key service,
-- if that keeps it. destroy_after: when a root that is no longer in use is to be gone; destroyed_at: since when it is.
CREATE TABLE root_keys (
    id TEXT PRIMARY KEY,
    number BIGINT NOT NULL,
    wrapped BYTEA,
    created_at BIGINT NOT NULL,
    retired_at BIGINT,
    destroy_after BIGINT,
    destroyed_at BIGINT
);
CREATE UNIQUE INDEX root_keys_number ON root_keys (number);

-- subject: whose data it seals: a workspace's or a person's id, `house` or `index`. A newer generation retires an older one.
CREATE TABLE data_keys (
    id BIGINT PRIMARY KEY,
    subject TEXT NOT NULL,
    generation BIGINT NOT NULL,
    root_id TEXT NOT NULL,
    wrapped BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    retired_at BIGINT
);
CREATE UNIQUE INDEX data_keys_of_subject ON data_keys (subject, generation);
CREATE INDEX data_keys_of_root ON data_keys (root_id);

-- Whose data keys were destroyed. Nobody of them ever gets one again.
CREATE TABLE shredded (
    subject TEXT PRIMARY KEY,
    at BIGINT NOT NULL
);

ALTER TABLE workspaces ADD COLUMN sealed_name BYTEA;

-- mail_index is what mail addresses are found by, and index_key the key that it was made with.
ALTER TABLE people ADD COLUMN sealed_mail BYTEA;
ALTER TABLE people ADD COLUMN mail_index BYTEA;
ALTER TABLE people ADD COLUMN index_key BIGINT;
ALTER TABLE people ADD COLUMN sealed_name BYTEA;

ALTER TABLE tokens ADD COLUMN sealed_description BYTEA;
ALTER TABLE sightings ADD COLUMN sealed_url BYTEA;
ALTER TABLE track_events ADD COLUMN sealed_properties BYTEA;

ALTER TABLE mails ADD COLUMN sealed_recipient BYTEA;
ALTER TABLE mails ADD COLUMN sealed_subject BYTEA;
ALTER TABLE mails ADD COLUMN sealed_text BYTEA;
ALTER TABLE mails ADD COLUMN sealed_html BYTEA;

ALTER TABLE jobs ADD COLUMN sealed_payload BYTEA;

-- The key that request_digest was made with. NULL: it cannot be compared any more.
ALTER TABLE idempotency_keys ADD COLUMN request_key BIGINT;

-- From a workspace to what is sealed of it.
CREATE INDEX mails_of_workspace ON mails (workspace_id, id) WHERE workspace_id IS NOT NULL;
CREATE INDEX track_events_of_workspace ON track_events (workspace_id, id) WHERE workspace_id IS NOT NULL;
