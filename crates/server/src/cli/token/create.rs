use clap::Args;
use time_and_chance::Duration;

use crate::{
    cli::{common::Common, ended::Ended, print, shown_once, values},
    permissions::Authority,
    tokens::{self, Created, NewToken, Role, TokenAnswer},
};

#[derive(Args)]
pub struct Create {
    /// The workspace it belongs to
    #[arg(long, value_name = "ID")]
    workspace: String,
    /// What it is for, in one line of at most 200 characters
    #[arg(long, value_name = "TEXT")]
    description: String,
    /// Who makes it: a member's mail address or person id; nobody, if not said
    #[arg(long, value_name = "MAIL")]
    creator: Option<String>,
    /// When it ends, from now: a whole number and s, m (minutes), h, d or w, such as 90d; never, if not said
    #[arg(long, value_name = "LENGTH", value_parser = values::lifetime)]
    expires_in: Option<Duration>,
    /// What it may do in the workspace: member, or owner (full rights over it)
    #[arg(long, default_value = "member", value_parser = values::role)]
    role: Role,
    /// Its id in the product; a token of the workspace that has it is changed instead, and no secret is shown
    #[arg(long, value_name = "ID")]
    external_id: Option<String>,
}

impl Create {
    pub async fn run(self, common: &Common) -> Result<(), Ended> {
        let workspace = values::id(&self.workspace, "workspace")?;
        let app = common.app().await?;
        let wanted = NewToken {
            description: self.description.into(),
            role: self.role,
            creator: self.creator.map(Into::into),
            expires_at: self.expires_in.map(|length| app.clock.now().plus(length)),
            external_id: self.external_id,
        };
        let made = tokens::create(&app, &Authority::on_this_machine(), &workspace, wanted, None).await?;
        match made {
            Created::New(token, secret) => shown_once::new_token(&app, token, &secret).await,
            Created::Known(token) => print::json(&TokenAnswer::without_secret(token)),
        }
    }
}
