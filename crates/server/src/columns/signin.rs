//! The tables of signing in.

use super::{Holds, Table};

const OWN_ADDRESS: Holds = Holds::Readable("one of the addresses that the settings allow");
const OWN_PATH: Holds = Holds::Readable("a page of the console");

pub(super) const TABLES: &[Table] = &[
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
    Table { name: "password_schemes", columns: &[("scheme", Holds::Word)] },
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
    Table { name: "passkey_handles", columns: &[("person_id", Holds::Id), ("handle", Holds::Digest)] },
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
        columns: &[("subject", Holds::Index), ("count", Holds::Number), ("last_at", Holds::Moment)],
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
];
