-- How far each chain was delivered to the receiver of the audit's stream, and since when it has entries that were not: the
-- moment of the oldest of them, noted by whoever appends, and none once all are delivered. It is noted with or without a
-- receiver, so that one that is named later gets everything.
ALTER TABLE audit_chains ADD COLUMN streamed BIGINT NOT NULL DEFAULT 0;
ALTER TABLE audit_chains ADD COLUMN unstreamed_since BIGINT;
UPDATE audit_chains SET unstreamed_since = (
    SELECT at FROM audit_entries WHERE audit_entries.chain = audit_chains.chain AND audit_entries.sequence = 1
);
-- What is in it changes when a chain begins to wait or ends it, not with each entry.
CREATE INDEX audit_chains_unstreamed ON audit_chains (unstreamed_since, chain) WHERE unstreamed_since IS NOT NULL;

-- Which node delivers at the moment, until when, and when it is tried again after a failure. One row.
CREATE TABLE audit_stream (
    id BIGINT PRIMARY KEY,
    holder TEXT NOT NULL,
    held_until BIGINT NOT NULL,
    tries BIGINT NOT NULL,
    next_at BIGINT NOT NULL
);
