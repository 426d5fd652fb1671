use std::{sync::Arc, time::Duration};

use super::Certificate;

/// Looks at the certificate's files again and again; does not end.
pub(super) async fn watch(certificate: Option<Arc<Certificate>>, every: Duration) {
    let Some(certificate) = certificate else { return std::future::pending().await };
    let mut looks = tokio::time::interval(every);
    looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        looks.tick().await;
        look(&certificate, Certificate::look_in_passing).await;
    }
}

/// Looks at the certificate's files at once, see [`Certificate::look_again`].
pub(crate) async fn look_again(certificate: &Arc<Certificate>) {
    look(certificate, Certificate::look_again).await;
}

/// How long the files are waited for. They may lie on another machine.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// Reading files takes a thread of its own for the moment.
async fn look(certificate: &Arc<Certificate>, how: fn(&Certificate)) {
    let looking = Arc::clone(certificate);
    if let Err(error) = files::within(PATIENCE, certificate.file(), move || how(&looking)).await {
        tracing::error!(%error, "the certificate's files could not be looked at");
    }
}
