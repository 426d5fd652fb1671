-- Workspaces, people, tokens, leaks, audit, mail, track events, jobs.
-- Ids are typed ULIDs, times are microseconds since 1970 in UTC, JSON is text. References between tables are kept by
-- the verbs, which look for the other row in the same statement: a checked foreign key costs a million-row import
-- half its time again on PostgreSQL.

CREATE TABLE workspaces (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('customer', 'operator')),
    name TEXT NOT NULL,
    external_id TEXT,
    exposure_policy TEXT CHECK (exposure_policy IN ('revoke', 'warn', 'warn_then_revoke')),
    created_at BIGINT NOT NULL,
    suspended_at BIGINT,
    deleted_at BIGINT
);
CREATE UNIQUE INDEX workspaces_external_id ON workspaces (external_id) WHERE external_id IS NOT NULL;
CREATE UNIQUE INDEX workspaces_one_operator ON workspaces (kind) WHERE kind = 'operator';

-- mail_folded is what mail addresses are compared by.
CREATE TABLE people (
    id TEXT PRIMARY KEY,
    mail TEXT NOT NULL,
    mail_folded TEXT NOT NULL,
    name TEXT,
    external_id TEXT,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX people_mail ON people (mail_folded);
CREATE UNIQUE INDEX people_external_id ON people (external_id) WHERE external_id IS NOT NULL;

CREATE TABLE members (
    id TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL,
    person_id TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('owner', 'member')),
    created_at BIGINT NOT NULL,
    left_at BIGINT
);
CREATE UNIQUE INDEX members_once ON members (workspace_id, person_id) WHERE left_at IS NULL;

-- revoke_after is the end of a warning: from that moment the token is revoked, whether or not a job has come round.
-- deadline is the same until it is written down that the moment has come. replaced_at: another token has its external_id
-- since. Both are there so that no index says whether a token is revoked: on PostgreSQL a row that stays on its page, with
-- its indexed columns as they were, is changed at a fifth of the cost of one that moves. Each page keeps room for that.
CREATE TABLE tokens (
    id TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL,
    digest BYTEA NOT NULL,
    scheme TEXT NOT NULL,
    version BIGINT NOT NULL,
    prefix TEXT,
    hint TEXT,
    description TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('owner', 'member')),
    scopes TEXT,
    creator_id TEXT,
    external_id TEXT,
    replaced_at BIGINT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    last_used_at BIGINT,
    revoked_at BIGINT,
    revoked_why TEXT,
    warned_at BIGINT,
    revoke_after BIGINT,
    deadline BIGINT
);
-- {postgres}
ALTER TABLE tokens SET (fillfactor = 90);
CREATE UNIQUE INDEX tokens_digest ON tokens (digest);
CREATE INDEX tokens_of_workspace ON tokens (workspace_id, id);
CREATE UNIQUE INDEX tokens_external_id ON tokens (workspace_id, external_id)
    WHERE external_id IS NOT NULL AND replaced_at IS NULL;
CREATE INDEX tokens_deadline ON tokens (deadline) WHERE deadline IS NOT NULL;

-- The secrets that a token had before it was rotated: good until valid_until, and known as ours for ever.
CREATE TABLE former_secrets (
    digest BYTEA PRIMARY KEY,
    token_id TEXT NOT NULL,
    version BIGINT NOT NULL,
    prefix TEXT,
    hint TEXT,
    retired_at BIGINT NOT NULL,
    valid_until BIGINT NOT NULL,
    revoked_at BIGINT,
    revoked_why TEXT,
    warned_at BIGINT,
    revoke_after BIGINT
);
CREATE INDEX former_secrets_of_token ON former_secrets (token_id);
CREATE INDEX former_secrets_deadline ON former_secrets (revoke_after) WHERE revoke_after IS NOT NULL AND revoked_at IS NULL;

-- How imported digests were made, other than the SHA-256 of the whole secret; looked at only when a secret is not found.
CREATE TABLE digest_schemes (
    scheme TEXT PRIMARY KEY
);

-- Prefixes of which tokens without a checksum were imported, so that a wrong checksum says nothing.
CREATE TABLE unchecked_prefixes (
    prefix TEXT PRIMARY KEY
);

CREATE TABLE reports (
    id TEXT PRIMARY KEY,
    partner TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    items BIGINT NOT NULL
);

-- changed: this sighting is the one that revoked the token or began its warning, so it is the one that is told of.
CREATE TABLE sightings (
    id TEXT PRIMARY KEY,
    report_id TEXT NOT NULL,
    workspace_id TEXT,
    token_id TEXT,
    partner TEXT NOT NULL,
    source TEXT,
    url TEXT,
    hint TEXT,
    outcome TEXT NOT NULL CHECK (outcome IN ('revoked', 'warned', 'already_revoked', 'expired', 'false_positive')),
    changed BOOLEAN NOT NULL,
    former_secret BOOLEAN NOT NULL,
    seen_at BIGINT NOT NULL
);
CREATE INDEX sightings_of_report ON sightings (report_id);
CREATE INDEX sightings_of_workspace ON sightings (workspace_id, id) WHERE workspace_id IS NOT NULL;

-- What a partner's keys endpoint last answered, so that a restart during its outage changes nothing.
CREATE TABLE partner_keys (
    partner TEXT PRIMARY KEY,
    url TEXT NOT NULL,
    etag TEXT,
    answer TEXT NOT NULL,
    fetched_at BIGINT NOT NULL
);

CREATE TABLE audit (
    id TEXT PRIMARY KEY,
    workspace_id TEXT,
    at BIGINT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id TEXT,
    event TEXT NOT NULL,
    target TEXT,
    details TEXT NOT NULL
);
CREATE INDEX audit_of_workspace ON audit (workspace_id, id);

CREATE TABLE track_events (
    id TEXT PRIMARY KEY,
    batch_id TEXT NOT NULL,
    workspace_id TEXT,
    at BIGINT NOT NULL,
    event TEXT NOT NULL,
    properties TEXT NOT NULL
);
CREATE INDEX track_events_of_batch ON track_events (batch_id);

-- once: what this mail is about and to whom, so that it is written once however often its job runs.
CREATE TABLE mails (
    id TEXT PRIMARY KEY,
    once TEXT NOT NULL,
    workspace_id TEXT,
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    text TEXT NOT NULL,
    html TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    sent_at BIGINT
);
CREATE UNIQUE INDEX mails_once ON mails (once);

CREATE TABLE jobs (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    run_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    first_tried_at BIGINT,
    claimed_until BIGINT,
    parked_at BIGINT,
    last_error TEXT
);
CREATE INDEX jobs_due ON jobs (kind, run_at) WHERE parked_at IS NULL;

CREATE TABLE schedules (
    name TEXT PRIMARY KEY,
    next_at BIGINT NOT NULL
);

-- What a caller's Idempotency-Key was used for, so that a request sent twice is carried out once.
CREATE TABLE idempotency_keys (
    caller TEXT NOT NULL,
    key TEXT NOT NULL,
    request_digest BYTEA NOT NULL,
    made TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (caller, key)
);
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);
