//! What a running server looks at again when it is told to (SIGHUP).
//!
//! Secrets are read again from wherever they are, and those that have become others are taken over: whoever uses one
//! exposes it at each use. One that cannot be read, not be used or not be tried with success stays as it was, and the log
//! says so. The certificate's files are looked at, as they are every few seconds. Everything else takes a restart.

use std::sync::Arc;

use crate::{
    app::App,
    config::{Hidden, Origin, ReadAgain},
    listen::{self, Certificate},
    telemetry,
};

/// Looks at everything again that can change while a server runs. What else comes to be is called here.
pub async fn reload(app: &App, certificate: Option<&Arc<Certificate>>, origin: &mut Origin) {
    // First, as secrets may have to be waited for.
    if let Some(certificate) = certificate {
        listen::look_again(certificate).await;
    }
    let kept = match origin.read_again().await {
        Ok(read) => take_over(app, read).await,
        Err(fault) => {
            tracing::error!(%fault, "the settings could not be read again: those before stay in force");
            1
        }
    };
    metrics::gauge!(telemetry::SECRETS_KEPT).set(kept);
}

/// Answers how many secrets stay as they were because something is wrong with what they should be now.
async fn take_over(app: &App, read: ReadAgain) -> u32 {
    let mut kept = 0;
    for fault in read.faults {
        tracing::error!(%fault, "a secret could not be read again: the one before stays in force");
        kept += 1;
    }
    let mut taken = Vec::new();
    for ((setting, before), (_, now)) in app.settings.secrets().into_iter().zip(read.settings.secrets()) {
        match (before, now) {
            (Some(before), Some(now)) if before != now => match follow(app, setting, now).await {
                Ok(()) => {
                    before.take_over(now);
                    taken.push(setting);
                }
                Err(fault) => {
                    tracing::error!(setting, %fault, "a secret could not be taken over: the one before stays in force");
                    kept += 1;
                }
            },
            // What is set no longer, or was not before, is left as it was.
            _ => {}
        }
    }
    if !read.left.is_empty() {
        tracing::warn!(
            settings = read.left.join(", "),
            "settings have changed that only a restart takes over"
        );
    }
    tracing::info!(secrets = taken.join(", "), "the secrets were read again");
    kept
}

/// What has to be done before a secret is another, beyond its being exposed at each use.
async fn follow(app: &App, setting: &str, now: &Hidden) -> store::Result<()> {
    if setting == "database.url" { app.db.connect_as(&now.expose()).await } else { Ok(()) }
}
