-- Which key of the key service has wrapped a root, where there is one: it has to be there still to unwrap it. Of a root from before
-- this step it is not said.
ALTER TABLE root_keys ADD COLUMN wrapped_by TEXT;
