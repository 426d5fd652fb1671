-- The audit, in chains: one per workspace, and `house` for what belongs to none. What is on record of an entry is never changed:
-- each covers the one before it by its hash, and its details by a commitment, so these can be sealed anew or erased.
-- `audit` holds what was recorded before this step until it has been taken over.

CREATE TABLE audit_entries (
    id TEXT PRIMARY KEY,
    chain TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    at BIGINT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id TEXT,
    event TEXT NOT NULL,
    target TEXT,
    request_id TEXT,
    commitment BYTEA NOT NULL,
    hash BYTEA NOT NULL
);
CREATE UNIQUE INDEX audit_entries_of_chain ON audit_entries (chain, sequence);
CREATE INDEX audit_entries_of_target ON audit_entries (chain, target, sequence);
CREATE INDEX audit_entries_of_actor ON audit_entries (chain, actor_id, sequence);

-- The salt of the commitment (32 bytes) and the details after it. Whoever has the salt can check a guess, so it goes with them.
CREATE TABLE audit_details (
    entry_id TEXT PRIMARY KEY,
    details BYTEA NOT NULL
);

-- How far each chain has come. Locked by whoever appends. Each page keeps room, so
-- that on PostgreSQL a row stays on it when it changes.
CREATE TABLE audit_chains (
    chain TEXT PRIMARY KEY,
    sequence BIGINT NOT NULL,
    hash BYTEA NOT NULL
);
-- {postgres}
ALTER TABLE audit_chains SET (fillfactor = 70);

-- Signed heads, each the line that was delivered.
CREATE TABLE audit_heads (
    number BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    line TEXT NOT NULL,
    hash BYTEA NOT NULL
);

-- What heads are signed with. The newest that is not retired signs.
CREATE TABLE audit_keys (
    id TEXT PRIMARY KEY,
    public_key BYTEA NOT NULL,
    private_key BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    retired_at BIGINT
);
