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
};

#[derive(Args)]
pub struct Show {
    /// The token's id
    #[arg(value_name = "ID")]
    token: String,
}

impl Show {
    pub async fn run(self, common: &Common) -> Result<(), Ended> {
        let id = values::id(&self.token, "token")?;
        let app = common.app().await?;
        let token = tokens::show(&app, &Authority::on_this_machine(), &id).await?;
        common.answer(&token, in_words)
    }
}

/// Everything but the secret; what there is nothing to say about is left out.
fn in_words(token: &Listed) -> Result<(), Ended> {
    let creator = token.creator_id.as_ref().map_or_else(|| "nobody".to_owned(), ToString::to_string);
    let mut facts = vec![
        ("id", token.id.to_string()),
        ("token", hint(token)),
        ("description", token.description.expose().to_owned()),
        ("workspace", token.workspace_id.to_string()),
        ("role", token.role.name().to_owned()),
        ("creator", creator),
        ("state", super::state(token).to_owned()),
        ("made", to_the_second(token.created_at)),
        ("last used", values::or(token.last_used_at, "never")),
        ("ends", values::or(token.expires_at, "never")),
    ];
    let texts =
        [("scopes", &token.scopes), ("external id", &token.external_id), ("revoked why", &token.revoked_why)];
    let times = [
        ("former secret works until", token.overlap_until),
        ("found in public", token.warned_at),
        ("revoked after", token.revoke_after),
        ("revoked", token.revoked_at),
    ];
    facts.extend(times.into_iter().filter_map(|(label, time)| Some((label, to_the_second(time?)))));
    facts.extend(texts.into_iter().filter_map(|(label, text)| Some((label, text.clone()?))));
    print::facts(&facts)
}
