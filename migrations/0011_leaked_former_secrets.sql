-- Former secrets that were found in public: few work still, whosever they are.
CREATE INDEX former_secrets_warned ON former_secrets (valid_until) WHERE warned_at IS NOT NULL AND revoked_at IS NULL;
-- By which ways passwords are hashed, without a walk through all of them.
CREATE INDEX passwords_scheme ON passwords (scheme);
