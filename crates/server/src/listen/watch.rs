use std::{sync::Arc, time::Duration};

use super::Certificate;

/// Looks at the certificate's files again and again; does not end. Reading files takes a thread of its own for the moment.
pub(super) async fn watch(certificate: Option<Arc<Certificate>>, every: Duration) {
    let Some(certificate) = certificate else { return std::future::pending().await };
    let mut looks = tokio::time::interval(every);
    looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        looks.tick().await;
        let certificate = Arc::clone(&certificate);
        if let Err(error) = tokio::task::spawn_blocking(move || certificate.look_in_passing()).await {
            tracing::error!(%error, "the certificate's files could not be looked at");
        }
    }
}
