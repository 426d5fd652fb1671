//! Callers in the open: who is let in without TLS, whom a proxy is believed, and who is cut off.

use std::time::Duration;

use axum::routing::get;
use bailiwick::{
    listen::{Limits, Peer},
    web::{Origin, layers},
};
use serde_json::json;
use test_app::{Process, Served, TestApp, eventually};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    time::Instant,
};
use tower::ServiceExt as _;

const SAFE: &str = "https://accounts.vendor.example";
/// What cuts a caller off in these tests, and far more than that.
const SHORT: Duration = Duration::from_secs(1);
const FAR: Duration = Duration::from_secs(20);

fn limits() -> Limits {
    let mut limits = Limits::default();
    (limits.head, limits.body, limits.quiet) = (FAR * 3, FAR * 3, FAR * 3);
    limits
}

async fn healthy(served: &Served) {
    let mut wire = served.connect().await;
    wire.write("GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await;
    assert!(wire.read().await.starts_with("HTTP/1.1 200 "));
}

/// Waits until this many have been answered that they are alive.
async fn answered(app: &TestApp, many: u32) {
    let counted = "bailiwick_http_requests_total{route=\"/healthz\",method=\"GET\",status=\"200\"}";
    let enough = async || app.metric(counted).await > f64::from(many) - 0.5;
    eventually(FAR, "it is answered", enough).await;
}

#[tokio::test]
async fn a_head_that_does_not_come_to_its_end_is_cut_off() {
    let app = TestApp::start().await;
    let mut limits = limits();
    limits.head = SHORT;
    let served = app.serve_with(limits).await;
    for begun in ["", "GET /healthz HTTP/1.1\r\nHost: loc", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"] {
        let mut wire = served.connect().await;
        wire.write(begun).await;
        let since = Instant::now();
        assert!(!wire.bytes().await.starts_with(b"HTTP/1.1 200"), "{begun:?}");
        assert!(since.elapsed() < FAR, "{begun:?} is cut off by its own limit");
    }
    // The head of a later request, too, on a connection that may be quiet for long.
    let mut wire = served.connect().await;
    wire.write("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    answered(&app, 1).await;
    wire.write("GET /healthz HT").await;
    let since = Instant::now();
    assert!(wire.read().await.starts_with("HTTP/1.1 200 "));
    assert!(since.elapsed() < FAR);
    healthy(&served).await;
    served.stop();
    served.ended().await;
    app.end().await;
}

#[tokio::test]
async fn a_body_that_does_not_come_to_its_end_is_refused_and_its_connection_closed() {
    let app = TestApp::start().await;
    let mut limits = limits();
    limits.body = SHORT;
    let served = app.serve_with(limits).await;
    let mut wire = served.connect().await;
    wire.write(
        "POST /v1/tokens/self-revoke HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
         Content-Length: 100\r\n\r\n{\"token\"",
    )
    .await;
    let since = Instant::now();
    let answer = wire.read().await;
    assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("\"not_read\""), "{answer}");
    let mut report = served.connect().await;
    let headers: String = app
        .partner
        .signed("github", b"[]")
        .iter()
        .map(|(name, value)| format!("{name}: {}\r\n", value.to_str().expect("visible ASCII")))
        .collect();
    let head = format!(
        "POST /v1/exposures/github HTTP/1.1\r\nHost: localhost\r\n{headers}Content-Length: 2\r\n\r\n["
    );
    report.write(head).await;
    let answer = report.read().await;
    assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("\"not_read\""), "{answer}");
    assert!(since.elapsed() < FAR);
    served.stop();
    served.ended().await;
    app.end().await;
}

/// The head and the body of an answer to raw bytes.
async fn answer_to(served: &Served, request: &str) -> (String, String) {
    let mut wire = served.connect().await;
    wire.write(request).await;
    let answer = wire.read().await;
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    (head.to_ascii_lowercase(), body.to_owned())
}

#[tokio::test]
async fn nobody_may_send_more_than_a_route_needs() {
    let app = TestApp::start().await;
    let served = app.serve().await;
    let most = 64 * 1024;
    for (bytes, status, code) in [(most, "404", "not_found"), (most + 1, "413", "too_large")] {
        let mut body = json!({"token": "nobody"}).to_string();
        body.push_str(&" ".repeat(bytes - body.len()));
        let (head, body) = answer_to(
            &served,
            &format!(
                "POST /v1/tokens/self-revoke HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
                 Content-Type: application/json\r\nContent-Length: {bytes}\r\n\r\n{body}"
            ),
        )
        .await;
        assert!(head.starts_with(&format!("http/1.1 {status} ")) && body.contains(code), "{head} {body}");
    }
    served.stop();
    served.ended().await;
    app.end().await;
}

#[tokio::test]
async fn what_is_no_http_gets_a_status_and_nothing_else() {
    let app = TestApp::start().await;
    let served = app.serve().await;
    let long = "x".repeat(40_000);
    for (request, status) in [
        ("GET\u{1} / HTTP/1.1\r\n\r\n".to_owned(), "400"),
        ("GET / HTTP/1.1\r\nno colon\r\n\r\n".to_owned(), "400"),
        (format!("GET /{long} HTTP/1.1\r\n\r\n"), "431"),
        (format!("GET / HTTP/1.1\r\nname: {long}\r\n\r\n"), "431"),
    ] {
        let (head, body) = answer_to(&served, &request).await;
        assert!(head.starts_with(&format!("http/1.1 {status} ")), "{head}");
        assert!(body.is_empty() && !head.contains("xxx") && !head.contains("x-request-id"), "{head}");
    }
    served.stop();
    served.ended().await;
    app.end().await;
}

#[tokio::test]
async fn a_connection_on_which_nothing_happens_is_closed() {
    let app = TestApp::start().await;
    let mut limits = limits();
    limits.quiet = SHORT;
    let served = app.serve_with(limits).await;
    let mut wire = served.connect().await;
    wire.write("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    let since = Instant::now();
    assert!(wire.read().await.starts_with("HTTP/1.1 200 "));
    assert!(since.elapsed() < FAR);
    served.stop();
    served.ended().await;
    app.end().await;
}

#[tokio::test]
async fn a_caller_who_takes_no_answers_is_cut_off() {
    let app = TestApp::start().await;
    let mut limits = limits();
    limits.quiet = SHORT;
    let served = app.serve_with(limits).await;
    let mut wire = tokio::net::TcpStream::connect(served.address).await.expect("it listens");
    // Far more than buffers hold.
    let many = 400;
    let asks = "GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(many);
    wire.write_all(asks.as_bytes()).await.expect("it is read, or lies in the buffers");
    let count = "bailiwick_http_requests_total{route=\"/openapi.json\",method=\"GET\",status=\"200\"}";
    let mut last = (-1.0, Instant::now());
    eventually(FAR, "it answers no more", async || {
        let answered = app.metric(count).await;
        if answered > last.0 {
            last = (answered, Instant::now());
        }
        last.1.elapsed() > SHORT * 4
    })
    .await;
    let mut bytes = Vec::new();
    let read = tokio::time::timeout(FAR, wire.read_to_end(&mut bytes)).await;
    assert!(read.is_ok(), "it has closed the connection");
    let whole = String::from_utf8_lossy(&bytes).matches("HTTP/1.1 200 OK").count();
    assert!(whole < many, "it was cut off: {whole}");
    served.stop();
    served.ended().await;
    app.end().await;
}

#[tokio::test]
async fn the_stop_closes_what_is_quiet_at_once() {
    let app = TestApp::start().await;
    let served = app.serve_with(limits()).await;
    let mut wire = served.connect().await;
    wire.write("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    answered(&app, 1).await;
    let since = Instant::now();
    served.stop();
    served.ended().await;
    assert!(wire.read().await.starts_with("HTTP/1.1 200 "));
    assert!(since.elapsed() < FAR);
    app.end().await;
}

/// A request as it comes from this address over a plain connection.
async fn from(
    app: &TestApp,
    address: [u8; 4],
    path: &str,
    said: &[(&'static str, &str)],
) -> test_app::Answer {
    let mut headers = TestApp::header("host", "accounts.vendor.example");
    for (name, value) in said {
        headers.append(*name, value.parse().expect("visible ASCII"));
    }
    let peer = Peer { address: address.into(), tls: false };
    app.send_from(peer, axum::http::Method::GET, path, headers).await
}

#[tokio::test]
async fn a_stranger_in_the_open_is_refused_whatever_it_says_of_itself() {
    let app = TestApp::with(&[("SERVER__TRUSTED_PROXIES", "10.0.0.0/8"), ("SERVER__PUBLIC_URL", SAFE)]).await;
    let (stranger, proxy) = ([192, 0, 2, 7], [10, 0, 0, 1]);
    let https = [("x-forwarded-for", "198.51.100.1"), ("x-forwarded-proto", "https")];
    let standard = [("forwarded", "for=127.0.0.1;proto=https")];
    for said in [&[][..], &https, &standard] {
        let refused = from(&app, stranger, "/v1/revocable_token_types", said).await.with_status(403);
        assert_eq!(refused.text_at("/code"), "tls_required");
        assert!(!refused.headers.contains_key("location"));
        assert!(!refused.headers.contains_key("strict-transport-security"));
        from(&app, stranger, "/healthz", said).await.with_status(403);
        let page = from(&app, stranger, "/docs?x=1", said).await.with_status(308);
        assert_eq!(page.headers["location"], format!("{SAFE}/docs?x=1"));
    }
    let answer = from(&app, proxy, "/v1/workspaces", &https).await.with_status(401);
    assert!(answer.headers.contains_key("strict-transport-security"));
    from(&app, proxy, "/v1/workspaces", &[]).await.with_status(403);
    from(&app, proxy, "/v1/workspaces", &[https[0], https[1], https[1]]).await.with_status(403);
    for path in ["/healthz", "/readyz", "/metrics"] {
        from(&app, proxy, path, &[]).await.with_status(200);
    }
    from(&app, [127, 0, 0, 1], "/v1/workspaces", &standard).await.with_status(401);
    app.end().await;
}

#[tokio::test]
async fn every_answer_is_guarded_and_has_an_id_of_its_own() {
    let app = TestApp::start().await;
    let openapi = app.get("/openapi.json", "").await.json;
    let documented = openapi["paths"].as_object().expect("an object").iter().flat_map(|(path, methods)| {
        let methods = methods.as_object().expect("an object").keys();
        methods
            .filter_map(|method| Some((method.to_uppercase().parse().ok()?, path.clone())))
            .collect::<Vec<_>>()
    });
    let get = || axum::http::Method::GET;
    let others = [
        (get(), "/docs".to_owned()),
        (get(), "/docs/style.css".to_owned()),
        (get(), "/openapi.json".to_owned()),
        (get(), "/nothing/here".to_owned()),
        (axum::http::Method::PUT, "/v1/workspaces".to_owned()),
        (axum::http::Method::OPTIONS, "/v1/workspaces".to_owned()),
        (axum::http::Method::HEAD, "/docs".to_owned()),
        (get(), "/v1/workspaces/%ff".to_owned()),
    ];
    let mut ids = std::collections::BTreeSet::new();
    let all: Vec<(axum::http::Method, String)> = documented.chain(others).collect();
    assert!(all.len() > 30, "{all:?}");
    for (method, path) in &all {
        for body in [json!({}), json!(["x"])] {
            let answer = app.send(method.clone(), path, "", &body).await;
            guarded(&answer, &format!("{method} {path}"));
            let id = answer.headers["x-request-id"].to_str().expect("visible ASCII").to_owned();
            assert!(id.starts_with("req_") && id.len() == 30 && ids.insert(id), "{method} {path}");
        }
    }
    let peer = Peer { address: [192, 0, 2, 7].into(), tls: false };
    let refused = app.send_from(peer, get(), "/v1/workspaces", axum::http::HeaderMap::new()).await;
    guarded(&refused.with_status(403), "a refusal of plain HTTP");
    app.end().await;
}

fn guarded(answer: &test_app::Answer, which: &str) {
    let header = |name: &str| {
        let values: Vec<_> = answer.headers.get_all(name).iter().collect();
        assert_eq!(values.len(), 1, "{which}: {name}");
        values[0].to_str().expect("visible ASCII")
    };
    let policy = header("content-security-policy");
    for part in ["default-src 'none'", "base-uri 'none'", "form-action", "frame-ancestors 'none'"] {
        assert!(policy.contains(part), "{which}: {policy}");
    }
    assert!(!policy.contains("unsafe") && !policy.contains("script"), "{which}: {policy}");
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        // Public keys may be kept for a while; everything else is somebody's.
        ("cache-control", if which.ends_with("jwks.json") { "public, max-age=3600" } else { "no-store" }),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(header(name), value, "{which}");
    }
    assert!(header("permissions-policy").contains("camera=()"), "{which}");
}

#[tokio::test]
async fn a_handler_is_told_where_a_request_came_from_and_a_panic_is_guarded_too() {
    let app = TestApp::with(&[("SERVER__TRUSTED_PROXIES", "10.0.0.0/8")]).await;
    let routes = axum::Router::new()
        .route(
            "/who",
            get(async |origin: Origin| {
                let address = origin.address.map(|address| address.to_string());
                let told = [address, origin.user_agent, Some(origin.request_id.to_string())];
                told.map(|told| told.unwrap_or_else(|| "-".to_owned())).join("|")
            }),
        )
        .route("/panic", get(async || -> &'static str { panic!("on purpose") }));
    let routes = layers(routes, &app.app).with_state(app.app.clone());
    let ask = async |path: &str, peer: [u8; 4], headers: &[(&str, &str)]| {
        let mut request = axum::http::Request::get(path)
            .header("host", "console.vendor.example")
            .extension(Peer { address: peer.into(), tls: true });
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(axum::body::Body::empty()).expect("a request");
        test_app::Answer::read(routes.clone().oneshot(request).await.expect("an answer")).await
    };
    let said = [("x-forwarded-for", "8.8.8.8, 198.51.100.1"), ("user-agent", "curl/8.5.0")];
    let safe = [&said[..], &[("x-forwarded-proto", "https")]].concat();
    for (peer, headers, expected) in [
        ([10, 0, 0, 1], &safe[..], "198.51.100.1|curl/8.5.0|"),
        ([192, 0, 2, 7], &said[..], "192.0.2.7|curl/8.5.0|"),
        ([10, 0, 0, 1], &[said[0], ("x-forwarded-for", "192.0.2.9")], "192.0.2.9|-|"),
        ([10, 0, 0, 1], &[said[0], ("x-forwarded-for", "unknown")], "-|-|"),
        ([10, 0, 0, 1], &[], "10.0.0.1|-|"),
    ] {
        let answer = ask("/who", peer, headers).await.with_status(200);
        let id = answer.headers["x-request-id"].to_str().expect("visible ASCII");
        assert_eq!(answer.text, format!("{expected}{id}"));
    }
    let fault = ask("/panic", [192, 0, 2, 7], &[]).await.with_status(500);
    guarded(&fault, "a panic");
    assert!(fault.headers.contains_key("strict-transport-security") && !fault.text.contains("purpose"));
    app.end().await;
}

#[tokio::test]
async fn without_a_free_descriptor_callers_wait_and_nothing_ends_or_spins() {
    let app = TestApp::with(&[("SERVER__LISTEN", "127.0.0.1:0")]).await;
    let few = app.folder().join("few");
    let script =
        format!("#!/bin/sh\nulimit -n 60\nexec {} \"$@\"\n", env!("CARGO_BIN_EXE_bailiwick-under-test"));
    std::fs::write(&few, script).expect("the test's folder");
    std::fs::set_permissions(&few, std::os::unix::fs::PermissionsExt::from_mode(0o700))
        .expect("the test's file");
    let server = Process::serve(&few, app.folder(), app.environment()).await;
    let address = server.url.strip_prefix("http://").expect("plain HTTP");
    let mut crowd = Vec::new();
    for _ in 0..100 {
        crowd.push(tokio::net::TcpStream::connect(address).await.expect("the system takes it"));
    }
    let told = || {
        let log = std::fs::read_to_string(app.folder().join("server.log")).unwrap_or_default();
        log.matches("nobody can be let in at the moment").count()
    };
    let since = Instant::now();
    eventually(FAR, "it has told of it twice", async || told() > 1).await;
    // Once a second, and not as fast as it can.
    assert!(told() as u64 <= 2 + since.elapsed().as_secs());
    drop(crowd);
    let answer = reqwest::get(format!("{}/healthz", server.url)).await.expect("an answer");
    assert_eq!(answer.status().as_u16(), 200);
    assert!(server.stop().await.success());
    app.end().await;
}
