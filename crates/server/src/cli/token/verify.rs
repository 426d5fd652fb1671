use clap::Args;
use time_and_chance::Id;

use crate::{
    cli::{common::Common, ended::Ended, print, values},
    tokens::{self, VerdictAnswer},
};

#[derive(Args)]
pub struct Verify {
    /// The token; with `-` it is read from standard input, where no list of processes and no shell history shows it
    #[arg(value_name = "TOKEN|-")]
    token: String,
}

impl Verify {
    pub async fn run(self, common: &Common) -> Result<(), Ended> {
        let secret = values::secret(self.token)?;
        let app = common.app().await?;
        let verdict = tokens::verify(&app, secret.expose()).await?;
        tokens::flush_last_used(&app.db, &app.tokens).await?;
        common.answer(&verdict.into(), in_words)
    }
}

fn in_words(verdict: &VerdictAnswer) -> Result<(), Ended> {
    print::line(verdict.code.name())?;
    let (Some(token), Some(workspace)) = (&verdict.token_id, &verdict.workspace_id) else { return Ok(()) };
    let or_nobody = |id: Option<&str>| id.unwrap_or("nobody").to_owned();
    print::facts(&[
        ("token", token.to_string()),
        ("workspace", workspace.to_string()),
        ("creator", or_nobody(verdict.creator_id.as_ref().map(Id::as_str))),
        ("role", verdict.role.map_or_else(String::new, |role| role.name().to_owned())),
        ("ends", values::or(verdict.expires_at, "never")),
    ])
}
