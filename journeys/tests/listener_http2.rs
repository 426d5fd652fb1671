//! Callers who speak HTTP/2 and do not take what they are answered, byte by byte.

use std::time::Duration;

use axum::{
    body::{Body, Bytes},
    http::Request,
};
use bailiwick::{
    listen::{Limits, Peer},
    routes,
};
use test_app::{Served, TestApp};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::{Instant, timeout},
};
use tower::ServiceExt as _;

/// What cuts a caller off in these tests, and far more than that.
const SHORT: Duration = Duration::from_secs(1);
const FAR: Duration = Duration::from_secs(20);

/// Types of frames, and flags (RFC 9113, section 6).
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
const WINDOW_UPDATE: u8 = 8;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

/// A caller whose answers' bodies may be this long together, per request, until it says otherwise.
struct Caller {
    stream: TcpStream,
    asked: u32,
}

impl Caller {
    async fn with_window(served: &Served, window: u32) -> Self {
        let stream = TcpStream::connect(served.address).await.expect("it listens");
        let mut caller = Self { stream, asked: 0 };
        caller.write(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await;
        // SETTINGS_INITIAL_WINDOW_SIZE.
        let setting = [&[0, 4][..], &window.to_be_bytes()].concat();
        caller.write(&frame(SETTINGS, 0, 0, &setting)).await;
        caller
    }

    /// Begins a request, and answers its stream.
    async fn ask(&mut self, method: &str, path: &str) -> u32 {
        let stream = self.asked * 2 + 1;
        self.asked += 1;
        // Static names without an index (RFC 7541, section 6.2.2): `:method`, `:scheme`, `:path`, `:authority`.
        let mut head = Vec::new();
        for (name, value) in [(2, method), (6, "http"), (4, path), (1, "localhost")] {
            head.extend([name, u8::try_from(value.len()).expect("it is short")]);
            head.extend(value.as_bytes());
        }
        self.write(&frame(HEADERS, END_STREAM | END_HEADERS, stream, &head)).await;
        stream
    }

    async fn write(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.expect("the other side reads");
    }

    /// The next frame's type, flags, stream and payload; none if the other side has closed.
    async fn frame(&mut self) -> Option<(u8, u8, u32, Vec<u8>)> {
        let mut head = [0; 9];
        timeout(FAR, self.stream.read_exact(&mut head)).await.expect("a frame, or the end, in time").ok()?;
        let [a, b, c, kind, flags, stream @ ..] = head;
        let mut payload = vec![0; u32::from_be_bytes([0, a, b, c]) as usize];
        self.stream.read_exact(&mut payload).await.ok()?;
        Some((kind, flags, u32::from_be_bytes(stream), payload))
    }

    /// Reads until the other side closes, and answers how many bytes of bodies came.
    async fn read_out(mut self) -> usize {
        let mut came = 0;
        while let Some((kind, _, _, payload)) = self.frame().await {
            came += if kind == DATA { payload.len() } else { 0 };
        }
        came
    }
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("it is short").to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// Nobody is cut off by another limit than that on answers that are not taken.
fn limits() -> Limits {
    let mut limits = Limits::default();
    (limits.head, limits.body, limits.ping) = (FAR * 3, FAR * 3, FAR * 3);
    limits.quiet = SHORT;
    limits
}

#[tokio::test]
async fn a_caller_who_opens_no_window_for_its_answers_is_cut_off() {
    let app = TestApp::start().await;
    let served = app.serve_with(limits()).await;
    for window in [0, 1] {
        let mut caller = Caller::with_window(&served, window).await;
        for _ in 0..120 {
            caller.ask("GET", "/docs").await;
        }
        let since = Instant::now();
        assert!(caller.read_out().await <= 120);
        assert!(since.elapsed() < FAR, "with a window of {window}");
    }
    served.stop();
    served.ended().await;
    app.end().await;
}

#[tokio::test]
async fn an_answer_that_is_not_taken_ends_the_connection_whatever_else_is_asked_on_it() {
    let app = TestApp::start().await;
    let served = app.serve_with(limits()).await;
    for window in [0, 1] {
        let mut caller = Caller::with_window(&served, window).await;
        caller.ask("GET", "/docs").await;
        let since = Instant::now();
        let mut last = caller.ask("HEAD", "/healthz").await;
        while let Some((kind, _, stream, _)) = caller.frame().await {
            assert!(since.elapsed() < FAR, "with a window of {window}");
            if (kind, stream) == (HEADERS, last) {
                last = caller.ask("HEAD", "/healthz").await;
            }
        }
    }
    served.stop();
    served.ended().await;
    app.end().await;
}

#[tokio::test]
async fn an_answer_that_is_taken_little_by_little_comes_whole() {
    let app = TestApp::start().await;
    let served = app.serve_with(limits()).await;
    let page = app.get("/docs", "").await.text;
    assert!(page.len() > 100_000, "{}", page.len());
    let mut caller = Caller::with_window(&served, 0).await;
    let stream = caller.ask("GET", "/docs").await;
    let mut came = Vec::new();
    loop {
        let (kind, flags, of, payload) = caller.frame().await.expect("it goes on");
        if of != stream {
            continue;
        }
        if kind == DATA {
            came.extend(payload);
            if flags & END_STREAM != 0 {
                break;
            }
        }
        let more = 10_000_u32.to_be_bytes();
        for of in [0, stream] {
            caller.write(&frame(WINDOW_UPDATE, 0, of, &more)).await;
        }
    }
    assert!(came == page.as_bytes(), "{} of {} bytes", came.len(), page.len());
    served.stop();
    served.ended().await;
    app.end().await;
}

#[tokio::test]
async fn what_is_the_same_for_everybody_is_not_copied_for_each_answer() {
    let app = TestApp::start().await;
    let (router, _) = routes::router(app.app.clone());
    let body = async |path: &str| -> Bytes {
        let peer = Peer { address: [127, 0, 0, 1].into(), tls: false };
        let request = Request::get(path).extension(peer).body(Body::empty()).expect("a request");
        let answer = router.clone().oneshot(request).await.expect("an answer");
        axum::body::to_bytes(answer.into_body(), usize::MAX).await.expect("a body")
    };
    for path in ["/docs", "/docs/style.css", "/openapi.json"] {
        let (one, other) = (body(path).await, body(path).await);
        assert!(one.len() > 1000, "{path}");
        assert_eq!(one.as_ptr(), other.as_ptr(), "{path}");
    }
    app.end().await;
}
