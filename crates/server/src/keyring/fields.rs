//! The columns that workspaces' keys seal, with the two statements that each is sealed anew by.

use seal::Field;

use crate::columns;

/// A column that a workspace's key seals.
pub(super) struct Sealed {
    pub field: Field,
    /// The next rows of a workspace (`$1`) after an id (`$2`) that a key (`$3`, as it stands in the header) has sealed.
    pub page: &'static str,
    /// Puts `column3` in the place of what was read, `column2`, unless it was changed meanwhile.
    pub put: &'static str,
}

/// The id of the key stands in the 8 bytes after the version. `workspace` is how a row names its workspace.
macro_rules! sealed {
    ($( $field:ident: $table:literal, $column:literal, by $workspace:literal; )*) => {
        &[ $( Sealed {
            field: columns::$field,
            page: concat!(
                "SELECT id, ", $column, " AS sealed FROM ", $table, " WHERE ", $workspace, " = $1 AND id > $2 AND substr(",
                $column, ", 2, 8) = $3 ORDER BY id LIMIT $4"
            ),
            put: concat!(
                "UPDATE ", $table, " SET ", $column, " = v.column3 FROM (VALUES {each ($, $, $)}) AS v WHERE ", $table,
                ".id = v.column1 AND ", $table, ".", $column, " = v.column2"
            ),
        }, )* ]
    };
}

/// All of them.
pub(super) const SEALED: &[Sealed] = sealed! {
    WORKSPACE_NAME: "workspaces", "name", by "id";
    TOKEN_DESCRIPTION: "tokens", "description", by "workspace_id";
    SIGHTING_URL: "sightings", "url", by "workspace_id";
    TRACK_PROPERTIES: "track_events", "properties", by "workspace_id";
    MAIL_RECIPIENT: "mails", "recipient", by "workspace_id";
    MAIL_SUBJECT: "mails", "subject", by "workspace_id";
    MAIL_TEXT: "mails", "text", by "workspace_id";
    MAIL_HTML: "mails", "html", by "workspace_id";
};

/// The details of a workspace's audit, whose rows name their entries.
pub(super) const AUDIT: Sealed =
    Sealed { field: columns::AUDIT_DETAILS, page: PAGE_OF_DETAILS, put: PUT_DETAILS };

const PAGE_OF_DETAILS: &str = "
    SELECT entry_id AS id, details AS sealed FROM audit_details JOIN audit_entries ON audit_entries.id = entry_id
    WHERE chain = $1 AND entry_id > $2 AND substr(details, 2, 8) = $3 ORDER BY entry_id LIMIT $4";
const PUT_DETAILS: &str = concat!(
    "UPDATE audit_details SET details = v.column3 FROM (VALUES {each ($, $, $)}) AS v ",
    "WHERE audit_details.entry_id = v.column1 AND audit_details.details = v.column2"
);

#[cfg(test)]
mod tests {
    use super::*;

    /// People's fields are sealed by their own keys, and what waits in the queue by the house's.
    const BY_OTHERS: [(&str, &str); 4] =
        [("people", "mail"), ("people", "name"), ("jobs", "payload"), ("audit_keys", "private_key")];

    #[test]
    fn every_sealed_column_is_sealed_anew_or_by_another_key() {
        let mut anew: Vec<_> =
            SEALED.iter().chain([&AUDIT]).map(|one| (one.field.table, one.field.column)).collect();
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
