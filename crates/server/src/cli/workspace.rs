use clap::{Args, Subcommand};

use super::{common::Common, ended::Ended, print, values::to_the_second};
use crate::{
    config::Policy,
    permissions::Authority,
    web::Page,
    workspaces::{self, Created, Listed, MemberRole, NewMember, NewWorkspace},
};

#[derive(Subcommand)]
pub enum Command {
    /// Make a workspace with its first owner and print it as JSON.
    Create(Create),
    /// List all workspaces, oldest first.
    List,
}

#[derive(Args)]
pub struct Create {
    /// Its name, in one line of at most 200 characters
    #[arg(long)]
    name: String,
    /// The mail address of its first owner, who is told when a token leaks
    #[arg(long, value_name = "MAIL")]
    owner: String,
    /// Its id in the product; a workspace that has it already is changed instead
    #[arg(long, value_name = "ID")]
    external_id: Option<String>,
    /// What happens to a leaked token: `revoke`, `warn`, or `warn_then_revoke` (24 hours later); the setting's, if not said
    #[arg(long)]
    exposure_policy: Option<Policy>,
}

impl Command {
    pub async fn run(self, common: &Common) -> Result<(), Ended> {
        match self {
            Self::Create(wanted) => create(common, wanted).await,
            Self::List => list(common).await,
        }
    }
}

async fn create(common: &Common, wanted: Create) -> Result<(), Ended> {
    let owner =
        NewMember { mail: wanted.owner.into(), name: None, external_id: None, role: Some(MemberRole::Owner) };
    let workspace = NewWorkspace {
        name: wanted.name.into(),
        external_id: wanted.external_id,
        exposure_policy: wanted.exposure_policy,
        owner,
    };
    let app = common.app().await?;
    let (Created::New(workspace) | Created::Known(workspace)) =
        workspaces::create(&app, &Authority::on_this_machine(), workspace, None).await?;
    print::json(&workspace)
}

async fn list(common: &Common) -> Result<(), Ended> {
    let (app, by) = (common.app().await?, Authority::on_this_machine());
    let mut printed = print::List::new(common.json, ["id", "name", "kind", "state", "made"]);
    let mut next = Some(Page::first());
    while let Some(page) = next {
        let found = workspaces::list(&app, &by, None, &page).await?;
        printed.more(&found.items, row)?;
        next = found.next.as_deref().and_then(Page::at);
    }
    printed
        .end("There is no workspace yet. Make one with: bailiwick workspace create --name NAME --owner MAIL")
}

fn row(workspace: &Listed) -> [String; 5] {
    let state = match workspace.state {
        workspaces::State::Active => "active",
        workspaces::State::Suspended => "suspended",
    };
    [
        workspace.id.to_string(),
        workspace.name.expose().to_owned(),
        workspace.kind.clone(),
        state.to_owned(),
        to_the_second(workspace.created_at),
    ]
}
