use clap::Args;
use time_and_chance::Duration;

use crate::{
    cli::{common::Common, ended::Ended, print, values},
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
        match tokens::rotate(&app, &Authority::on_this_machine(), &id, self.overlap, None).await? {
            Rotated::New(token, secret) => {
                let until = token.overlap_until;
                common.answer(&TokenAnswer::with_secret(token, &secret), |_| {
                    print::facts(&[
                        ("secret", secret.expose().to_owned()),
                        ("the old one works until", values::or(until, "now")),
                    ])
                })
            }
            Rotated::Known(token) => print::json(&TokenAnswer::without_secret(token)),
        }
    }
}
