//! The ids that more than one capability speaks of.

use time_and_chance::{Id, Kind};

/// Describes a kind of id in the OpenAPI description, under the name of the id's type.
macro_rules! described {
    ($kind:ident, $name:expr, $doc:expr, $example:expr) => {
        impl utoipa::PartialSchema for $kind {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                $crate::web::openapi::id_schema::<$kind>($doc, $example)
            }
        }

        impl utoipa::ToSchema for $kind {
            fn name() -> std::borrow::Cow<'static, str> {
                $name.into()
            }
        }
    };
}
pub(crate) use described;

macro_rules! ids {
    ($($(#[doc = $doc:literal])* $name:ident = $kind:ident $prefix:literal like $example:literal;)*) => {$(
        $(#[doc = $doc])*
        pub type $name = Id<$kind>;

        /// The kind of such an id.
        pub struct $kind;

        impl Kind for $kind {
            const PREFIX: &'static str = $prefix;
        }

        impl $kind {
            /// The id that examples use.
            pub const EXAMPLE: &'static str = concat!($prefix, "_", $example);
        }

        described!($kind, stringify!($name), concat!($($doc),*), $kind::EXAMPLE);
    )*};
}

ids! {
    /// A workspace's id.
    WorkspaceId = Workspace "ws" like "01M1E1DST04TFF59TDWH9EDD1R";
    /// A person's id.
    PersonId = Person "per" like "01M1E1DST01HEAD8X4A1JH69RE";
    /// A member's id: a person in a workspace.
    MemberId = Member "mem" like "01M1E1DST0H4QX4FR84G98PBSK";
    /// A token's id.
    TokenId = Token "tok" like "01M6DRMRH0JMRNV7E9Z0C1HT0H";
    /// A report's id.
    ReportId = Report "rep" like "01M84BDBY0QXW2N6T1D3C8V5KZ";
    /// A request's id, made here for each.
    RequestId = Request "req" like "01M84BDBY0V3QK5T9C2E7H1N6W";
    /// A session's id: a signed-in browser.
    SessionId = Session "ses" like "01M84BDBY0K4N8R2V6X0Z3C7FH";
    /// The id of somebody's attempt to sign in.
    AttemptId = Attempt "att" like "01M84BDBY0M6P1S5W9Y3B7D2GK";
    /// A one-time link's id.
    LinkId = Link "lnk" like "01M84BDBY0P8R3T7X1A5C9F4HM";
    /// An invitation's id.
    InvitationId = Invitation "inv" like "01M84BDBY0R0T5V9Z3B7D1F6JN";
    /// A factor's id.
    FactorId = Factor "fac" like "01M84BDBY0S2V7X1A5C9E3G8KP";
    /// The id of a key that JWTs are signed with.
    SessionKeyId = SessionKey "sk" like "01M84BDBY0V6B1D5F9H3K7M2NR";
    /// The id of a browser that a person has signed in with.
    BrowserId = Browser "brw" like "01M84BDBY0T4X9Z3B7D1F5H0MQ";
    /// A sighting's id.
    SightingId = Sighting "sgt" like "01M84BDBY0G7KYHRJXJG7DJ13N";
}
