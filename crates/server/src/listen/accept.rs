use std::{io, sync::Arc};

use axum::Router;
use tokio::{net::TcpListener, sync::watch, time::sleep};
use tokio_rustls::TlsAcceptor;

use super::{Certificate, Limits, connection::House, tls, watch::watch};

/// Where callers come in.
pub struct Door {
    /// Where it listens.
    pub listener: TcpListener,
    /// What answers them.
    pub router: Router,
    /// What proves who we are; without one it is plain HTTP.
    pub certificate: Option<Arc<Certificate>>,
    /// How long they may take.
    pub limits: Limits,
}

impl Door {
    /// Lets callers in until `stop` says so, and ends when the last of them is gone.
    pub async fn serve(self, mut stop: watch::Receiver<bool>) {
        let Self { listener, router, certificate, limits } = self;
        let tls = certificate.clone().map(|certificate| TlsAcceptor::from(tls::server(certificate)));
        let house = Arc::new(House::new(router, tls, limits));
        // Each connection holds a receiver: when the last is dropped, everybody is gone.
        let (here, _) = watch::channel(());
        let looking = watch(certificate, limits.look);
        tokio::pin!(looking);
        loop {
            let taken = tokio::select! {
                taken = listener.accept() => taken,
                () = &mut looking => continue,
                _ = stop.wait_for(|stop| *stop) => break,
            };
            match taken {
                Ok((stream, from)) => {
                    let (house, stop, here) = (Arc::clone(&house), stop.clone(), here.subscribe());
                    tokio::spawn(async move {
                        house.welcome(stream, from, stop).await;
                        drop(here);
                    });
                }
                Err(error) => wait_after(&error, &limits).await,
            }
        }
        drop(listener);
        here.closed().await;
    }
}

/// A caller who is gone again is no fault of ours. Anything else (no file descriptor is free) passes as others leave, and
/// is not asked for again at once: the answer would be the same.
#[expect(clippy::disallowed_methods, reason = "nobody tells when a file descriptor is free")]
async fn wait_after(error: &io::Error, limits: &Limits) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    if matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
        return;
    }
    tracing::error!(%error, "nobody can be let in at the moment");
    sleep(limits.pause).await;
}
