use std::borrow::Cow;

macro_rules! columns {
    ($($name:ident = $text:literal),* $(,)?) => {
        /// What a line may say: a column of a CSV file, a member of a JSON object.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Column { $($name),* }

        impl Column {
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// As it is written in a file.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }
        }
    };
}

columns! {
    Digest = "digest",
    Algorithm = "algorithm",
    Encoding = "encoding",
    PrefixHashed = "prefix_hashed",
    Prefix = "prefix",
    Version = "version",
    Workspace = "workspace",
    Description = "description",
    Role = "role",
    Creator = "creator",
    ExternalId = "external_id",
    CreatedAt = "created_at",
    ExpiresAt = "expires_at",
    LastUsedAt = "last_used_at",
    Hint = "hint",
    RevokedAt = "revoked_at",
}

impl Column {
    /// The column of that name, or what to say of a name that there isn't.
    pub fn named(name: &str) -> Result<Self, String> {
        let found = Self::ALL.iter().copied().find(|column| column.name() == name);
        found.ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|column| column.name()).collect();
            // A file without its line of names has values there, and one of them may be a secret.
            let shown = if name.len() <= 40 { format!("{name:?}") } else { "One of these names".to_owned() };
            format!("{shown} is none that is known: there are {}.", names.join(", "))
        })
    }
}

/// What a line says, column by column. An empty text says nothing.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Fields<'a>([Option<Cow<'a, str>>; Column::ALL.len()]);

impl<'a> Fields<'a> {
    pub fn set(&mut self, column: Column, text: Cow<'a, str>) {
        self.0[column as usize] = Some(text);
    }

    /// Whether the line has it at all, be it empty.
    pub fn has(&self, column: Column) -> bool {
        self.0[column as usize].is_some()
    }

    /// What it says, without white space around.
    pub fn get(&self, column: Column) -> Option<&str> {
        self.0[column as usize].as_deref().map(str::trim).filter(|text| !text.is_empty())
    }
}
