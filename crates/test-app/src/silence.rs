use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokio::{
    io::AsyncReadExt as _,
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
};

/// A server that lets everybody in and says nothing.
pub struct Silence {
    kept: Arc<AtomicUsize>,
    listening: JoinHandle<()>,
}

impl Silence {
    /// One on this port of the loopback address.
    pub async fn start(port: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.expect("the port is free");
        let kept = Arc::default();
        Self { listening: tokio::spawn(listen(listener, Arc::clone(&kept))), kept }
    }

    /// How many callers it keeps waiting at this moment.
    pub fn callers(&self) -> usize {
        self.kept.load(Ordering::SeqCst)
    }

    /// Hangs up on all of them, and leaves the port.
    pub async fn end(self) {
        self.listening.abort();
        let _ = self.listening.await;
    }
}

async fn listen(listener: TcpListener, kept: Arc<AtomicUsize>) {
    let mut callers = JoinSet::new();
    while let Ok((caller, _)) = listener.accept().await {
        callers.spawn(keep(caller, Arc::clone(&kept)));
    }
}

/// Until the caller hangs up.
async fn keep(mut caller: TcpStream, kept: Arc<AtomicUsize>) {
    kept.fetch_add(1, Ordering::SeqCst);
    let mut heard = [0; 1024];
    while caller.read(&mut heard).await.is_ok_and(|bytes| bytes > 0) {}
    kept.fetch_sub(1, Ordering::SeqCst);
}
