use std::{net::SocketAddr, sync::Arc, time::Duration};

use bailiwick::{
    app::StartFault,
    config::Settings,
    listen::{Certificate, Limits},
    serve::Server,
};
use time_and_chance::FixedClock;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::watch,
    task::JoinHandle,
};

use crate::{Place, TestApp};

/// How long anything over a connection may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// A node that listens on a port and works off jobs by itself, as the program does.
pub struct Served {
    /// Where it listens.
    pub address: SocketAddr,
    /// The same as the program says it.
    pub url: String,
    /// Its certificate, if it has one.
    pub certificate: Option<Arc<Certificate>>,
    stop: watch::Sender<bool>,
    ends: JoinHandle<Result<(), StartFault>>,
}

impl TestApp {
    /// One more node on the same database, with the same clock.
    pub async fn serve(&self) -> Served {
        self.serve_with(Limits::default()).await
    }

    /// The same with other limits on how long callers may take.
    pub async fn serve_with(&self, limits: Limits) -> Served {
        self.place.serve(self.app.settings.clone(), &self.clock, limits).await
    }
}

impl Place {
    /// A node of these settings that listens on a free port.
    pub(crate) async fn serve(&self, mut settings: Settings, clock: &FixedClock, limits: Limits) -> Served {
        settings.server.listen = SocketAddr::from(([127, 0, 0, 1], 0));
        let server = Server::bind(settings, self.world(clock)).await.expect("the node starts");
        let (stop, stopped) = watch::channel(false);
        let (address, certificate, url) = (server.address(), server.certificate(), server.url());
        let ends = tokio::spawn(server.with_limits(limits).serve(stopped));
        Served { address, url, certificate, stop, ends }
    }
}

impl Served {
    /// Tells it to stop, as a signal does.
    pub fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// Waits until it has ended, well.
    pub async fn ended(self) {
        let ended = tokio::time::timeout(PATIENCE, self.ends).await.expect("it ends in time");
        ended.expect("it does not panic").expect("it ends well");
    }

    /// A connection to it.
    pub async fn connect(&self) -> Wire {
        Wire(TcpStream::connect(self.address).await.expect("it listens"))
    }
}

/// A connection on which a test writes and reads bytes as they are.
pub struct Wire(TcpStream);

impl Wire {
    /// Sends these bytes.
    pub async fn write(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.write_all(bytes.as_ref()).await.expect("the other side reads");
    }

    /// Everything that comes until the other side closes. Ask it to: `Connection: close`.
    pub async fn read(self) -> String {
        String::from_utf8(self.bytes().await).expect("answers are UTF-8")
    }

    /// The same, whatever it is.
    pub async fn bytes(mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let read = tokio::time::timeout(PATIENCE, self.0.read_to_end(&mut bytes)).await;
        read.expect("an answer in time").expect("a whole answer");
        bytes
    }
}
