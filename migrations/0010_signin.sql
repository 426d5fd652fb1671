-- Signing in: what people prove themselves by, what they have begun to prove, and who is in.

-- hash: sealed, so that whoever has the table cannot even begin to guess. scheme: how it was made, such as `bcrypt:12`: it is made anew
-- at a sign-in when the settings want another. known_at: when it turned out to be known from a breach. closed_until: whoever has
-- nothing but mail and has set a forgotten password anew touches neither tokens, factors nor addresses until then.
CREATE TABLE passwords (
    person_id TEXT PRIMARY KEY,
    hash BYTEA NOT NULL,
    scheme TEXT NOT NULL,
    set_at BIGINT NOT NULL,
    known_at BIGINT,
    closed_until BIGINT
);

-- The ways in which passwords are or were hashed: for nobody it takes as long as by the dearest of them.
CREATE TABLE password_schemes (
    scheme TEXT PRIMARY KEY
);

-- last_step: the last time step whose code was taken; none is taken twice. confirmed_at: only then it counts.
CREATE TABLE authenticators (
    id TEXT PRIMARY KEY,
    person_id TEXT NOT NULL,
    secret BYTEA NOT NULL,
    last_step BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    confirmed_at BIGINT,
    last_used_at BIGINT
);
CREATE INDEX authenticators_of_person ON authenticators (person_id);

-- credential: the digest of what the authenticator calls it by. handle: what the authenticator calls the person by.
CREATE TABLE passkeys (
    id TEXT PRIMARY KEY,
    person_id TEXT NOT NULL,
    credential BYTEA NOT NULL,
    passkey BYTEA NOT NULL,
    name BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT
);
CREATE UNIQUE INDEX passkeys_credential ON passkeys (credential);
CREATE INDEX passkeys_of_person ON passkeys (person_id);

CREATE TABLE passkey_handles (
    person_id TEXT PRIMARY KEY,
    handle BYTEA NOT NULL
);
CREATE UNIQUE INDEX passkey_handles_handle ON passkey_handles (handle);

CREATE TABLE recovery_codes (
    digest BYTEA PRIMARY KEY,
    person_id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX recovery_codes_of_person ON recovery_codes (person_id);

-- Somebody who has begun to sign in, to renew a session, or to prove themselves again. digest: of the browser's cookie.
-- guarded: too many have failed for this person lately, so answers do not tell what was right, and mail is asked for besides.
-- mail_link, mail_code: digests of what was mailed last.
CREATE TABLE attempts (
    id TEXT PRIMARY KEY,
    digest BYTEA NOT NULL,
    purpose TEXT NOT NULL CHECK (purpose IN ('sign_in', 'renew', 'step_up', 'join', 'add_passkey')),
    person_id TEXT,
    session_id TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    ended_at BIGINT,
    password_at BIGINT,
    factor_at BIGINT,
    guarded BOOLEAN NOT NULL,
    next BYTEA,
    mail_link BYTEA,
    mail_code BYTEA,
    mail_until BIGINT,
    mail_tries BIGINT NOT NULL DEFAULT 0,
    challenge BYTEA,
    details BYTEA
);
CREATE UNIQUE INDEX attempts_digest ON attempts (digest);
CREATE INDEX attempts_mail_link ON attempts (mail_link) WHERE mail_link IS NOT NULL;
CREATE INDEX attempts_expires ON attempts (expires_at);
CREATE INDEX attempts_of_session ON attempts (session_id) WHERE session_id IS NOT NULL;

-- A signed-in browser. digest: of its cookie. proved_at: when whoever sits there last proved who they are. workspace_id: of a session
-- by a portal link, which reaches that workspace alone, and page the one page of it, if the link was for one.
CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    person_id TEXT NOT NULL,
    digest BYTEA NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('full', 'portal')),
    created_at BIGINT NOT NULL,
    proved_at BIGINT,
    expires_at BIGINT NOT NULL,
    ended_at BIGINT,
    ended_why TEXT,
    browser_id TEXT,
    origin BYTEA NOT NULL,
    workspace_id TEXT,
    page TEXT,
    back TEXT
);
CREATE UNIQUE INDEX sessions_digest ON sessions (digest);
CREATE INDEX sessions_of_person ON sessions (person_id, id);
CREATE INDEX sessions_expires ON sessions (expires_at);

-- Browsers in which a person has signed in before. digest: of a cookie that stays.
CREATE TABLE browsers (
    id TEXT PRIMARY KEY,
    person_id TEXT NOT NULL,
    digest BYTEA NOT NULL,
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX browsers_digest ON browsers (digest, person_id);
CREATE INDEX browsers_of_person ON browsers (person_id);
CREATE INDEX browsers_last ON browsers (last_at);

-- How often something has failed lately. subject: a keyed hash of a person and a factor, or of a network.
CREATE TABLE failures (
    subject BYTEA PRIMARY KEY,
    count BIGINT NOT NULL,
    last_at BIGINT NOT NULL
);
CREATE INDEX failures_last ON failures (last_at);

-- Links that open something once: for a first owner, to set a password, to confirm an address, into the console from the product.
CREATE TABLE links (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('owner', 'reset', 'address', 'portal')),
    digest BYTEA NOT NULL,
    person_id TEXT,
    workspace_id TEXT,
    details BYTEA,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT,
    withdrawn_at BIGINT
);
CREATE UNIQUE INDEX links_digest ON links (digest);
CREATE INDEX links_of_person ON links (person_id, kind) WHERE person_id IS NOT NULL;
CREATE INDEX links_expires ON links (expires_at);

-- One-time codes with which a product on another host learns who has signed in.
CREATE TABLE handovers (
    digest BYTEA PRIMARY KEY,
    session_id TEXT NOT NULL,
    address TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX handovers_expires ON handovers (expires_at);

-- What JWTs about sessions are signed with. public_key: the point, uncompressed.
CREATE TABLE session_keys (
    id TEXT PRIMARY KEY,
    private_key BYTEA NOT NULL,
    public_key BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    retired_at BIGINT
);

CREATE TABLE invitations (
    id TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL,
    mail BYTEA NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('owner', 'member')),
    digest BYTEA NOT NULL,
    invited_by TEXT,
    created_at BIGINT NOT NULL,
    sent_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    accepted_at BIGINT,
    withdrawn_at BIGINT
);
CREATE UNIQUE INDEX invitations_digest ON invitations (digest);
CREATE INDEX invitations_of_workspace ON invitations (workspace_id, id);
CREATE INDEX invitations_expires ON invitations (expires_at);

-- Whether a workspace lets nobody in by mail as the second factor.
ALTER TABLE workspaces ADD COLUMN strong_factor BOOLEAN NOT NULL DEFAULT FALSE;

-- Tokens as people look through them: those that were found in public and work still, those that end soon, the one that begins so. What a
-- report changes when it revokes a token stands in none of them.
CREATE INDEX tokens_warned ON tokens (workspace_id, id) WHERE warned_at IS NOT NULL;
CREATE INDEX tokens_ending ON tokens (workspace_id, expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX tokens_hint ON tokens (workspace_id, hint, id) WHERE hint IS NOT NULL;
