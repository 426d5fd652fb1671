use clap::Args;

use super::hint;
use crate::{
    cli::{
        common::Common,
        ended::Ended,
        print,
        values::{self, to_the_second},
    },
    permissions::Authority,
    tokens::{self, Listed},
    web::Page,
    workspaces,
};

#[derive(Args)]
pub struct List {
    /// The workspace whose tokens they are
    #[arg(long, value_name = "ID")]
    workspace: String,
}

impl List {
    pub async fn run(self, common: &Common) -> Result<(), Ended> {
        let workspace = values::id(&self.workspace, "workspace")?;
        let app = common.app().await?;
        workspaces::show(&app, &Authority::on_this_machine(), &workspace).await?;
        let headings = ["id", "token", "description", "role", "state", "made", "last used", "ends"];
        let mut printed = print::List::new(common.json, headings);
        let mut next = Some(Page::first());
        while let Some(page) = next {
            let found = tokens::list(&app, &workspace, &page).await?;
            printed.more(&found.items, row)?;
            next = found.next.as_deref().and_then(Page::at);
        }
        printed.end("This workspace has no token yet.")
    }
}

fn row(token: &Listed) -> [String; 8] {
    [
        token.id.to_string(),
        hint(token),
        token.description.expose().to_owned(),
        token.role.name().to_owned(),
        super::state(token).to_owned(),
        to_the_second(token.created_at),
        values::or(token.last_used_at, "never"),
        values::or(token.expires_at, "never"),
    ]
}
