-- What a letter about a former secret says of it, and indexes for what was looked for row by row. On PostgreSQL an index
-- keeps writers out of its table while it is built; these tables are small beside `tokens`.

-- The prefix of the secret that was seen, which need not be that of the token's present one. NULL for a secret without
-- one, and for what was seen before this step.
ALTER TABLE sightings ADD COLUMN prefix TEXT;

-- From a person to their workspaces: when something about the person changes, and when a creator is named.
CREATE INDEX members_of_person ON members (person_id);

-- From the end of a warning to where it began. A report whose tokens are revoked at once adds nothing to it.
CREATE INDEX sightings_that_warned ON sightings (token_id) WHERE outcome = 'warned' AND changed;
