use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, copy},
    net::{TcpListener, TcpStream},
};

/// A relay before a PostgreSQL server, on whose connections the server can fall silent, as when its host dies without a
/// word: what it is asked is taken, and no answer comes.
pub struct Relay {
    /// The database behind it, by way of it.
    pub url: String,
    connections: Arc<AtomicU64>,
    silent: Arc<AtomicU64>,
}

impl Relay {
    /// One before the server of this database.
    pub async fn before(url: &str) -> Self {
        let (beginning, rest) = url.split_once('@').expect("a URL with a user");
        let (server, name) = rest.split_once('/').expect("a URL with a database");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("{beginning}@{}/{name}", listener.local_addr().expect("it listens"));
        let relay = Self { url, connections: Arc::default(), silent: Arc::default() };
        let (connections, silent) = (Arc::clone(&relay.connections), Arc::clone(&relay.silent));
        let server = server.to_owned();
        tokio::spawn(async move {
            while let Ok((caller, _)) = listener.accept().await {
                let number = connections.fetch_add(1, Ordering::SeqCst);
                let server = TcpStream::connect(&server).await.expect("the server of the environment");
                tokio::spawn(hand_on(caller, server, number, Arc::clone(&silent)));
            }
        });
        relay
    }

    /// Nothing of the server's comes any more on the connections that there are. New ones are not concerned.
    pub fn fall_silent(&self) {
        self.silent.store(self.connections.load(Ordering::SeqCst), Ordering::SeqCst);
    }
}

async fn hand_on(mut caller: TcpStream, mut server: TcpStream, number: u64, silent: Arc<AtomicU64>) {
    let ((mut from_caller, mut to_caller), (mut from_server, mut to_server)) =
        (caller.split(), server.split());
    let answers = async {
        let mut buffer = vec![0; 16 * 1024];
        while let Ok(read @ 1..) = from_server.read(&mut buffer).await {
            let is_heard = silent.load(Ordering::SeqCst) <= number;
            if is_heard && to_caller.write_all(&buffer[..read]).await.is_err() {
                break;
            }
        }
    };
    tokio::select! {
        _ = copy(&mut from_caller, &mut to_server) => {}
        () = answers => {}
    }
}
