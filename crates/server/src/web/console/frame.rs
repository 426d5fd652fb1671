use time_and_chance::Time;

use crate::ids::WorkspaceId;

/// What stands around a page's content.
#[derive(Default)]
pub struct Frame {
    /// The name of the product.
    pub vendor: String,
    /// The version of the files.
    pub version: String,
    /// Whether the vendor has a logo.
    pub has_logo: bool,
    /// `light`, `dark`, or empty for what the browser prefers.
    pub theme: &'static str,
    /// The page's own path and query.
    pub address: String,
    /// Whose page it is, if somebody is signed in: a name or a mail address.
    pub person: Option<String>,
    /// What time it is here, which need not be what a browser takes it for.
    pub now: Option<Time>,
    /// When the session ends.
    pub session_ends: Option<Time>,
    /// Whether the session came by a portal link, and can neither be renewed nor show an account.
    pub portal: bool,
    /// The way back to the product, if a portal link named one.
    pub back: Option<String>,
    /// The workspaces to switch to.
    pub workspaces: Vec<Switch>,
    /// The workspace that the page is of.
    pub here: Option<Here>,
    /// What was just done.
    pub notice: Option<Notice>,
}

/// A workspace to switch to.
pub struct Switch {
    /// Its id.
    pub id: WorkspaceId,
    /// Its name.
    pub name: String,
}

/// Where in a workspace a page is.
pub struct Here {
    /// The workspace's id.
    pub id: WorkspaceId,
    /// Its name.
    pub name: String,
    /// Whether whoever looks is an owner.
    pub is_owner: bool,
    /// Which of its pages it is.
    pub place: Place,
    /// The one page that the session reaches, if it is one.
    pub only: Option<String>,
}

impl Here {
    /// The pages that whoever looks may open: all of them, those that members see, or the one that a portal link was for.
    pub fn places(&self) -> Vec<Place> {
        let seen = Place::ALL.into_iter().filter(|place| self.is_owner || !place.is_for_owners());
        seen.filter(|place| self.only.as_ref().is_none_or(|only| place.segment() == only)).collect()
    }
}

/// The pages of a workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// What needs attention.
    Home,
    /// Its tokens.
    Tokens,
    /// Where they were found.
    Leaks,
    /// Who is in it.
    People,
    /// What happened.
    Audit,
    /// Its settings.
    Settings,
}

impl Place {
    /// All of them, in the order of the column at the left.
    pub const ALL: [Self; 6] =
        [Self::Home, Self::Tokens, Self::Leaks, Self::People, Self::Audit, Self::Settings];

    /// Whether owners alone see it.
    pub const fn is_for_owners(self) -> bool {
        matches!(self, Self::Audit | Self::Settings)
    }

    /// Its name, in the column at the left and in the title.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Home => "Home",
            Self::Tokens => "Tokens",
            Self::Leaks => "Leaks",
            Self::People => "People",
            Self::Audit => "Audit",
            Self::Settings => "Settings",
        }
    }

    /// What its path has after the workspace's: nothing for the home.
    pub fn segment(self) -> &'static str {
        self.path().trim_start_matches('/')
    }

    /// The end of its path.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Home => "",
            Self::Tokens => "/tokens",
            Self::Leaks => "/leaks",
            Self::People => "/people",
            Self::Audit => "/audit",
            Self::Settings => "/settings",
        }
    }
}

/// Makes the notices: the name that stands in an address, and the sentence on the page.
macro_rules! notices {
    ($( $variant:ident $name:literal $sentence:literal; )+) => {
        /// What was just done, told on the page that comes after it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Notice { $( #[doc = $sentence] $variant, )+ }

        impl Notice {
            /// The notice of an address. One that somebody made up says nothing.
            pub fn of_name(name: &str) -> Option<Self> {
                match name { $( $name => Some(Self::$variant), )+ _ => None }
            }

            /// The sentence.
            pub const fn sentence(self) -> &'static str {
                match self { $( Self::$variant => $sentence, )+ }
            }
        }
    };
}

notices! {
    SignedOut "signed-out" "You are signed out.";
    Proved "proved" "It is you. Now do what you wanted to do once more.";
    Renewed "renewed" "You stay signed in for another 14 days.";
    PasswordSet "password" "Your password is changed.";
    PasswordReset "reset" "Your new password is set, and every session has ended. Sign in with it.";
    FactorAdded "factor-added" "It is added, and asked for from now on.";
    FactorOver "factor-over" "It was added already, or begun anew in another window. Below stands what you have.";
    FactorRemoved "factor-removed" "It is removed.";
    SessionEnded "session-ended" "That session has ended.";
    SessionsEnded "sessions-ended" "Your other sessions have ended.";
    AddressAsked "address-asked" "Open the link that is on its way to your new address.";
    AddressChanged "address-changed" "Your mail address is changed.";
    NameChanged "name" "Your name is changed.";
    Left "left" "You have left the workspace.";
    Invited "invited" "The invitation is on its way.";
    Withdrawn "withdrawn" "The invitation is withdrawn. Its link no longer works.";
    MemberRemoved "member-removed" "They are no longer a member.";
    RoleChanged "role" "Their role is changed.";
    Revoked "revoked" "The token is revoked. Nothing that uses it works any more.";
    FormerEnded "former-ended" "The former secret has ended. The present one works.";
    TokenChanged "token-changed" "The token is changed.";
    SettingsSaved "saved" "The settings are saved.";
    Joined "joined" "You are in.";
    ClosedLifted "lifted" "They can change everything again.";
}
