//! Every event, once. Audit entries, their sentences and the documentation derive from this list.

/// Makes the events of a table: how each is called here, its stable name (noun, dot, past participle), and what happened, in a
/// sentence. What the sentence leaves unsaid stands above the line.
macro_rules! events {
    ($( $(#[$more:meta])* $event:ident $name:expr, $sentence:literal; )+) => {
        /// Something that happened and is on record.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Event { $( #[doc = $sentence] $(#[$more])* $event, )+ }

        /// Every event.
        pub const ALL: &[Event] = &[$( Event::$event, )+];

        impl Event {
            /// Its stable name.
            pub const fn name(self) -> &'static str {
                match self { $( Self::$event => $name, )+ }
            }

            /// What happened, in a sentence.
            pub const fn sentence(self) -> &'static str {
                match self { $( Self::$event => $sentence, )+ }
            }
        }
    };
}

events! {
    WorkspaceCreated "workspace.created", "A workspace was made.";
    /// A workspace's name, external id or exposure policy changed.
    WorkspaceChanged "workspace.changed", "A workspace was changed.";
    /// A workspace was suspended: its tokens answer `DISABLED`.
    WorkspaceSuspended "workspace.suspended", "A workspace was suspended.";
    WorkspaceResumed "workspace.resumed", "A workspace's suspension ended.";
    WorkspaceDeleted chain::DELETED, "A workspace was deleted, and its tokens revoked.";
    MemberAdded "member.added", "A person became a member.";
    MemberRoleChanged "member.role_changed", "A member became an owner, or no longer is.";
    MemberRemoved "member.removed", "A member was removed.";
    /// A person's mail address, name or external id changed, or another was merged into them.
    PersonChanged "person.changed", "What is known of a person was changed.";
    TokenCreated "token.created", "A token was made.";
    /// A token's description, end or creator changed.
    TokenChanged "token.changed", "A token was changed.";
    TokenRotated "token.rotated", "A token got a new secret.";
    /// A token was revoked by somebody who may, or by whoever held it.
    TokenRevoked "token.revoked", "A token was revoked.";
    TokensRevoked "tokens.revoked", "Many tokens were revoked at once.";
    TokensImported "tokens.imported", "Tokens were imported by their digests.";
    TokenExposed "token.exposed", "A token was found in public, and revoked.";
    TokenWarned "token.warned", "A token was found in public, and its owners were warned.";
    /// A warned token's 24 hours ended, and it was revoked.
    TokenGraceEnded "token.grace_ended", "A warned token's time ended, and it was revoked.";
    RootKeyRotated "root_key.rotated", "A new root key wraps the data keys.";
    RootKeyDestroyed "root_key.destroyed", "A former root key was destroyed.";
    WorkspaceKeyRotated "workspace_key.rotated", "A workspace got a new data key.";
    IndexKeyRotated "index_key.rotated", "The index of mail addresses got a new key.";
    OwnerLinkMade "owner_link.made", "A one-time link for a first owner was made.";
    /// Somebody was invited into a workspace, or again.
    InvitationSent "invitation.sent", "Somebody was invited.";
    InvitationWithdrawn "invitation.withdrawn", "An invitation was withdrawn.";
    /// A person signed in, or came by a portal link.
    SessionBegun "session.begun", "A person signed in.";
    /// A person proved again who they are: before something sensitive, or to stay signed in for another 14 days.
    SessionProved "session.proved", "A person proved again who they are.";
    /// A person's session was ended before its time.
    SessionEnded "session.ended", "A person's session was ended.";
    /// So many attempts to sign in as a person failed that answers no longer tell what was right.
    SignInGuarded "sign_in.guarded", "Many attempts to sign in as a person failed.";
    /// A person asked for another mail address, which is theirs when it is confirmed.
    AddressAsked "address.asked", "A person asked for another mail address.";
    PasswordChanged "password.changed", "A person set a password.";
    /// A person added an authenticator, a passkey or recovery codes.
    FactorAdded "factor.added", "A person added a second factor.";
    /// A person removed an authenticator, a passkey or recovery codes.
    FactorRemoved "factor.removed", "A person removed a second factor.";
    RecoveryCodeUsed "recovery_code.used", "A person signed in with a recovery code.";
    /// An owner let a person who had set a forgotten password anew touch everything again.
    ClosedTimeLifted "closed_time.lifted", "A person may touch everything again.";
    /// The product made a link into the console for a person.
    PortalLinkMade "portal_link.made", "A link into the console was made.";
    /// Something was refused to a valid key or token of the workspace.
    RequestRefused "request.refused", "A request of somebody known was refused.";
}

impl Event {
    /// The event of a stored name; none for what a later version knows.
    pub fn of_name(name: &str) -> Option<Self> {
        ALL.iter().copied().find(|event| event.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_events_share_a_name() {
        let names: std::collections::HashSet<_> = ALL.iter().map(|event| event.name()).collect();
        assert_eq!(names.len(), ALL.len());
    }
}
