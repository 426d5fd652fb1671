use std::sync::Arc;

use store::{Db, Engine};
use tokio::signal::unix::Signal;

use super::{common::Common, ended::Ended, print, signals};
use crate::{
    app::{App, World},
    audit,
    config::{Breaches, Origin, Settings},
    listen::Certificate,
    reload,
    serve::Server,
    telemetry, workspaces,
};

/// Serves until a signal, then finishes what was begun. The first line on standard output is the address.
pub async fn run(common: &Common) -> Result<(), Ended> {
    // First, as the settings may have to be waited for. One that comes meanwhile is followed once the server serves.
    let hang_ups = signals::hang_ups()?;
    let (settings, origin) = common.settings_and_origin().await?;
    telemetry::start_logging(&settings.log);
    let metrics = telemetry::Metrics::install();
    let server = Server::bind(settings, World::real()).await?;
    let stop = signals::first()?;
    let (address, url) = (server.address(), server.url());
    warn_of_defaults(&server.app().settings);
    warn_of_rights(&server.app().db).await;
    say_how_to_begin(server.app()).await;
    match print::line(format!("listening on {url}")) {
        // A server whose output nobody reads is still wanted.
        Ok(()) | Err(Ended::Unheard) => {}
        Err(refused) => return Err(refused),
    }
    tracing::info!(%address, version = env!("CARGO_PKG_VERSION"), database = ?server.app().db.engine(), "serving");
    let upkeep = tokio::spawn(metrics.keep_up());
    let reloads = tokio::spawn(reload_at(hang_ups, server.app().clone(), server.certificate(), origin));
    let end = server.serve(stop).await;
    reloads.abort();
    upkeep.abort();
    tracing::info!("stopped");
    Ok(end?)
}

/// On a database without people nobody can sign in yet. The link itself is nothing for a log.
async fn say_how_to_begin(app: &App) {
    if workspaces::has_nobody(&app.db).await.unwrap_or(false) {
        tracing::info!(
            "nobody has a sign-in yet: bailiwick owner-link --new NAME makes a one-time link for the first owner"
        );
    }
}

async fn reload_at(
    mut hang_ups: Signal,
    app: App,
    certificate: Option<Arc<Certificate>>,
    mut origin: Origin,
) {
    while hang_ups.recv().await.is_some() {
        reload::reload(&app, certificate.as_ref(), &mut origin).await;
    }
}

/// On PostgreSQL there can be a role that cannot change what is on record; SQLite knows none.
async fn warn_of_rights(db: &Db) {
    if db.engine() == Engine::Sqlite {
        return;
    }
    for table in audit::APPEND_ONLY {
        // Whoever does not get an answer here gets none elsewhere, and hears of it there.
        if db.may_change(table).await.unwrap_or(false) {
            tracing::warn!(
                "the role of database.url may change what is on record in the audit: let it be another than the owner of the tables"
            );
            return;
        }
    }
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
    if !settings.audit.has_destinations() {
        tracing::warn!(
            "no audit.heads_… is set: the audit's heads stay in the database, where they show less than outside"
        );
    }
    let breaches = &settings.password;
    if breaches.breaches == Breaches::Offline && !breaches.breaches_file.exists() {
        tracing::warn!(
            "there is no password.breaches_file: of known passwords only the most common are refused"
        );
    }
}
