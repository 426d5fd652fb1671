//! Who is not GitHub gets nothing read, nothing written and nothing told.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderName, HeaderValue, Method},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use futures_util::stream;
use serde_json::json;
use test_app::{Answer, TestApp};

const PATH: &str = "/v1/exposures/github";
const IDENTIFIER: HeaderName = HeaderName::from_static("github-public-key-identifier");
const SIGNATURE: HeaderName = HeaderName::from_static("github-public-key-signature");
/// 1 MiB.
const LIMIT: usize = 1 << 20;

async fn send(app: &TestApp, headers: HeaderMap, body: &[u8]) -> Answer {
    app.send_raw(Method::POST, PATH, headers, body.to_vec()).await
}

async fn refusals(app: &TestApp, reason: &str) -> f64 {
    app.metric(&format!("bailiwick_unauthentic_reports_total{{partner=\"github\",reason=\"{reason}\"}}"))
        .await
}

/// The signature of these headers, decoded.
fn der(headers: &HeaderMap) -> Vec<u8> {
    BASE64_STANDARD.decode(&headers[&SIGNATURE]).expect("it holds here")
}

fn with_signature(headers: &HeaderMap, signature: &str) -> HeaderMap {
    let mut changed = headers.clone();
    changed.insert(SIGNATURE, HeaderValue::try_from(signature).expect("it holds here"));
    changed
}

#[tokio::test]
async fn a_message_that_is_not_githubs_is_counted_by_reason_and_changes_nothing() {
    let app = TestApp::start().await;
    let token = app.workspace("acme").await.token("deploy-bot").await.secret;
    let body = serde_json::to_vec(&json!([{"token": token}])).expect("it holds here");
    // The first authentic message brings the keys into the database.
    app.report_github(&json!([])).await.with_status(200);
    app.until_keys_are_kept().await;
    let before = app.contents().await;

    let good = app.partner.signed("github", &body);
    let stranger = TestApp::start().await;
    let mut trailing = der(&good);
    trailing.push(0);
    let mut missing = good.clone();
    missing.remove(&SIGNATURE);
    let mut anonymous = good.clone();
    anonymous.remove(&IDENTIFIER);
    let mut doubled = good.clone();
    doubled.append(SIGNATURE, good[&SIGNATURE].clone());
    let mut binary = good.clone();
    binary.insert(SIGNATURE, HeaderValue::from_bytes(b"\xff\xfe").expect("it holds here"));
    let refused = [
        ("missing_header", missing),
        ("missing_header", anonymous),
        ("missing_header", HeaderMap::new()),
        ("doubled_header", doubled),
        ("overlong_header", with_signature(&good, &"A".repeat(200))),
        ("malformed_header", binary),
        ("unknown_key", stranger.partner.signed("github", &body)),
        ("malformed_signature", with_signature(&good, "not base64!")),
        ("malformed_signature", with_signature(&good, &BASE64_STANDARD.encode(trailing))),
        ("malformed_signature", with_signature(&good, &BASE64_STANDARD.encode([0x30, 0]))),
        ("wrong_signature", app.partner.signed("github", b"[]")),
    ];
    for (reason, headers) in refused {
        let counted = refusals(&app, reason).await;
        let answer = send(&app, headers, &body).await.with_status(401);
        assert_eq!(answer.text_at("/code"), "unauthentic", "{reason}");
        assert_eq!(answer.headers["content-type"], "application/problem+json");
        assert!((refusals(&app, reason).await - counted - 1.0).abs() < 0.5, "{reason}");
    }
    assert_eq!(app.contents().await, before);
    assert_eq!(app.code(&token).await, "VALID");
    stranger.end().await;
    app.end().await;
}

#[tokio::test]
async fn a_byte_more_or_less_is_another_message() {
    let app = TestApp::start().await;
    let body = br#"[{"token": "some_token", "url": "https://github.com/a/b"}]"#;
    let headers = app.partner.signed("github", body);
    send(&app, headers.clone(), body).await.with_status(200);
    let text = str::from_utf8(body).expect("it holds here");
    for other in
        [format!("{text}\n"), text.replace(": ", ":"), text.replace("a/b", "a/c"), text[1..].to_owned()]
    {
        send(&app, headers.clone(), other.as_bytes()).await.with_status(401);
    }
    app.end().await;
}

#[tokio::test]
async fn nothing_of_a_forged_message_is_repeated_in_the_answer() {
    let app = TestApp::start().await;
    let body = br#"[{"token": "bwk_something_secret"}]"#;
    let answer = send(&app, app.partner.signed("github", b"[]"), body).await.with_status(401);
    assert!(!answer.text.contains("something_secret"), "{}", answer.text);
    app.end().await;
}

#[tokio::test]
async fn header_names_count_in_any_case() {
    let app = TestApp::start().await;
    let served = app.serve().await;
    let body = r#"[{"token": "some_token"}]"#;
    let signed = app.partner.signed("github", body.as_bytes());
    let (identifier, signature) = (
        signed[&IDENTIFIER].to_str().expect("it holds here"),
        signed[&SIGNATURE].to_str().expect("it holds here"),
    );
    let spellings = ["Github-Public-Key-", "GITHUB-PUBLIC-KEY-", "GitHub-Public-Key-", "github-public-key-"];
    for spelling in spellings {
        let mut wire = served.connect().await;
        let request = format!(
            "POST {PATH} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAccept: */*\r\n\
             Content-Type: application/json; charset=utf-8\r\n{spelling}Identifier: {identifier}\r\n\
             {spelling}Signature: {signature}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        wire.write(request).await;
        let answer = wire.read().await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{spelling}: {answer}");
    }
    served.stop();
    served.ended().await;
    app.end().await;
}

/// A body without an announced length, and how much of it was taken.
fn dripping(bytes: usize) -> (Body, Arc<AtomicUsize>) {
    const DROP: usize = 64 * 1024;
    let taken = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&taken);
    let drops = stream::iter((0..bytes / DROP).map(move |_| {
        count.fetch_add(DROP, Ordering::SeqCst);
        Ok::<_, std::io::Error>(Bytes::from(vec![b' '; DROP]))
    }));
    (Body::from_stream(drops), taken)
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_before_it_is_read_whole() {
    let app = TestApp::with(&[("EXPOSURE__MAX_BODY_BYTES", &LIMIT.to_string())]).await;
    let headers = app.partner.signed("github", b"whatever");
    let (body, taken) = dripping(64 * LIMIT);
    let answer = app.send_raw(Method::POST, PATH, headers.clone(), body).await.with_status(413);
    assert_eq!(answer.text_at("/code"), "too_large");
    let taken = taken.load(Ordering::SeqCst);
    assert!(taken <= 2 * LIMIT, "{taken} bytes were read");

    let answer = app.send_raw(Method::POST, PATH, headers, vec![b' '; LIMIT + 1]).await.with_status(413);
    assert_eq!(answer.text_at("/code"), "too_large");
    app.end().await;
}

#[tokio::test]
async fn a_length_over_the_limit_is_refused_before_a_byte_has_come() {
    let app = TestApp::start().await;
    let served = app.serve().await;
    let signed = app.partner.signed("github", b"whatever");
    let (identifier, signature) = (
        signed[&IDENTIFIER].to_str().expect("it holds here"),
        signed[&SIGNATURE].to_str().expect("it holds here"),
    );
    let mut wire = served.connect().await;
    wire.write(format!(
        "POST {PATH} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n\
         {IDENTIFIER}: {identifier}\r\n{SIGNATURE}: {signature}\r\nContent-Length: 10485761\r\n\r\n"
    ))
    .await;
    let answer = wire.read().await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    served.stop();
    served.ended().await;
    app.end().await;
}

#[tokio::test]
async fn a_report_as_large_as_is_taken_is_taken() {
    let app = TestApp::with(&[("EXPOSURE__MAX_BODY_BYTES", &LIMIT.to_string())]).await;
    let mut body = b"[]".to_vec();
    body.resize(LIMIT, b' ');
    app.report_github_raw(&body).await.with_status(200);
    app.end().await;
}

#[tokio::test]
async fn an_authentic_message_that_is_no_list_is_told_so() {
    let app = TestApp::start().await;
    let bodies: [&[u8]; 8] = [
        b"",
        b"not JSON",
        b"{}",
        b"\"text\"",
        b"null",
        b"[{\"token\": \"a\"}",
        b"[] []",
        b"[{\"token\": \"\xff\"}]",
    ];
    for body in bodies {
        let answer = app.report_github_raw(body).await.with_status(400);
        assert_eq!(answer.text_at("/code"), "not_a_list");
    }
    let counted = app.metric("bailiwick_malformed_reports_total{partner=\"github\"}").await;
    assert!((counted - 8.0).abs() < 0.5, "{counted}");
    assert_eq!(app.contents().await.rows("reports"), 0);
    app.end().await;
}
