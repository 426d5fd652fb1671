//! `bailiwick token …`

mod create;
mod list;
mod revoke;
mod rotate;
mod show;
mod verify;

use clap::Subcommand;

use super::{common::Common, ended::Ended, import};
use crate::tokens::{Listed, State};

#[derive(Subcommand)]
pub enum Command {
    /// Make a token and print it as JSON, with its secret: the one time it is shown.
    Create(create::Create),
    /// List a workspace's tokens, dead ones too, oldest first.
    List(list::List),
    /// Show everything about a token but its secret.
    Show(show::Show),
    /// Give a token a new secret and print it as JSON: the one time it is shown. The old one works on for a while.
    Rotate(rotate::Rotate),
    /// Revoke a token, or many of a workspace at once. Doing it twice is harmless.
    Revoke(revoke::Revoke),
    /// Take old tokens over by their digests, from a CSV or JSON-lines file. A bad line is named, and nothing is taken then.
    ///
    /// The columns are in docs/IMPORT.md. Running the same file again is harmless.
    Import(import::ImportArgs),
    /// Say what a token is good for at this moment: `VALID`, `NOT_FOUND`, `MALFORMED`, `EXPIRED`, `REVOKED` or
    /// `DISABLED`.
    ///
    /// The exit status is 0 whatever the verdict: it was given.
    Verify(verify::Verify),
}

impl Command {
    pub async fn run(self, common: &Common) -> Result<(), Ended> {
        match self {
            Self::Create(create) => create.run(common).await,
            Self::List(list) => list.run(common).await,
            Self::Show(show) => show.run(common).await,
            Self::Rotate(rotate) => rotate.run(common).await,
            Self::Revoke(revoke) => revoke.run(common).await,
            Self::Import(import) => import.print(common).await,
            Self::Verify(verify) => verify.run(common).await,
        }
    }
}

/// How the secret begins, as far as that is known.
fn hint(token: &Listed) -> String {
    let prefix = token.prefix.as_ref().map_or_else(String::new, |prefix| format!("{prefix}_"));
    format!("{prefix}{}…", token.hint.as_deref().unwrap_or_default())
}

fn state(token: &Listed) -> &'static str {
    match token.state {
        State::Live => "live",
        State::Warned => "warned",
        State::Expired => "expired",
        State::Revoked => "revoked",
    }
}
