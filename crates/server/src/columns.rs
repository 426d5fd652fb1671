//! Every column, once: what it holds, and whether that is sealed. A test compares this with the schema, so a new column has
//! to say what it is.

use seal::{Field, HOUSE};

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// What tells about a person or a customer, or could be used against one. Sealed.
    Sealed,
    /// An id that says nothing of itself.
    Id,
    /// A moment.
    Moment,
    /// One of a few words, or a name of the program's own.
    Word,
    /// A number or a yes or no.
    Number,
    /// A digest of a secret of 128 bits or more, or another value that nobody can guess back.
    Digest,
    /// A keyed hash, to find a sealed field by.
    Index,
    /// A key, wrapped by another.
    Wrapped,
    /// Something readable, and why it may be.
    Readable(&'static str),
}

/// A table and its columns.
#[derive(Debug)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// What each column holds.
    pub columns: &'static [(&'static str, Holds)],
}

/// A workspace's name.
pub const WORKSPACE_NAME: Field = Field::new("workspaces", "name");
/// A person's mail address.
pub const PERSON_MAIL: Field = Field::new("people", "mail");
/// A person's name.
pub const PERSON_NAME: Field = Field::new("people", "name");
/// What a token is for.
pub const TOKEN_DESCRIPTION: Field = Field::new("tokens", "description");
/// Where a token was found.
pub const SIGHTING_URL: Field = Field::new("sightings", "url");
/// What a track event says.
pub const TRACK_PROPERTIES: Field = Field::new("track_events", "properties");
/// To whom a mail goes.
pub const MAIL_RECIPIENT: Field = Field::new("mails", "recipient");
/// A mail's subject.
pub const MAIL_SUBJECT: Field = Field::new("mails", "subject");
/// A mail's plain text.
pub const MAIL_TEXT: Field = Field::new("mails", "text");
/// A mail's HTML.
pub const MAIL_HTML: Field = Field::new("mails", "html");

/// What an audit entry says beside what is in its chain.
pub const AUDIT_DETAILS: Field = Field::new("audit_details", "details");

/// What heads of the audit are signed with.
pub const AUDIT_PRIVATE_KEY: Field = Field::new("audit_keys", "private_key");

/// How a password is hashed.
pub const PASSWORD_HASH: Field = Field::new("passwords", "hash");
/// What an authenticator shares with us.
pub const AUTHENTICATOR_SECRET: Field = Field::new("authenticators", "secret");
/// What is known of a passkey.
pub const PASSKEY: Field = Field::new("passkeys", "passkey");
/// What its owner calls a passkey.
pub const PASSKEY_NAME: Field = Field::new("passkeys", "name");
/// What a passkey was asked.
pub const ATTEMPT_CHALLENGE: Field = Field::new("attempts", "challenge");
/// What somebody typed who is about to join.
pub const ATTEMPT_DETAILS: Field = Field::new("attempts", "details");
/// Where somebody has signed in, and with what.
pub const SESSION_ORIGIN: Field = Field::new("sessions", "origin");
/// What a link is about.
pub const LINK_DETAILS: Field = Field::new("links", "details");
/// What JWTs about sessions are signed with.
pub const SESSION_PRIVATE_KEY: Field = Field::new("session_keys", "private_key");
/// Who is invited.
pub const INVITATION_MAIL: Field = Field::new("invitations", "mail");

/// Whose key seals what belongs to a workspace, or to none.
pub fn subject_of(workspace: Option<&str>) -> &str {
    workspace.unwrap_or(HOUSE)
}

const PRODUCTS_ID: Holds =
    Holds::Readable("the product's own id, which the product is asked to choose so that it tells nothing");
const PARTNERS_WORD: Holds = Holds::Readable("the partner's word for a kind of place, such as `commit`");
const SHOWN: Holds = Holds::Readable("the first characters of a secret, which may be shown");
const PUBLIC: Holds = Holds::Readable("published by the partner");
const OWN_ADDRESS: Holds = Holds::Readable("one of the addresses that the settings allow");
const OWN_PATH: Holds = Holds::Readable("a page of the console");
const OURS: Holds = Holds::Readable("the program's own sentence, which holds nothing of what was sent");

/// Every table.
pub const TABLES: &[Table] = &[
    Table {
        name: "workspaces",
        columns: &[
            ("id", Holds::Id),
            ("kind", Holds::Word),
            ("name", Holds::Sealed),
            ("external_id", PRODUCTS_ID),
            ("exposure_policy", Holds::Word),
            ("created_at", Holds::Moment),
            ("suspended_at", Holds::Moment),
            ("deleted_at", Holds::Moment),
            ("strong_factor", Holds::Number),
        ],
    },
    Table {
        name: "people",
        columns: &[
            ("id", Holds::Id),
            ("mail", Holds::Sealed),
            ("mail_index", Holds::Index),
            ("index_key", Holds::Id),
            ("name", Holds::Sealed),
            ("external_id", PRODUCTS_ID),
            ("created_at", Holds::Moment),
        ],
    },
    Table {
        name: "members",
        columns: &[
            ("id", Holds::Id),
            ("workspace_id", Holds::Id),
            ("person_id", Holds::Id),
            ("role", Holds::Word),
            ("created_at", Holds::Moment),
            ("left_at", Holds::Moment),
        ],
    },
    Table {
        name: "passwords",
        columns: &[
            ("person_id", Holds::Id),
            ("hash", Holds::Sealed),
            ("scheme", Holds::Word),
            ("set_at", Holds::Moment),
            ("known_at", Holds::Moment),
            ("closed_until", Holds::Moment),
        ],
    },
    Table {
        name: "authenticators",
        columns: &[
            ("id", Holds::Id),
            ("person_id", Holds::Id),
            ("secret", Holds::Sealed),
            ("last_step", Holds::Number),
            ("created_at", Holds::Moment),
            ("confirmed_at", Holds::Moment),
            ("last_used_at", Holds::Moment),
        ],
    },
    Table {
        name: "passkeys",
        columns: &[
            ("id", Holds::Id),
            ("person_id", Holds::Id),
            ("credential", Holds::Digest),
            ("passkey", Holds::Sealed),
            ("name", Holds::Sealed),
            ("created_at", Holds::Moment),
            ("last_used_at", Holds::Moment),
        ],
    },
    Table {
        name: "passkey_handles",
        columns: &[
            ("person_id", Holds::Id),
            ("handle", Holds::Digest),
        ],
    },
    Table {
        name: "recovery_codes",
        columns: &[
            ("digest", Holds::Digest),
            ("person_id", Holds::Id),
            ("created_at", Holds::Moment),
            ("used_at", Holds::Moment),
        ],
    },
    Table {
        name: "attempts",
        columns: &[
            ("id", Holds::Id),
            ("digest", Holds::Digest),
            ("purpose", Holds::Word),
            ("person_id", Holds::Id),
            ("session_id", Holds::Id),
            ("created_at", Holds::Moment),
            ("expires_at", Holds::Moment),
            ("ended_at", Holds::Moment),
            ("password_at", Holds::Moment),
            ("factor_at", Holds::Moment),
            ("guarded", Holds::Number),
            ("next", OWN_PATH),
            ("mail_link", Holds::Digest),
            ("mail_code", Holds::Digest),
            ("mail_until", Holds::Moment),
            ("mail_tries", Holds::Number),
            ("challenge", Holds::Sealed),
            ("details", Holds::Sealed),
        ],
    },
    Table {
        name: "sessions",
        columns: &[
            ("id", Holds::Id),
            ("person_id", Holds::Id),
            ("digest", Holds::Digest),
            ("kind", Holds::Word),
            ("created_at", Holds::Moment),
            ("proved_at", Holds::Moment),
            ("expires_at", Holds::Moment),
            ("ended_at", Holds::Moment),
            ("ended_why", Holds::Word),
            ("browser_id", Holds::Id),
            ("origin", Holds::Sealed),
            ("workspace_id", Holds::Id),
            ("page", Holds::Word),
            ("back", OWN_ADDRESS),
        ],
    },
    Table {
        name: "browsers",
        columns: &[
            ("id", Holds::Id),
            ("person_id", Holds::Id),
            ("digest", Holds::Digest),
            ("first_at", Holds::Moment),
            ("last_at", Holds::Moment),
        ],
    },
    Table {
        name: "failures",
        columns: &[
            ("subject", Holds::Index),
            ("count", Holds::Number),
            ("last_at", Holds::Moment),
        ],
    },
    Table {
        name: "links",
        columns: &[
            ("id", Holds::Id),
            ("kind", Holds::Word),
            ("digest", Holds::Digest),
            ("person_id", Holds::Id),
            ("workspace_id", Holds::Id),
            ("details", Holds::Sealed),
            ("created_at", Holds::Moment),
            ("expires_at", Holds::Moment),
            ("used_at", Holds::Moment),
            ("withdrawn_at", Holds::Moment),
        ],
    },
    Table {
        name: "handovers",
        columns: &[
            ("digest", Holds::Digest),
            ("session_id", Holds::Id),
            ("address", OWN_ADDRESS),
            ("created_at", Holds::Moment),
            ("expires_at", Holds::Moment),
            ("used_at", Holds::Moment),
        ],
    },
    Table {
        name: "session_keys",
        columns: &[
            ("id", Holds::Id),
            ("private_key", Holds::Sealed),
            ("public_key", Holds::Digest),
            ("created_at", Holds::Moment),
            ("retired_at", Holds::Moment),
        ],
    },
    Table {
        name: "invitations",
        columns: &[
            ("id", Holds::Id),
            ("workspace_id", Holds::Id),
            ("mail", Holds::Sealed),
            ("role", Holds::Word),
            ("digest", Holds::Digest),
            ("invited_by", Holds::Id),
            ("created_at", Holds::Moment),
            ("sent_at", Holds::Moment),
            ("expires_at", Holds::Moment),
            ("accepted_at", Holds::Moment),
            ("withdrawn_at", Holds::Moment),
        ],
    },
    Table {
        name: "tokens",
        columns: &[
            ("id", Holds::Id),
            ("workspace_id", Holds::Id),
            ("digest", Holds::Digest),
            ("scheme", Holds::Word),
            ("version", Holds::Number),
            ("prefix", Holds::Word),
            ("hint", SHOWN),
            ("description", Holds::Sealed),
            ("role", Holds::Word),
            ("scopes", Holds::Word),
            ("creator_id", Holds::Id),
            ("external_id", PRODUCTS_ID),
            ("replaced_at", Holds::Moment),
            ("created_at", Holds::Moment),
            ("expires_at", Holds::Moment),
            ("last_used_at", Holds::Moment),
            ("revoked_at", Holds::Moment),
            ("revoked_why", Holds::Word),
            ("warned_at", Holds::Moment),
            ("revoke_after", Holds::Moment),
            ("deadline", Holds::Moment),
        ],
    },
    Table {
        name: "former_secrets",
        columns: &[
            ("digest", Holds::Digest),
            ("token_id", Holds::Id),
            ("version", Holds::Number),
            ("prefix", Holds::Word),
            ("hint", SHOWN),
            ("retired_at", Holds::Moment),
            ("valid_until", Holds::Moment),
            ("revoked_at", Holds::Moment),
            ("revoked_why", Holds::Word),
            ("warned_at", Holds::Moment),
            ("revoke_after", Holds::Moment),
        ],
    },
    Table { name: "digest_schemes", columns: &[("scheme", Holds::Word)] },
    Table { name: "unchecked_prefixes", columns: &[("prefix", Holds::Word)] },
    Table {
        name: "reports",
        columns: &[
            ("id", Holds::Id),
            ("partner", Holds::Word),
            ("received_at", Holds::Moment),
            ("items", Holds::Number),
        ],
    },
    Table {
        name: "sightings",
        columns: &[
            ("id", Holds::Id),
            ("report_id", Holds::Id),
            ("workspace_id", Holds::Id),
            ("token_id", Holds::Id),
            ("partner", Holds::Word),
            ("source", PARTNERS_WORD),
            ("url", Holds::Sealed),
            ("hint", SHOWN),
            ("outcome", Holds::Word),
            ("changed", Holds::Number),
            ("former_secret", Holds::Number),
            ("seen_at", Holds::Moment),
            ("prefix", Holds::Word),
        ],
    },
    Table {
        name: "partner_keys",
        columns: &[
            ("partner", Holds::Word),
            ("url", PUBLIC),
            ("etag", PUBLIC),
            ("answer", PUBLIC),
            ("fetched_at", Holds::Moment),
        ],
    },
    Table {
        name: "track_events",
        columns: &[
            ("id", Holds::Id),
            ("batch_id", Holds::Id),
            ("workspace_id", Holds::Id),
            ("at", Holds::Moment),
            ("event", Holds::Word),
            ("properties", Holds::Sealed),
        ],
    },
    Table {
        name: "mails",
        columns: &[
            ("id", Holds::Id),
            ("once", Holds::Id),
            ("workspace_id", Holds::Id),
            ("recipient", Holds::Sealed),
            ("subject", Holds::Sealed),
            ("text", Holds::Sealed),
            ("html", Holds::Sealed),
            ("created_at", Holds::Moment),
            ("sent_at", Holds::Moment),
        ],
    },
    Table {
        name: "jobs",
        columns: &[
            ("id", Holds::Id),
            ("kind", Holds::Word),
            ("payload", Holds::Sealed),
            ("created_at", Holds::Moment),
            ("run_at", Holds::Moment),
            ("attempts", Holds::Number),
            ("first_tried_at", Holds::Moment),
            ("claimed_until", Holds::Moment),
            ("parked_at", Holds::Moment),
            ("last_error", OURS),
        ],
    },
    Table { name: "schedules", columns: &[("name", Holds::Word), ("next_at", Holds::Moment)] },
    Table {
        name: "idempotency_keys",
        columns: &[
            ("caller", Holds::Id),
            ("key", Holds::Readable("made up by the caller's program for one request, and gone after a day")),
            ("request_digest", Holds::Index),
            ("request_key", Holds::Id),
            ("made", Holds::Id),
            ("created_at", Holds::Moment),
        ],
    },
    Table {
        name: "root_keys",
        columns: &[
            ("id", Holds::Id),
            ("number", Holds::Number),
            ("wrapped", Holds::Wrapped),
            ("wrapped_by", Holds::Id),
            ("created_at", Holds::Moment),
            ("retired_at", Holds::Moment),
            ("destroy_after", Holds::Moment),
            ("destroyed_at", Holds::Moment),
        ],
    },
    Table {
        name: "data_keys",
        columns: &[
            ("id", Holds::Id),
            ("subject", Holds::Id),
            ("generation", Holds::Number),
            ("root_id", Holds::Id),
            ("wrapped", Holds::Wrapped),
            ("created_at", Holds::Moment),
            ("retired_at", Holds::Moment),
        ],
    },
    Table {
        name: "audit_entries",
        columns: &[
            ("id", Holds::Id),
            ("chain", Holds::Id),
            ("sequence", Holds::Number),
            ("at", Holds::Moment),
            ("actor_kind", Holds::Word),
            ("actor_id", Holds::Id),
            ("event", Holds::Word),
            ("target", Holds::Id),
            ("request_id", Holds::Id),
            ("commitment", Holds::Digest),
            ("hash", Holds::Digest),
        ],
    },
    Table { name: "audit_details", columns: &[("entry_id", Holds::Id), ("details", Holds::Sealed)] },
    Table {
        name: "audit_chains",
        columns: &[
            ("chain", Holds::Id),
            ("sequence", Holds::Number),
            ("hash", Holds::Digest),
            ("streamed", Holds::Number),
            ("unstreamed_since", Holds::Moment),
        ],
    },
    Table {
        name: "audit_stream",
        columns: &[
            ("id", Holds::Number),
            ("holder", Holds::Id),
            ("held_until", Holds::Moment),
            ("tries", Holds::Number),
            ("next_at", Holds::Moment),
        ],
    },
    Table {
        name: "audit_headed",
        columns: &[("chain", Holds::Id), ("sequence", Holds::Number), ("head", Holds::Number)],
    },
    Table {
        name: "audit_heads",
        columns: &[
            ("number", Holds::Number),
            ("at", Holds::Moment),
            ("line", Holds::Readable("what is given away: ids and hashes")),
            ("hash", Holds::Digest),
        ],
    },
    Table {
        name: "audit_keys",
        columns: &[
            ("id", Holds::Id),
            ("public_key", Holds::Digest),
            ("private_key", Holds::Sealed),
            ("created_at", Holds::Moment),
            ("retired_at", Holds::Moment),
        ],
    },
    Table {
        name: "audit_deliveries",
        columns: &[
            ("destination", Holds::Digest),
            ("delivered", Holds::Number),
            ("claimed_until", Holds::Moment),
        ],
    },
    Table { name: "shredded", columns: &[("subject", Holds::Id), ("at", Holds::Moment)] },
    Table {
        name: "schema_migrations",
        columns: &[
            ("number", Holds::Number),
            ("name", Holds::Word),
            ("oldest", Holds::Number),
            ("applied_at", Holds::Moment),
        ],
    },
];
