use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::watch,
};

use super::{common::Common, ended::Ended, print};
use crate::{app::World, config::Settings, serve::Server, telemetry};

/// Serves until a signal, then finishes what was begun. The first line on standard output is the address.
pub async fn run(common: &Common) -> Result<(), Ended> {
    let settings = common.settings()?;
    telemetry::start_logging(&settings.log);
    let metrics = telemetry::Metrics::install();
    warn_of_defaults(&settings);
    let server = Server::bind(settings, World::real()).await?;
    let stop = on_a_signal()?;
    match print::line(format!("listening on http://{}", server.address())) {
        // A server whose output nobody reads is still wanted.
        Ok(()) | Err(Ended::Unheard) => {}
        Err(refused) => return Err(refused),
    }
    let upkeep = tokio::spawn(metrics.keep_up());
    let served = server.serve(stop).await;
    upkeep.abort();
    tracing::info!("stopped");
    Ok(served?)
}

/// What works at once, and is not meant to stay.
fn warn_of_defaults(settings: &Settings) {
    let (sender, operator) = (&settings.mail.from.email, &settings.operator.mail.email);
    if sender.domain() == "localhost" {
        tracing::warn!(
            setting = "mail.from",
            "not set: mails come from an address that nobody can answer to"
        );
    }
    if operator == sender {
        tracing::warn!(
            setting = "operator.mail",
            "not set: when an operator key leaks, the mail about it goes to mail.from's own address"
        );
    }
    if settings.mail.smtp_url.is_none() {
        tracing::warn!(
            setting = "mail.smtp_url",
            "not set: mails become files in data_dir/mail and reach nobody"
        );
    }
}

/// Says `true` at the first SIGINT or SIGTERM. A second one ends the process at once: whoever sends it will not wait.
pub fn on_a_signal() -> Result<watch::Receiver<bool>, Ended> {
    let cannot = |error| Ended::refused(format!("signals cannot be listened for: {error}"));
    let mut interrupt = signal(SignalKind::interrupt()).map_err(cannot)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(cannot)?;
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(async move {
        next(&mut interrupt, &mut terminate).await;
        tracing::info!("stopping: finishing what was begun");
        let _ = stop.send(true);
        next(&mut interrupt, &mut terminate).await;
        print::complaint("Stopped at once, at the second signal.");
        std::process::exit(1);
    });
    Ok(stopped)
}

async fn next(interrupt: &mut Signal, terminate: &mut Signal) {
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}
