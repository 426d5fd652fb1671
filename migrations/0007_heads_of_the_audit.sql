-- Heads of the audit are made and given away.

-- Up to which entry heads know of a chain, and the newest head that names it; of a person whose key was destroyed, which head names
-- them. Apart from `audit_chains`, whose rows are locked by
-- whoever records something: to make a head nobody waits.
CREATE TABLE audit_headed (
    chain TEXT PRIMARY KEY,
    sequence BIGINT NOT NULL,
    head BIGINT NOT NULL
);

-- Up to which head a destination outside has had them, and until when somebody is busy with it.
CREATE TABLE audit_deliveries (
    destination TEXT PRIMARY KEY,
    delivered BIGINT NOT NULL,
    claimed_until BIGINT
);
