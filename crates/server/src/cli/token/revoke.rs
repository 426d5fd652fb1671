use clap::{ArgGroup, Args};

use super::hint;
use crate::{
    cli::{
        common::Common,
        ended::Ended,
        print,
        values::{self, Moment},
    },
    permissions::Authority,
    tokens::{self, Many, RevokedMany, Role},
};

// To clap a token excuses from `requires = "workspace"`, as it excludes that one: so each filter excludes it itself.
#[derive(Args)]
#[command(group(ArgGroup::new("which").required(true).args(["token", "workspace"])))]
#[command(group(
    ArgGroup::new("filters").multiple(true).args(["creator", "created_before", "unused_since", "role"])
))]
pub struct Revoke {
    /// The token's id
    #[arg(value_name = "ID")]
    token: Option<String>,
    /// Instead of one token: all live tokens of this workspace that fit every filter given, and at least one must be
    #[arg(long, value_name = "ID", requires = "filters")]
    workspace: Option<String>,
    /// Made by this member, or by one who has left: a mail address or person id
    #[arg(long, value_name = "MAIL", requires = "workspace", conflicts_with = "token")]
    creator: Option<String>,
    /// Made before this: a time such as 2026-11-23T14:02:00Z, or how long ago it was, such as 90d
    #[arg(long, value_name = "TIME", requires = "workspace", conflicts_with = "token")]
    created_before: Option<Moment>,
    /// Not used since this, or never: a time such as 2026-11-23T14:02:00Z, or how long ago it was, such as 90d
    #[arg(long, value_name = "TIME", requires = "workspace", conflicts_with = "token")]
    unused_since: Option<Moment>,
    /// With this role: member or owner
    #[arg(long, value_parser = values::role, requires = "workspace", conflicts_with = "token")]
    role: Option<Role>,
    /// Only say which tokens they are. Do this first
    #[arg(long, requires = "workspace", conflicts_with = "token")]
    dry_run: bool,
}

impl Revoke {
    pub async fn run(self, common: &Common) -> Result<(), Ended> {
        match (&self.token, &self.workspace) {
            (Some(token), _) => one(common, token).await,
            (None, Some(workspace)) => self.many(common, workspace).await,
            (None, None) => Err(Ended::refused("Say which token: its id, or --workspace and filters.")),
        }
    }

    async fn many(&self, common: &Common, workspace: &str) -> Result<(), Ended> {
        let workspace = values::id(workspace, "workspace")?;
        let app = common.app().await?;
        let now = app.clock.now();
        let many = Many {
            creator: self.creator.clone().map(Into::into),
            created_before: self.created_before.map(|moment| moment.seen_from(now)),
            unused_since: self.unused_since.map(|moment| moment.seen_from(now)),
            role: self.role,
        };
        let by = Authority::on_this_machine();
        let revoked = tokens::revoke_many(&app, &by, &workspace, many, self.dry_run).await?;
        common.answer(&revoked, in_words)
    }
}

async fn one(common: &Common, id: &str) -> Result<(), Ended> {
    let id = values::id(id, "token")?;
    let app = common.app().await?;
    let token = tokens::revoke(&app, &Authority::on_this_machine(), &id).await?;
    common.answer(&token, |token| {
        print::line(format!("Token {} ({}) no longer works.", token.description.expose(), hint(token)))
    })
}

fn in_words(revoked: &RevokedMany) -> Result<(), Ended> {
    let tokens = if revoked.count == 1 { "token" } else { "tokens" };
    let what = match (revoked.dry_run, revoked.count) {
        (true, 1) => "would be revoked",
        (true, _) => "would be revoked; nothing was done",
        (false, 1) => "was revoked",
        (false, _) => "were revoked",
    };
    print::line(format!("{} {tokens} {what}.", revoked.count))?;
    revoked.token_ids.iter().try_for_each(print::line)?;
    match revoked.count - revoked.token_ids.len() {
        0 => Ok(()),
        more => print::line(format!("… and {more} more")),
    }
}
