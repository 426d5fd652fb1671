//! Every event, once. Audit entries, their labels and the documentation derive from this list.

/// Something that happened and is on record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// A workspace was made.
    WorkspaceCreated,
    /// A workspace's name, external id or exposure policy changed.
    WorkspaceChanged,
    /// A workspace was suspended: its tokens answer `DISABLED`.
    WorkspaceSuspended,
    /// A workspace's suspension ended.
    WorkspaceResumed,
    /// A workspace was deleted, and its tokens revoked.
    WorkspaceDeleted,
    /// A person became a member.
    MemberAdded,
    /// A member became an owner, or no longer is.
    MemberRoleChanged,
    /// A member was removed.
    MemberRemoved,
    /// A person's mail address, name or external id changed, or another was merged into them.
    PersonChanged,
    /// A token was made.
    TokenCreated,
    /// A token's description, end or creator changed.
    TokenChanged,
    /// A token got a new secret.
    TokenRotated,
    /// A token was revoked by somebody who may, or by whoever held it.
    TokenRevoked,
    /// Many tokens were revoked at once.
    TokensRevoked,
    /// Tokens were imported by their digests.
    TokensImported,
    /// A token was found in public, and revoked.
    TokenExposed,
    /// A token was found in public, and its owners were warned.
    TokenWarned,
    /// A warned token's 24 hours ended, and it was revoked.
    TokenGraceEnded,
    /// A new root key wraps the data keys.
    RootKeyRotated,
    /// A former root key was destroyed.
    RootKeyDestroyed,
    /// A workspace got a new data key.
    WorkspaceKeyRotated,
    /// The index of mail addresses got a new key.
    IndexKeyRotated,
    /// A one-time link for a first owner was made.
    OwnerLinkMade,
    /// Somebody was invited into a workspace, or again.
    InvitationSent,
    /// An invitation was withdrawn.
    InvitationWithdrawn,
    /// A person signed in, proved themselves again, or came by a portal link.
    SessionBegun,
    /// A person's session was ended before its time.
    SessionEnded,
    /// So many attempts to sign in as a person failed that answers no longer tell what was right.
    SignInGuarded,
    /// A person set a password.
    PasswordChanged,
    /// A person added an authenticator, a passkey or recovery codes.
    FactorAdded,
    /// A person removed an authenticator, a passkey or recovery codes.
    FactorRemoved,
    /// A person signed in with a recovery code.
    RecoveryCodeUsed,
    /// An owner let a person who had set a forgotten password anew touch everything again.
    ClosedTimeLifted,
    /// The product made a link into the console for a person.
    PortalLinkMade,
    /// Something was refused to a valid key or token of the workspace.
    RequestRefused,
}

/// Every event.
pub const ALL: [Event; 35] = [
    Event::WorkspaceCreated,
    Event::WorkspaceChanged,
    Event::WorkspaceSuspended,
    Event::WorkspaceResumed,
    Event::WorkspaceDeleted,
    Event::MemberAdded,
    Event::MemberRoleChanged,
    Event::MemberRemoved,
    Event::PersonChanged,
    Event::TokenCreated,
    Event::TokenChanged,
    Event::TokenRotated,
    Event::TokenRevoked,
    Event::TokensRevoked,
    Event::TokensImported,
    Event::TokenExposed,
    Event::TokenWarned,
    Event::TokenGraceEnded,
    Event::RootKeyRotated,
    Event::RootKeyDestroyed,
    Event::WorkspaceKeyRotated,
    Event::IndexKeyRotated,
    Event::OwnerLinkMade,
    Event::InvitationSent,
    Event::InvitationWithdrawn,
    Event::SessionBegun,
    Event::SessionEnded,
    Event::SignInGuarded,
    Event::PasswordChanged,
    Event::FactorAdded,
    Event::FactorRemoved,
    Event::RecoveryCodeUsed,
    Event::ClosedTimeLifted,
    Event::PortalLinkMade,
    Event::RequestRefused,
];

impl Event {
    /// Its stable name: noun, dot, past participle.
    pub const fn name(self) -> &'static str {
        match self {
            Self::WorkspaceCreated => "workspace.created",
            Self::WorkspaceChanged => "workspace.changed",
            Self::WorkspaceSuspended => "workspace.suspended",
            Self::WorkspaceResumed => "workspace.resumed",
            Self::WorkspaceDeleted => chain::DELETED,
            Self::MemberAdded => "member.added",
            Self::MemberRoleChanged => "member.role_changed",
            Self::MemberRemoved => "member.removed",
            Self::PersonChanged => "person.changed",
            Self::TokenCreated => "token.created",
            Self::TokenChanged => "token.changed",
            Self::TokenRotated => "token.rotated",
            Self::TokenRevoked => "token.revoked",
            Self::TokensRevoked => "tokens.revoked",
            Self::TokensImported => "tokens.imported",
            Self::TokenExposed => "token.exposed",
            Self::TokenWarned => "token.warned",
            Self::TokenGraceEnded => "token.grace_ended",
            Self::RootKeyRotated => "root_key.rotated",
            Self::RootKeyDestroyed => "root_key.destroyed",
            Self::WorkspaceKeyRotated => "workspace_key.rotated",
            Self::IndexKeyRotated => "index_key.rotated",
            Self::OwnerLinkMade => "owner_link.made",
            Self::InvitationSent => "invitation.sent",
            Self::InvitationWithdrawn => "invitation.withdrawn",
            Self::SessionBegun => "session.begun",
            Self::SessionEnded => "session.ended",
            Self::SignInGuarded => "sign_in.guarded",
            Self::PasswordChanged => "password.changed",
            Self::FactorAdded => "factor.added",
            Self::FactorRemoved => "factor.removed",
            Self::RecoveryCodeUsed => "recovery_code.used",
            Self::ClosedTimeLifted => "closed_time.lifted",
            Self::PortalLinkMade => "portal_link.made",
            Self::RequestRefused => "request.refused",
        }
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
