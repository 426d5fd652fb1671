//! What each of our events is in OCSF. A new event is a line here; the compiler asks for it.

use super::class::{Activity, HIGH, INFORMATIONAL, MEDIUM, NEW, RESOLVED, Severity, Status, entity, finding};
use crate::events::Event;

/// What an event is in OCSF.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    /// What it is about.
    pub about: About,
    /// How much it matters.
    pub severity: Severity,
    /// What happened, in a sentence.
    pub message: &'static str,
}

/// What an event is about, from which its class follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum About {
    /// Entity Management: something of ours was made, changed or ended.
    Thing(Thing, Activity),
    /// Group Management: a person came into a workspace, or went.
    Membership {
        /// Whether the person came.
        came: bool,
    },
    /// User Access Management: a member got or lost an owner's rights, as the details say.
    Role,
    /// Detection Finding: a token was found in public.
    Leak(Activity, Status),
    /// API Activity: something was asked for, and refused.
    Request,
    /// What this version does not know: a Base Event.
    Unknown,
}

/// What can be managed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Thing {
    Workspace,
    Person,
    Token,
    /// Several tokens at once; the details say which.
    Tokens,
    /// A key that other keys or fields are sealed with.
    Key,
}

/// What an event is in OCSF, by its name. Names of later versions are no event of this one, and are not left out.
pub(super) fn of(name: &str) -> Shape {
    Event::of_name(name).map_or(
        Shape {
            about: About::Unknown,
            severity: INFORMATIONAL,
            message: "Something that a later version knows.",
        },
        of_event,
    )
}

#[expect(clippy::match_same_arms, reason = "a line for each event, so that a new one has to say what it is")]
fn of_event(event: Event) -> Shape {
    use Thing::{Key, Person, Token, Tokens, Workspace};
    use entity::{CREATE, DEACTIVATE, DELETE, RESUME, SUSPEND, UPDATE};

    let message = event.sentence();
    let of = |about| Shape { about, severity: INFORMATIONAL, message };
    let thing = |thing, activity| of(About::Thing(thing, activity));
    let grave = |shape| Shape { severity: MEDIUM, ..shape };
    let leak = |activity, status, severity| Shape { severity, ..of(About::Leak(activity, status)) };
    match event {
        Event::WorkspaceCreated => thing(Workspace, CREATE),
        Event::WorkspaceChanged => thing(Workspace, UPDATE),
        Event::WorkspaceSuspended => grave(thing(Workspace, SUSPEND)),
        Event::WorkspaceResumed => thing(Workspace, RESUME),
        Event::WorkspaceDeleted => grave(thing(Workspace, DELETE)),
        Event::MemberAdded => of(About::Membership { came: true }),
        Event::MemberRoleChanged => of(About::Role),
        Event::MemberRemoved => of(About::Membership { came: false }),
        Event::PersonChanged => thing(Person, UPDATE),
        Event::OwnerLinkMade => thing(Workspace, UPDATE),
        Event::InvitationSent => thing(Workspace, UPDATE),
        Event::InvitationWithdrawn => thing(Workspace, UPDATE),
        Event::SessionBegun => thing(Person, UPDATE),
        Event::SessionProved => thing(Person, UPDATE),
        Event::SessionEnded => thing(Person, UPDATE),
        Event::SignInGuarded => grave(thing(Person, UPDATE)),
        Event::AddressAsked => thing(Person, UPDATE),
        Event::PasswordChanged => thing(Person, UPDATE),
        Event::FactorAdded => thing(Person, UPDATE),
        Event::FactorRemoved => grave(thing(Person, UPDATE)),
        Event::RecoveryCodeUsed => grave(thing(Person, UPDATE)),
        Event::ClosedTimeLifted => thing(Person, UPDATE),
        Event::PortalLinkMade => thing(Person, UPDATE),
        Event::TokenCreated => thing(Token, CREATE),
        Event::TokenChanged => thing(Token, UPDATE),
        Event::TokenRotated => thing(Token, UPDATE),
        Event::TokenRevoked => thing(Token, DEACTIVATE),
        Event::TokensRevoked => grave(thing(Tokens, DEACTIVATE)),
        Event::TokensImported => thing(Tokens, CREATE),
        Event::TokenExposed => leak(finding::CREATE, RESOLVED, HIGH),
        Event::TokenWarned => leak(finding::CREATE, NEW, HIGH),
        Event::TokenGraceEnded => leak(finding::CLOSE, RESOLVED, MEDIUM),
        Event::RequestRefused => of(About::Request),
        Event::RootKeyRotated => thing(Key, UPDATE),
        Event::RootKeyDestroyed => grave(thing(Key, DELETE)),
        Event::WorkspaceKeyRotated => thing(Key, UPDATE),
        Event::IndexKeyRotated => thing(Key, UPDATE),
    }
}
