//! Serving: the listener, the workers, and the end of both.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

use crate::{
    app::{App, Opened, StartFault, World, open_database},
    audit,
    config::Settings,
    listen::{self, Certificate, Door, Limits},
    rounds::{rounds, streaming},
    routes, tokens,
};

/// A server that listens and has not begun to serve.
pub struct Server {
    app: App,
    listener: TcpListener,
    address: SocketAddr,
    certificate: Option<Arc<Certificate>>,
    limits: Limits,
}

impl Server {
    /// Listens where the settings say, on their database.
    pub async fn bind(settings: Settings, world: World) -> Result<Self, StartFault> {
        // Before the database is touched: a start that is refused changes nothing.
        way_in(&settings, &world).await?;
        let opened = open_database(&settings, &world).await?;
        Self::bind_with(settings, opened, world).await
    }

    /// Listens where the settings say, on an open database.
    pub async fn bind_with(settings: Settings, opened: Opened, world: World) -> Result<Self, StartFault> {
        let certificate = way_in(&settings, &world).await?;
        let listen = settings.server.listen;
        let cannot = |error: std::io::Error| StartFault::other(format!("cannot listen on {listen}: {error}"));
        let listener = TcpListener::bind(listen).await.map_err(cannot)?;
        let address = listener.local_addr().map_err(cannot)?;
        let public_url = settings.public_url(address);
        let app = App::new(settings, public_url, opened, world).await?;
        if let Some(prefix) = tokens::unnamed_prefix(&app.db, &app.prefixes).await? {
            return Err(StartFault::other(format!(
                "there are tokens with the prefix \"{prefix}\", which the settings do not name: they would leak unnoticed. \
                 Add it to token.former_prefixes"
            )));
        }
        Ok(Self { app, listener, address, certificate, limits: Limits::default() })
    }

    /// The app.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it listens, as the first line of a program's output says it.
    pub fn url(&self) -> String {
        format!("{}://{}", listen::scheme(&self.app.settings.server), self.address)
    }

    /// Its certificate, for whoever is told that there is a new one.
    pub fn certificate(&self) -> Option<Arc<Certificate>> {
        self.certificate.clone()
    }

    /// The same with other limits on how long callers may take.
    pub fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Serves until `stop` says so; then finishes what it has begun.
    pub async fn serve(self, stop: watch::Receiver<bool>) -> Result<(), StartFault> {
        let (router, _) = routes::router(self.app.clone());
        let workers = tokio::spawn(self.app.queue.clone().serve(stop.clone()));
        let rounds = tokio::spawn(rounds(self.app.clone(), stop.clone()));
        let streaming = tokio::spawn(streaming(self.app.clone(), stop.clone()));
        let door =
            Door { listener: self.listener, router, certificate: self.certificate, limits: self.limits };
        let mut serving = std::pin::pin!(door.serve(stop.clone()));
        tokio::select! {
            () = &mut serving => {}
            () = until(stop) => {
                if tokio::time::timeout(LAST_CALL, serving).await.is_err() {
                    tracing::warn!("stopped without some callers, who had begun and did not go on");
                }
            }
        }
        let ended = all_ended([workers, rounds, streaming]).await;
        if let Err(fault) = tokens::flush_last_used(&self.app.db, &self.app.tokens).await {
            tracing::warn!(%fault, "last uses could not be written at the end");
        }
        if let Err(fault) = audit::record_refused(&self.app.db, self.app.now(), &self.app.refusals).await {
            tracing::warn!(%fault, "the last refusals could not be put on record");
        }
        self.app.db.close().await;
        ended
    }
}

/// Waits for each of them, whatever becomes of the others, and answers how the first ended that did not end well.
async fn all_ended(tasks: [JoinHandle<()>; 3]) -> Result<(), StartFault> {
    let mut ended = Ok(());
    for task in tasks {
        ended = ended.and(task.await.map_err(StartFault::other));
    }
    ended
}

/// The certificate, if there is one, where it may be listened.
async fn way_in(settings: &Settings, world: &World) -> Result<Option<Arc<Certificate>>, StartFault> {
    listen::may_listen(&settings.server)?;
    Certificate::of(&settings.server, Arc::clone(&world.clock)).await
}

/// Waits until `stop` says so.
async fn until(mut stop: watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

/// How long callers that have begun are waited for after the stop. Somebody who never finishes must not keep a node from
/// ending; whoever supervises it usually kills it after 30 s.
const LAST_CALL: Duration = Duration::from_secs(20);

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn all_are_waited_for_whatever_becomes_of_one() {
        let (tell, mut told) = tokio::sync::oneshot::channel();
        let last = async move {
            tokio::task::yield_now().await;
            tell.send(()).expect("somebody listens");
        };
        let tasks = [tokio::spawn(async { panic!("a mistake") }), tokio::spawn(async {}), tokio::spawn(last)];
        assert!(all_ended(tasks).await.is_err());
        assert_eq!(told.try_recv(), Ok(()));
    }
}
