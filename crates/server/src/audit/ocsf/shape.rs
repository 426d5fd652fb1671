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
    let known = crate::events::ALL.into_iter().find(|event| event.name() == name);
    known.map_or(
        Shape {
            about: About::Unknown,
            severity: INFORMATIONAL,
            message: "Something that a later version knows.",
        },
        of_event,
    )
}

fn of_event(event: Event) -> Shape {
    use Thing::{Key, Person, Token, Tokens, Workspace};
    use entity::{CREATE, DEACTIVATE, DELETE, RESUME, SUSPEND, UPDATE};

    let thing = |thing, activity, message| Shape {
        about: About::Thing(thing, activity),
        severity: INFORMATIONAL,
        message,
    };
    let grave = |shape| Shape { severity: MEDIUM, ..shape };
    let of = |about, message| Shape { about, severity: INFORMATIONAL, message };
    let leak = |activity, status, severity, message| Shape {
        about: About::Leak(activity, status),
        severity,
        message,
    };
    match event {
        Event::WorkspaceCreated => thing(Workspace, CREATE, "A workspace was made."),
        Event::WorkspaceChanged => thing(Workspace, UPDATE, "A workspace was changed."),
        Event::WorkspaceSuspended => grave(thing(Workspace, SUSPEND, "A workspace was suspended.")),
        Event::WorkspaceResumed => thing(Workspace, RESUME, "A workspace's suspension ended."),
        Event::WorkspaceDeleted => {
            grave(thing(Workspace, DELETE, "A workspace was deleted, and its tokens revoked."))
        }
        Event::MemberAdded => of(About::Membership { came: true }, "A person became a member."),
        Event::MemberRoleChanged => of(About::Role, "A member became an owner, or no longer is."),
        Event::MemberRemoved => of(About::Membership { came: false }, "A member was removed."),
        Event::PersonChanged => thing(Person, UPDATE, "What is known of a person was changed."),
        Event::OwnerLinkMade => thing(Workspace, UPDATE, "A one-time link for a first owner was made."),
        Event::InvitationSent => thing(Workspace, UPDATE, "Somebody was invited."),
        Event::InvitationWithdrawn => thing(Workspace, UPDATE, "An invitation was withdrawn."),
        Event::SessionBegun => thing(Person, UPDATE, "A person signed in."),
        Event::SessionEnded => thing(Person, UPDATE, "A person's session was ended."),
        Event::SignInGuarded => grave(thing(Person, UPDATE, "Many attempts to sign in as a person failed.")),
        Event::PasswordChanged => thing(Person, UPDATE, "A person set a password."),
        Event::FactorAdded => thing(Person, UPDATE, "A person added a second factor."),
        Event::FactorRemoved => grave(thing(Person, UPDATE, "A person removed a second factor.")),
        Event::RecoveryCodeUsed => grave(thing(Person, UPDATE, "A person signed in with a recovery code.")),
        Event::ClosedTimeLifted => thing(Person, UPDATE, "A person may touch everything again."),
        Event::PortalLinkMade => thing(Person, UPDATE, "A link into the console was made."),
        Event::TokenCreated => thing(Token, CREATE, "A token was made."),
        Event::TokenChanged => thing(Token, UPDATE, "A token was changed."),
        Event::TokenRotated => thing(Token, UPDATE, "A token got a new secret."),
        Event::TokenRevoked => thing(Token, DEACTIVATE, "A token was revoked."),
        Event::TokensRevoked => grave(thing(Tokens, DEACTIVATE, "Many tokens were revoked at once.")),
        Event::TokensImported => thing(Tokens, CREATE, "Tokens were imported by their digests."),
        Event::TokenExposed => {
            leak(finding::CREATE, RESOLVED, HIGH, "A token was found in public, and revoked.")
        }
        Event::TokenWarned => {
            leak(finding::CREATE, NEW, HIGH, "A token was found in public, and its owners were warned.")
        }
        Event::TokenGraceEnded => {
            leak(finding::CLOSE, RESOLVED, MEDIUM, "A warned token's time ended, and it was revoked.")
        }
        Event::RequestRefused => of(About::Request, "A request of somebody known was refused."),
        Event::RootKeyRotated => thing(Key, UPDATE, "A new root key wraps the data keys."),
        Event::RootKeyDestroyed => grave(thing(Key, DELETE, "A former root key was destroyed.")),
        Event::WorkspaceKeyRotated => thing(Key, UPDATE, "A workspace got a new data key."),
        Event::IndexKeyRotated => thing(Key, UPDATE, "The index of mail addresses got a new key."),
    }
}
