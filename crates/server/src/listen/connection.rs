use std::{
    convert::Infallible,
    net::SocketAddr,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll, ready},
};

use axum::{Router, extract::Request, http::Version, response::Response};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto::Builder,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    sync::watch,
    time::{Duration, Instant, Sleep, sleep_until, timeout},
};
use tokio_rustls::TlsAcceptor;
use tower::Service as _;

use super::{
    Limits, Peer,
    body::{offered, timed},
    pulse::{Due, Heard, Pulse},
};
use crate::telemetry;

/// What all connections share.
pub(super) struct House {
    pub router: Router,
    pub tls: Option<TlsAcceptor>,
    pub limits: Limits,
    builder: Builder<TokioExecutor>,
}

impl House {
    pub fn new(router: Router, tls: Option<TlsAcceptor>, limits: Limits) -> Self {
        let mut builder = Builder::new(TokioExecutor::new());
        builder
            .http1()
            .timer(TokioTimer::new())
            // Our own pulse keeps the time: hyper's would run while a connection is quiet.
            .header_read_timeout(None)
            .max_buf_size(limits.head_bytes as usize);
        builder
            .http2()
            .timer(TokioTimer::new())
            .max_concurrent_streams(limits.streams)
            .max_header_list_size(limits.head_bytes)
            .keep_alive_interval(limits.ping)
            .keep_alive_timeout(limits.ping);
        Self { router, tls, limits, builder }
    }

    /// Takes a connection from its first byte to its end. A handshake takes nobody else's time.
    pub async fn welcome(self: Arc<Self>, stream: TcpStream, from: SocketAddr, stop: watch::Receiver<bool>) {
        // Answers are small and each is whole: there is nothing to wait for.
        let _ = stream.set_nodelay(true);
        let Some(tls) = &self.tls else {
            return self.converse(stream, Peer::new(from, false), stop).await;
        };
        match timeout(self.limits.handshake, tls.accept(stream)).await {
            Ok(Ok(stream)) => self.converse(stream, Peer::new(from, true), stop).await,
            // A stranger's matter, and anybody's to cause: counted, and nothing more.
            Ok(Err(_)) | Err(_) => metrics::counter!(telemetry::TLS_HANDSHAKES_FAILED).increment(1),
        }
    }

    async fn converse<S>(&self, stream: S, peer: Peer, mut stop: watch::Receiver<bool>)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let pulse = Pulse::begin();
        let io = TokioIo::new(Heard::new(stream, pulse.clone()));
        let room = Room { router: self.router.clone(), peer, pulse: pulse.clone(), body: self.limits.body };
        let service = service_fn(move |request| room.clone().answer(request));
        let mut connection = pin!(self.builder.serve_connection(io, service));
        let mut alarm = pin!(sleep_until(Instant::now() + self.limits.head));
        // Once nothing new is to come, by when the goodbye must be through.
        let mut leaving: Option<Instant> = None;
        loop {
            let time_is_up = std::future::poll_fn(|cx| {
                if connection.as_mut().poll(cx).is_ready() {
                    return Poll::Ready(None);
                }
                self.ring(alarm.as_mut(), &pulse, leaving, cx).map(Some)
            });
            tokio::select! {
                due = time_is_up => match due {
                    Some(Due::Quiet) if leaving.is_none() => {}
                    // It has ended; or it is cut off, as whoever stopped in the middle of a head hears nothing.
                    _ => return,
                },
                _ = stop.wait_for(|stop| *stop), if leaving.is_none() => {}
            }
            leaving = Some(Instant::now() + self.limits.head);
            connection.as_mut().graceful_shutdown();
        }
    }

    /// Ready when the connection's time is up. The alarm is only ever set later when it rings, as most requests come long
    /// before.
    fn ring(
        &self,
        mut alarm: Pin<&mut Sleep>,
        pulse: &Pulse,
        leaving: Option<Instant>,
        cx: &mut Context<'_>,
    ) -> Poll<Due> {
        loop {
            let due = pulse.due(&self.limits).map(|(at, due)| match (due, leaving) {
                (Due::Quiet, Some(until)) => (until, due),
                _ => (at, due),
            });
            let at = due.map_or_else(|| Instant::now() + self.limits.quiet, |(at, _)| at);
            if at < alarm.deadline() {
                alarm.as_mut().reset(at);
            }
            ready!(alarm.as_mut().poll(cx));
            match due {
                Some((at, due)) if at <= Instant::now() => return Poll::Ready(due),
                _ => alarm.as_mut().reset(at),
            }
        }
    }
}

/// What a connection's requests share.
#[derive(Clone)]
struct Room {
    router: Router,
    peer: Peer,
    pulse: Pulse,
    body: Duration,
}

impl Room {
    async fn answer(mut self, request: hyper::Request<Incoming>) -> Result<Response, Infallible> {
        let under_way = self.pulse.request(request.version() == Version::HTTP_2);
        let until = Instant::now() + self.body;
        let mut request: Request = request.map(|body| timed(body, until));
        request.extensions_mut().insert(self.peer);
        let answer = self.router.call(request).await?;
        Ok(answer.map(|body| offered(body, under_way)))
    }
}
