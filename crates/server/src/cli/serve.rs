use super::{common::Common, ended::Ended, print, signals};
use crate::{app::World, config::Settings, serve::Server, telemetry};

/// Serves until a signal, then finishes what was begun. The first line on standard output is the address.
pub async fn run(common: &Common) -> Result<(), Ended> {
    let settings = common.settings()?;
    telemetry::start_logging(&settings.log);
    let metrics = telemetry::Metrics::install();
    let server = Server::bind(settings, World::real()).await?;
    let stop = signals::first()?;
    let (address, url) = (server.address(), server.url());
    warn_of_defaults(&server.app().settings);
    match print::line(format!("listening on {url}")) {
        // A server whose output nobody reads is still wanted.
        Ok(()) | Err(Ended::Unheard) => {}
        Err(refused) => return Err(refused),
    }
    tracing::info!(%address, version = env!("CARGO_PKG_VERSION"), database = ?server.app().db.engine(), "serving");
    let upkeep = tokio::spawn(metrics.keep_up());
    let end = server.serve(stop).await;
    upkeep.abort();
    tracing::info!("stopped");
    Ok(end?)
}

/// What works at once, and is not meant to stay.
fn warn_of_defaults(settings: &Settings) {
    let (sender, operator) = (&settings.mail.from.email, &settings.operator.mail.email);
    if sender.domain() == "localhost" {
        tracing::warn!("mail.from is not set: mails come from an address that nobody can answer to");
    }
    if operator == sender {
        tracing::warn!(
            "operator.mail is not set: the mail about a leaked operator key goes to the address of mail.from"
        );
    }
    if settings.mail.smtp_url.is_none() {
        tracing::warn!("mail.smtp_url is not set: mails become files in data_dir/mail and reach nobody");
    }
    if settings.mail.tokens_url.is_none() {
        tracing::warn!(
            "mail.tokens_url is not set: mails about leaks lead to no page on which an owner can replace a token"
        );
    }
}
