//! Answers with a secret, which is shown this once: if it cannot be printed, nobody will ever have it.

use token_format::Secret;

use super::{ended::Ended, print};
use crate::{
    app::App,
    permissions::Authority,
    tokens::{self, Listed, TokenAnswer},
};

/// Prints a new token with its secret. One whose secret nobody has got is revoked again.
pub async fn new_token(app: &App, token: Listed, secret: &Secret) -> Result<(), Ended> {
    let id = token.id.clone();
    if print::json(&TokenAnswer::with_secret(token, secret)).is_ok() {
        return Ok(());
    }
    Err(Ended::refused(match tokens::revoke(app, &Authority::on_this_machine(), &id).await {
        Ok(_) => format!("The secret cannot be printed, so token {id} was revoked again: make another one."),
        Err(_) => format!("The secret cannot be printed, and token {id} is live: revoke it."),
    }))
}

/// Prints a rotated token with its new secret. The old one goes on until its overlap ends, so nothing is revoked.
pub fn new_secret(token: Listed, secret: &Secret) -> Result<(), Ended> {
    let id = token.id.clone();
    print::json(&TokenAnswer::with_secret(token, secret)).map_err(|_| {
        let what = "while the old one ends with its overlap: rotate it again, or revoke it";
        Ended::refused(format!("The new secret of token {id} cannot be printed, {what}."))
    })
}
