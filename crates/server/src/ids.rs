//! The ids that more than one capability speaks of.

use time_and_chance::{Id, Kind};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $kind:ident $prefix:literal;)*) => {$(
        $(#[$doc])*
        pub type $name = Id<$kind>;

        /// The kind of such an id.
        pub struct $kind;

        impl Kind for $kind {
            const PREFIX: &'static str = $prefix;
        }
    )*};
}

ids! {
    /// A workspace's id.
    WorkspaceId = Workspace "ws";
    /// A person's id.
    PersonId = Person "per";
    /// A member's id: a person in a workspace.
    MemberId = Member "mem";
    /// A token's id.
    TokenId = Token "tok";
    /// A report's id.
    ReportId = Report "rep";
    /// A sighting's id.
    SightingId = Sighting "sgt";
}
