-- Takes away what the sealed columns have replaced, and gives them its names. A version that writes into the readable
-- columns must not run any more.

DROP INDEX people_mail;
ALTER TABLE people DROP COLUMN mail_folded;
ALTER TABLE people DROP COLUMN mail;
ALTER TABLE people DROP COLUMN name;
ALTER TABLE people RENAME COLUMN sealed_mail TO mail;
ALTER TABLE people RENAME COLUMN sealed_name TO name;
CREATE UNIQUE INDEX people_mail ON people (mail_index);
-- While the key of the index is rotated: who was hashed with another.
CREATE INDEX people_of_index ON people (index_key, id);

ALTER TABLE workspaces DROP COLUMN name;
ALTER TABLE workspaces RENAME COLUMN sealed_name TO name;

ALTER TABLE tokens DROP COLUMN description;
ALTER TABLE tokens RENAME COLUMN sealed_description TO description;

ALTER TABLE sightings DROP COLUMN url;
ALTER TABLE sightings RENAME COLUMN sealed_url TO url;

ALTER TABLE track_events DROP COLUMN properties;
ALTER TABLE track_events RENAME COLUMN sealed_properties TO properties;

ALTER TABLE mails DROP COLUMN recipient;
ALTER TABLE mails DROP COLUMN subject;
ALTER TABLE mails DROP COLUMN text;
ALTER TABLE mails DROP COLUMN html;
ALTER TABLE mails RENAME COLUMN sealed_recipient TO recipient;
ALTER TABLE mails RENAME COLUMN sealed_subject TO subject;
ALTER TABLE mails RENAME COLUMN sealed_text TO text;
ALTER TABLE mails RENAME COLUMN sealed_html TO html;

ALTER TABLE jobs DROP COLUMN payload;
ALTER TABLE jobs RENAME COLUMN sealed_payload TO payload;
