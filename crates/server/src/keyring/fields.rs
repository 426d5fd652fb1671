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
    /// Puts `$3` in the place of what was read of a row (`$1`), `$2`, unless it was changed meanwhile.
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
    Sealed { field: columns::INVITATION_MAIL, page: PAGE_OF_INVITATION_MAIL, put: PUT_INVITATION_MAIL },
    Sealed { field: columns::AUDIT_DETAILS, page: PAGE_OF_AUDIT_DETAILS, put: PUT_AUDIT_DETAILS },
];

const PAGE_OF_WORKSPACE_NAME: &str = "
    SELECT id, name AS sealed FROM workspaces
    WHERE id = $1 AND id > $2 AND substr(name, 2, 8) = $3 ORDER BY id LIMIT $4";
const PUT_WORKSPACE_NAME: &str = "UPDATE workspaces SET name = $3 WHERE id = $1 AND name = $2";
const PAGE_OF_TOKEN_DESCRIPTION: &str = "
    SELECT id, description AS sealed FROM tokens
    WHERE workspace_id = $1 AND id > $2 AND substr(description, 2, 8) = $3 ORDER BY id LIMIT $4";
const PUT_TOKEN_DESCRIPTION: &str = "UPDATE tokens SET description = $3 WHERE id = $1 AND description = $2";
const PAGE_OF_SIGHTING_URL: &str = "
    SELECT id, url AS sealed FROM sightings
    WHERE workspace_id = $1 AND id > $2 AND substr(url, 2, 8) = $3 ORDER BY id LIMIT $4";
const PUT_SIGHTING_URL: &str = "UPDATE sightings SET url = $3 WHERE id = $1 AND url = $2";
const PAGE_OF_TRACK_PROPERTIES: &str = "
    SELECT id, properties AS sealed FROM track_events
    WHERE workspace_id = $1 AND id > $2 AND substr(properties, 2, 8) = $3 ORDER BY id LIMIT $4";
const PUT_TRACK_PROPERTIES: &str =
    "UPDATE track_events SET properties = $3 WHERE id = $1 AND properties = $2";
const PAGE_OF_MAIL_RECIPIENT: &str = "
    SELECT id, recipient AS sealed FROM mails
    WHERE workspace_id = $1 AND id > $2 AND substr(recipient, 2, 8) = $3 ORDER BY id LIMIT $4";
const PUT_MAIL_RECIPIENT: &str = "UPDATE mails SET recipient = $3 WHERE id = $1 AND recipient = $2";
const PAGE_OF_MAIL_SUBJECT: &str = "
    SELECT id, subject AS sealed FROM mails
    WHERE workspace_id = $1 AND id > $2 AND substr(subject, 2, 8) = $3 ORDER BY id LIMIT $4";
const PUT_MAIL_SUBJECT: &str = "UPDATE mails SET subject = $3 WHERE id = $1 AND subject = $2";
const PAGE_OF_MAIL_TEXT: &str = "
    SELECT id, text AS sealed FROM mails
    WHERE workspace_id = $1 AND id > $2 AND substr(text, 2, 8) = $3 ORDER BY id LIMIT $4";
const PUT_MAIL_TEXT: &str = "UPDATE mails SET text = $3 WHERE id = $1 AND text = $2";
const PAGE_OF_MAIL_HTML: &str = "
    SELECT id, html AS sealed FROM mails
    WHERE workspace_id = $1 AND id > $2 AND substr(html, 2, 8) = $3 ORDER BY id LIMIT $4";
const PUT_MAIL_HTML: &str = "UPDATE mails SET html = $3 WHERE id = $1 AND html = $2";
const PAGE_OF_INVITATION_MAIL: &str = "
    SELECT id, mail AS sealed FROM invitations
    WHERE workspace_id = $1 AND id > $2 AND substr(mail, 2, 8) = $3 ORDER BY id LIMIT $4";
const PUT_INVITATION_MAIL: &str = "UPDATE invitations SET mail = $3 WHERE id = $1 AND mail = $2";
// In the order of the workspace's chain, which has an index.
const PAGE_OF_AUDIT_DETAILS: &str = "
    SELECT id, details AS sealed FROM audit_entries JOIN audit_details ON entry_id = id
    WHERE chain = $1 AND sequence > COALESCE((SELECT sequence FROM audit_entries WHERE id = $2), -1)
        AND substr(details, 2, 8) = $3
    ORDER BY sequence LIMIT $4";
const PUT_AUDIT_DETAILS: &str = "UPDATE audit_details SET details = $3 WHERE entry_id = $1 AND details = $2";

#[cfg(test)]
mod tests {
    use super::*;

    /// People's fields are sealed by their own keys, and what waits in the queue by the house's.
    const BY_OTHERS: [(&str, &str); 14] = [
        ("people", "mail"),
        ("people", "name"),
        ("jobs", "payload"),
        ("audit_keys", "private_key"),
        ("passwords", "hash"),
        ("authenticators", "secret"),
        ("passkeys", "passkey"),
        ("passkeys", "name"),
        ("attempts", "challenge"),
        ("attempts", "details"),
        ("attempts", "next"),
        ("sessions", "origin"),
        ("links", "details"),
        ("session_keys", "private_key"),
    ];

    #[test]
    fn every_sealed_column_is_sealed_anew_or_by_another_key() {
        let mut anew: Vec<_> = SEALED.iter().map(|one| (one.field.table, one.field.column)).collect();
        anew.extend(BY_OTHERS);
        anew.sort_unstable();
        let columns = columns::tables().flat_map(|table| {
            let sealed = table.columns.iter().filter(|(_, holds)| *holds == columns::Holds::Sealed);
            sealed.map(|(column, _)| (table.name, *column))
        });
        let mut sealed: Vec<_> = columns.collect();
        sealed.sort_unstable();
        assert_eq!(anew, sealed);
    }
}
