//! Serving: the listener, the workers, and the end of both.

use std::{collections::BTreeSet, net::SocketAddr, sync::Arc, time::Duration};

use tokio::{net::TcpListener, sync::watch};

use crate::{
    app::{App, Opened, StartFault, World, open_database},
    audit,
    config::Settings,
    jobs,
    listen::{self, Certificate, Door, Limits},
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
        for task in [workers, rounds, streaming] {
            task.await.map_err(StartFault::other)?;
        }
        if let Err(fault) = tokens::flush_last_used(&self.app.db, &self.app.tokens).await {
            tracing::warn!(%fault, "last uses could not be written at the end");
        }
        if let Err(fault) = audit::record_refused(&self.app.db, self.app.now(), &self.app.refusals).await {
            tracing::warn!(%fault, "the last refusals could not be put on record");
        }
        self.app.db.close().await;
        Ok(())
    }
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
/// How often this node looks what others did, and whose turn it is.
const ROUND: Duration = Duration::from_secs(1);

/// What this node does by itself, round after round. A database that is away is waited for.
async fn rounds(app: App, mut stop: watch::Receiver<bool>) {
    let mut round = tokio::time::interval(ROUND);
    round.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut owed = BTreeSet::new();
    loop {
        tokio::select! {
            _ = round.tick() => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        if let Err(fault) = one_round(&app, &mut owed).await {
            tracing::warn!(%fault, "the database is out of reach");
        }
    }
}

/// Delivers the audit to whoever the settings name, turn after turn. It has rounds of its own: the receiver may be slow.
async fn streaming(app: App, mut stop: watch::Receiver<bool>) {
    while app.stream.is_some() && !*stop.borrow() {
        match audit::deliver_entries(&app).await {
            Ok(audit::Turn::GoesOn) => continue,
            Ok(audit::Turn::Done | audit::Turn::Waits) => {}
            Err(fault) => tracing::warn!(%fault, "the database is out of reach"),
        }
        let _ = tokio::time::timeout(ROUND, stop.wait_for(|stop| *stop)).await;
    }
}

async fn one_round(app: &App, owed: &mut BTreeSet<&'static str>) -> store::Result<()> {
    app.tokens.refresh(&app.db).await?;
    tokens::flush_last_used(&app.db, &app.tokens).await?;
    match audit::record_refused(&app.db, app.now(), &app.refusals).await {
        Err(fault) if fault.is_away() => return Err(fault),
        Err(fault) => tracing::warn!(%fault, "refusals are not on record yet"),
        Ok(()) => {}
    }
    // Somebody who read may have kept whoever destroyed a key from it.
    app.db.empty_log_if_wanted().await?;
    jobs::take_turns(app, owed).await
}
