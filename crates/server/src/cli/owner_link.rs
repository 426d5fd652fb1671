use clap::Args;
use serde_json::json;

use super::{common::Common, ended::Ended, print, values};
use crate::{
    permissions::Authority,
    signin::link::{self, Whose},
};

#[derive(Args)]
#[group(required = true, multiple = false)]
pub struct OwnerLink {
    /// The workspace that gets an owner
    #[arg(long, value_name = "ID")]
    workspace: Option<String>,
    /// The name of a new workspace
    #[arg(long, value_name = "NAME")]
    new: Option<String>,
}

impl OwnerLink {
    /// Makes the link and prints it: the one time that it is shown.
    pub async fn run(self, common: &Common) -> Result<(), Ended> {
        let whose = match (self.workspace, self.new) {
            (Some(id), None) => Whose::Workspace(values::id(&id, "workspace")?),
            (_, name) => Whose::New(name.unwrap_or_default().into()),
        };
        let app = common.app().await?;
        let made = link::make_owner_link(&app, &Authority::on_this_machine(), whose).await?;
        let answer = json!({"url": made.url, "expires_in_seconds": 7 * 24 * 3600});
        common.answer(&answer, |_| {
            print::line(made.url.expose())?;
            print::line("Give it to whoever is to be the owner: it works once, within 7 days.")
        })
    }
}
