-- Which key of the key service has wrapped a root, where there is one: it has to be there still to unwrap it. Of a root from before
-- this step it is not said.
ALTER TABLE root_keys ADD COLUMN wrapped_by TEXT;
-- From a workspace that is deleted to whoever was once in it.
CREATE INDEX members_who_left ON members (workspace_id) WHERE left_at IS NOT NULL;
