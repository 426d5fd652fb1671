//! The columns that workspaces' keys seal, with the two statements that each is sealed anew by. They are written out, so that
//! the tests see each of them.

use seal::Field;

use crate::columns;

/// A column that a workspace's key seals.
pub(super) struct Sealed {
    pub field: Field,
    /// The next rows of a workspace (`$1`) after an id (`$2`) that a key (`$3`, as it stands in the 8 bytes after the version)
    /// has sealed.
    pub page: &'static str,
    /// Puts `column3` in the place of what was read, `column2`, unless it was changed meanwhile.
    pub put: &'static str,
}

/// All of them.
pub(super) const SEALED: &[Sealed] = &[
    Sealed { field: columns::WORKSPACE_NAME, page: PAGE_OF_WORKSPACE_NAME, put: PUT_WORKSPACE_NAME },
    Sealed { field: columns::TOKEN_DESCRIPTION, page: PAGE_OF_TOKEN_DESCRIPTION, put: PUT_TOKEN_DESCRIPTION },
    Sealed { field: columns::SIGHTING_URL, page: PAGE_OF_SIGHTING_URL, put: PUT_SIGHTING_URL },
    Sealed { field: columns::TRACK_PROPERTIES, page: PAGE_OF_TRACK_PROPERTIES, put: PUT_TRACK_PROPERTIES },
    Sealed { field: columns::MAIL_RECIPIENT, page: PAGE_OF_MAIL_RECIPIENT, put: PUT_MAIL_RECIPIENT },
    Sealed { field: columns::MAIL_SUBJECT, page: PAGE_OF_MAIL_SUBJECT, put: PUT_MAIL_SUBJECT },
    Sealed { field: columns::MAIL_TEXT, page: PAGE_OF_MAIL_TEXT, put: PUT_MAIL_TEXT },
    Sealed { field: columns::MAIL_HTML, page: PAGE_OF_MAIL_HTML, put: PUT_MAIL_HTML },
    Sealed { field: columns::AUDIT_DETAILS, page: PAGE_OF_AUDIT_DETAILS, put: PUT_AUDIT_DETAILS },
];

const PAGE_OF_WORKSPACE_NAME: &str = "
    SELECT id, name AS sealed FROM workspaces
    WHERE id = $1 AND id > $2 AND substr(name, 2, 8) = $3 ORDER BY id LIMIT $4";
const PUT_WORKSPACE_NAME: &str = "
    UPDATE workspaces SET name = v.column3 FROM (VALUES {each ($, $, $)}) AS v
    WHERE workspaces.id = v.column1 AND workspaces.name = v.column2";
const PAGE_OF_TOKEN_DESCRIPTION: &str = "
    SELECT id, description AS sealed FROM tokens
    WHERE workspace_id = $1 AND id > $2 AND substr(description, 2, 8) = $3 ORDER BY id LIMIT $4";
const PUT_TOKEN_DESCRIPTION: &str = "
    UPDATE tokens SET description = v.column3 FROM (VALUES {each ($, $, $)}) AS v
    WHERE tokens.id = v.column1 AND tokens.description = v.column2";
const PAGE_OF_SIGHTING_URL: &str = "
    SELECT id, url AS sealed FROM sightings
    WHERE workspace_id = $1 AND id > $2 AND substr(url, 2, 8) = $3 ORDER BY id LIMIT $4";
const PUT_SIGHTING_URL: &str = "
    UPDATE sightings SET url = v.column3 FROM (VALUES {each ($, $, $)}) AS v
    WHERE sightings.id = v.column1 AND sightings.url = v.column2";
const PAGE_OF_TRACK_PROPERTIES: &str = "
    SELECT id, properties AS sealed FROM track_events
    WHERE workspace_id = $1 AND id > $2 AND substr(properties, 2, 8) = $3 ORDER BY id LIMIT $4";
const PUT_TRACK_PROPERTIES: &str = "
    UPDATE track_events SET properties = v.column3 FROM (VALUES {each ($, $, $)}) AS v
    WHERE track_events.id = v.column1 AND track_events.properties = v.column2";
const PAGE_OF_MAIL_RECIPIENT: &str = "
    SELECT id, recipient AS sealed FROM mails
    WHERE workspace_id = $1 AND id > $2 AND substr(recipient, 2, 8) = $3 ORDER BY id LIMIT $4";
const PUT_MAIL_RECIPIENT: &str = "
    UPDATE mails SET recipient = v.column3 FROM (VALUES {each ($, $, $)}) AS v
    WHERE mails.id = v.column1 AND mails.recipient = v.column2";
const PAGE_OF_MAIL_SUBJECT: &str = "
    SELECT id, subject AS sealed FROM mails
    WHERE workspace_id = $1 AND id > $2 AND substr(subject, 2, 8) = $3 ORDER BY id LIMIT $4";
const PUT_MAIL_SUBJECT: &str = "
    UPDATE mails SET subject = v.column3 FROM (VALUES {each ($, $, $)}) AS v
    WHERE mails.id = v.column1 AND mails.subject = v.column2";
const PAGE_OF_MAIL_TEXT: &str = "
    SELECT id, text AS sealed FROM mails
    WHERE workspace_id = $1 AND id > $2 AND substr(text, 2, 8) = $3 ORDER BY id LIMIT $4";
const PUT_MAIL_TEXT: &str = "
    UPDATE mails SET text = v.column3 FROM (VALUES {each ($, $, $)}) AS v
    WHERE mails.id = v.column1 AND mails.text = v.column2";
const PAGE_OF_MAIL_HTML: &str = "
    SELECT id, html AS sealed FROM mails
    WHERE workspace_id = $1 AND id > $2 AND substr(html, 2, 8) = $3 ORDER BY id LIMIT $4";
const PUT_MAIL_HTML: &str = "
    UPDATE mails SET html = v.column3 FROM (VALUES {each ($, $, $)}) AS v
    WHERE mails.id = v.column1 AND mails.html = v.column2";
// In the order of the workspace's chain, which has an index.
const PAGE_OF_AUDIT_DETAILS: &str = "
    SELECT id, details AS sealed FROM audit_entries JOIN audit_details ON entry_id = id
    WHERE chain = $1 AND sequence > COALESCE((SELECT sequence FROM audit_entries WHERE id = $2), -1)
        AND substr(details, 2, 8) = $3
    ORDER BY sequence LIMIT $4";
const PUT_AUDIT_DETAILS: &str = "
    UPDATE audit_details SET details = v.column3 FROM (VALUES {each ($, $, $)}) AS v
    WHERE audit_details.entry_id = v.column1 AND audit_details.details = v.column2";

#[cfg(test)]
mod tests {
    use super::*;

    /// People's fields are sealed by their own keys, and what waits in the queue by the house's.
    const BY_OTHERS: [(&str, &str); 4] =
        [("people", "mail"), ("people", "name"), ("jobs", "payload"), ("audit_keys", "private_key")];

    #[test]
    fn every_sealed_column_is_sealed_anew_or_by_another_key() {
        let mut anew: Vec<_> = SEALED.iter().map(|one| (one.field.table, one.field.column)).collect();
        anew.extend(BY_OTHERS);
        anew.sort_unstable();
        let columns = columns::TABLES.iter().flat_map(|table| {
            let sealed = table.columns.iter().filter(|(_, holds)| *holds == columns::Holds::Sealed);
            sealed.map(|(column, _)| (table.name, *column))
        });
        let mut sealed: Vec<_> = columns.collect();
        sealed.sort_unstable();
        assert_eq!(anew, sealed);
    }
}
