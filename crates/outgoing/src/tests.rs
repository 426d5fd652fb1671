use std::{
    collections::HashMap,
    time::{Duration, SystemTime},
};

use axum::{
    Router,
    body::Bytes,
    http::{HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse as _, Redirect},
    routing::{get, post},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use crate::{Answer, Client, Fault, Guard, Request, retry_after};

/// A server on this machine; answers its address.
async fn serve(routes: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, routes).await });
    format!("http://{address}")
}

/// A server that takes a connection, reads what comes first and answers these bytes, then holds still or hangs up.
async fn serve_raw(answer: &'static [u8], hang_up: bool) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut connection, _) = listener.accept().await.unwrap();
        let _ = connection.read(&mut [0; 4096]).await;
        let _ = connection.write_all(answer).await;
        if !hang_up {
            std::future::pending::<()>().await;
        }
    });
    format!("http://{address}")
}

fn client() -> Client {
    let guard = Guard::opening(["127.0.0.1".parse().unwrap()]);
    Client::new("bailiwick-test/1", guard).unwrap()
}

async fn get_from(url: &str) -> crate::Result<Answer> {
    client().send(Request::get(url).unwrap()).await
}

fn echo() -> Router {
    async fn echo(uri: Uri, headers: HeaderMap, body: Bytes) -> String {
        let shown = |name| headers.get(name).map_or("-", |value| value.to_str().unwrap());
        let names = [header::USER_AGENT, header::AUTHORIZATION, header::CONTENT_TYPE, header::IF_NONE_MATCH];
        format!("{uri} {} {}", names.map(shown).join(" | "), String::from_utf8_lossy(&body))
    }
    Router::new().route("/echo", get(echo).post(echo))
}

#[tokio::test]
async fn a_request_arrives_as_it_was_put_together() {
    let url = format!("{}/echo?a=b", serve(echo()).await);
    let get =
        Request::get(&url).unwrap().bearer("t0ken").unwrap().header(header::IF_NONE_MATCH, "\"1\"").unwrap();
    let answer = client().send(get).await.unwrap();
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(
        String::from_utf8(answer.body).unwrap(),
        "/echo?a=b bailiwick-test/1 | Bearer t0ken | - | \"1\" "
    );

    let body = HashMap::from([("a", 1)]);
    let post = Request::post(&url).unwrap().basic("write-key", "").unwrap().json(&body).unwrap();
    let answer = client().send(post).await.unwrap();
    let expected = "/echo?a=b bailiwick-test/1 | Basic d3JpdGUta2V5Og== | application/json | - {\"a\":1}";
    assert_eq!(String::from_utf8(answer.body).unwrap(), expected);
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let url = serve(Router::new().route("/", get(|| async { Redirect::temporary("/elsewhere") }))).await;
    let answer = get_from(&url).await.unwrap();
    assert_eq!(answer.status, StatusCode::TEMPORARY_REDIRECT);
    assert_eq!(answer.header(&header::LOCATION), Some("/elsewhere"));
}

#[tokio::test]
async fn any_status_is_an_answer() {
    let routes = Router::new()
        .route("/", post(|| async { (StatusCode::IM_A_TEAPOT, "short and stout").into_response() }));
    let url = serve(routes).await;
    let answer = client().send(Request::post(&url).unwrap().body("text/plain", Vec::new())).await.unwrap();
    assert_eq!(
        (answer.status, answer.body.as_slice()),
        (StatusCode::IM_A_TEAPOT, b"short and stout".as_slice())
    );
}

#[tokio::test]
async fn an_answer_that_never_comes_is_given_up() {
    let url = serve(Router::new().route("/", get(std::future::pending::<()>))).await;
    let request = Request::get(&url).unwrap().timeout(Duration::from_millis(50));
    assert_eq!(client().send(request).await.unwrap_err(), Fault::Timeout);
}

#[tokio::test]
async fn an_answer_that_stops_halfway_is_given_up() {
    let url = serve_raw(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", false).await;
    let request = Request::get(&url).unwrap().timeout(Duration::from_millis(50));
    assert_eq!(client().send(request).await.unwrap_err(), Fault::Timeout);
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_no_answer() {
    let url = serve_raw(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", true).await;
    assert!(matches!(get_from(&url).await.unwrap_err(), Fault::BrokeOff(_)));
}

#[tokio::test]
async fn an_answer_of_just_the_limit_is_read_and_one_byte_more_is_too_long() {
    let url = serve(Router::new().route("/", get(|| async { "0123456789" }))).await;
    let limited = |most| Request::get(&url).unwrap().max_answer_bytes(most);
    assert_eq!(client().send(limited(10)).await.unwrap().body, b"0123456789");
    assert_eq!(client().send(limited(9)).await.unwrap_err(), Fault::TooLong);
}

#[tokio::test]
async fn an_answer_that_does_not_say_its_length_is_limited_as_well() {
    let chunks = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n5\r\n56789\r\n";
    let url = serve_raw(chunks, false).await;
    let request = Request::get(&url).unwrap().max_answer_bytes(9);
    assert_eq!(client().send(request).await.unwrap_err(), Fault::TooLong);
}

#[tokio::test]
async fn nobody_listening_is_unreachable_and_the_fault_tells_no_secret() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let fault = get_from(&format!("http://user:hush@{address}/path?key=hush")).await.unwrap_err();
    assert!(matches!(fault, Fault::Unreachable(_)), "{fault}");
    let shown = format!("{fault} {fault:?}");
    assert!(!shown.contains("hush") && !shown.contains("127.0.0.1"), "{shown}");
}

#[test]
fn what_cannot_be_sent_is_refused_without_repeating_it() {
    for url in ["", "hush", "ftp://hush/", "data:hush", "http://"] {
        let fault = Request::get(url).unwrap_err();
        assert!(matches!(&fault, Fault::Unsendable(why) if !why.contains("hush")), "{fault}");
    }
    let fault = Request::get("http://localhost").unwrap().bearer("hush\n").unwrap_err();
    assert!(matches!(&fault, Fault::Unsendable(why) if !why.contains("hush")), "{fault}");
}

#[test]
fn debug_of_a_request_shows_method_and_host_alone() {
    let request = Request::post("https://user:hush@example.com/hush?hush").unwrap().bearer("hush").unwrap();
    assert_eq!(format!("{:?}", request.body("text/hush", b"hush".to_vec())), "Request(POST example.com)");
}

#[test]
fn retry_after_is_seconds_or_a_date() {
    let when = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
    for (text, wait) in [
        ("120", Some(120)),
        (" 0 ", Some(0)),
        ("99999999999999999999999", Some(u64::MAX)),
        ("Sun, 06 Nov 1994 08:50:07 GMT", Some(30)),
        ("Sun, 06 Nov 1994 08:49:07 GMT", Some(0)),
        ("", None),
        ("-1", None),
        ("soon", None),
    ] {
        let headers = HeaderMap::from_iter([(header::RETRY_AFTER, text.parse().unwrap())]);
        let answer = Answer { status: StatusCode::TOO_MANY_REQUESTS, headers, body: Vec::new() };
        assert_eq!(retry_after(&answer, when), wait.map(Duration::from_secs), "{text}");
    }
    let silent =
        Answer { status: StatusCode::TOO_MANY_REQUESTS, headers: HeaderMap::new(), body: Vec::new() };
    assert_eq!(retry_after(&silent, when), None);
}

#[tokio::test]
async fn where_the_status_is_enough_the_body_is_not_waited_for() {
    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\nRetry-After: 7\r\n\r\nx";
    for hang_up in [false, true] {
        let url = serve_raw(answer, hang_up).await;
        let request = Request::get(&url).unwrap().max_answer_bytes(1).without_answer_body();
        let answer = client().send(request).await.unwrap();
        assert_eq!((answer.status, answer.body.len()), (StatusCode::OK, 0));
        assert_eq!(answer.header(&header::RETRY_AFTER), Some("7"));
    }
}
