/// A sealed column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Its table.
    pub table: &'static str,
    /// Its name.
    pub column: &'static str,
}

/// Where a sealed value stands. It opens nowhere else.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The column.
    pub field: Field,
    /// The row's primary key.
    pub row: &'a str,
    /// The workspace that the row belongs to; empty for what belongs to none.
    pub workspace: &'a str,
}

impl Field {
    /// A column of a table.
    pub const fn new(table: &'static str, column: &'static str) -> Self {
        Self { table, column }
    }

    /// Its value in a row.
    pub const fn of<'a>(self, row: &'a str, workspace: &'a str) -> Place<'a> {
        Place { field: self, row, workspace }
    }
}

impl Place<'_> {
    /// What is authenticated besides the value: the header, then each part with its length before it.
    pub(crate) fn bound_to(&self, header: &[u8]) -> Vec<u8> {
        let parts = [self.field.table, self.field.column, self.row, self.workspace];
        let mut bytes =
            Vec::with_capacity(header.len() + parts.iter().map(|part| part.len() + 4).sum::<usize>());
        bytes.extend_from_slice(header);
        for part in parts {
            let length = u32::try_from(part.len()).expect("names and ids are short");
            bytes.extend_from_slice(&length.to_be_bytes());
            bytes.extend_from_slice(part.as_bytes());
        }
        bytes
    }
}
