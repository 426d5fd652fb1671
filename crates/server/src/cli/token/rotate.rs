use clap::Args;
use time_and_chance::Duration;

use crate::{
    cli::{common::Common, ended::Ended, print, shown_once, values},
    permissions::Authority,
    tokens::{self, Rotated, TokenAnswer},
};

#[derive(Args)]
pub struct Rotate {
    /// The token's id
    #[arg(value_name = "ID")]
    token: String,
    /// How long the old secret works on: a whole number and s, m (minutes), h, d or w, from 0s to 30d
    #[arg(long, value_name = "LENGTH", default_value = "24h", value_parser = values::overlap)]
    overlap: Duration,
}

impl Rotate {
    pub async fn run(self, common: &Common) -> Result<(), Ended> {
        let id = values::id(&self.token, "token")?;
        let app = common.app().await?;
        let rotated = tokens::rotate(&app, &Authority::on_this_machine(), &id, self.overlap, None).await?;
        match rotated {
            Rotated::New(token, secret) => shown_once::new_secret(token, &secret),
            Rotated::Known(token) => print::json(&TokenAnswer::without_secret(token)),
        }
    }
}
