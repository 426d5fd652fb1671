//! TLS as callers see it: protocols, a certificate that is replaced under load, and one that cannot be used.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use bailiwick::listen::Limits;
use reqwest::{Certificate, Client, Version};
use test_app::{Authority, Process, TestApp, eventually};
use tokio::{io::AsyncReadExt as _, net::TcpStream};

const PROGRAM: &str = env!("CARGO_BIN_EXE_bailiwick-under-test");
const LONG: Duration = Duration::from_secs(30);
const VALID: [i32; 2] = [2020, 2099];

fn client(authority: &Authority) -> reqwest::ClientBuilder {
    let root = Certificate::from_pem(authority.pem().as_bytes()).expect("PEM");
    Client::builder().tls_certs_only([root]).no_proxy().timeout(LONG)
}

async fn app_with(
    authority: &Authority,
    more: &[(&str, &str)],
) -> (TestApp, test_app::CertifiedFiles, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let files = authority.certify_in(folder.path(), VALID);
    let app = TestApp::with(&[&files.settings()[..], more].concat()).await;
    (app, files, folder)
}

#[tokio::test]
async fn callers_are_answered_over_http2_and_http1() {
    let authority = Authority::found();
    let (app, _files, _folder) = app_with(&authority, &[]).await;
    let served = app.serve().await;
    assert!(served.url.starts_with("https://127.0.0.1:"), "{}", served.url);
    for (client, version) in [
        (client(&authority), Version::HTTP_2),
        (client(&authority).http1_only(), Version::HTTP_11),
        (client(&authority).tls_version_max(reqwest::tls::Version::TLS_1_2), Version::HTTP_2),
    ] {
        let answer = client.build().expect("a client").get(format!("{}/healthz", served.url)).send().await;
        let answer = answer.expect("an answer");
        assert_eq!((answer.status().as_u16(), answer.version()), (200, version));
        assert!(
            answer.headers()["strict-transport-security"]
                .to_str()
                .is_ok_and(|always| always.contains("63072000"))
        );
    }
    let stranger = Authority::found();
    let unknown =
        client(&stranger).build().expect("a client").get(format!("{}/healthz", served.url)).send().await;
    assert!(unknown.is_err(), "a certificate of another authority is no proof");
    served.stop();
    served.ended().await;
    app.end().await;
}

#[tokio::test]
async fn who_speaks_plain_http_to_it_gets_no_answer() {
    let (app, _files, _folder) = app_with(&Authority::found(), &[]).await;
    let served = app.serve().await;
    let mut wire = served.connect().await;
    wire.write("GET /docs HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    let said = wire.bytes().await;
    assert!(!said.starts_with(b"HTTP"), "{said:?}");
    served.stop();
    served.ended().await;
    app.end().await;
}

/// The first certificate that a new caller is shown, by what it can be verified with.
async fn trusts(authority: &Authority, url: &str) -> bool {
    let client = client(authority).build().expect("a client");
    client.get(format!("{url}/healthz")).send().await.is_ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_is_replaced_under_load_without_a_dropped_connection() {
    let (old, new) = (Authority::found(), Authority::found());
    let (app, files, _folder) = app_with(&old, &[]).await;
    let mut limits = Limits::default();
    limits.look = Duration::from_millis(20);
    let served = app.serve_with(limits).await;
    let (enough, answered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    // Each keeps its connection, which was made with the old certificate and could not be made anew.
    let callers: Vec<_> = (0..8)
        .map(|number| {
            let builder = if number % 2 == 0 { client(&old) } else { client(&old).http1_only() };
            let client = builder.pool_max_idle_per_host(1).build().expect("a client");
            let (enough, answered, url) = (Arc::clone(&enough), Arc::clone(&answered), served.url.clone());
            tokio::spawn(async move {
                while !enough.load(Ordering::SeqCst) {
                    let answer = client.get(format!("{url}/healthz")).send().await.expect("an answer");
                    assert_eq!(answer.text().await.expect("a whole answer"), "alive\n");
                    answered.fetch_add(1, Ordering::SeqCst);
                }
            })
        })
        .collect();
    eventually(LONG, "all are at it", async || answered.load(Ordering::SeqCst) > 50).await;
    files.replace(new.certify(VALID));
    eventually(LONG, "new callers see the new certificate", async || trusts(&new, &served.url).await).await;
    assert!(!trusts(&old, &served.url).await, "and no longer the old one");
    let until_now = answered.load(Ordering::SeqCst);
    eventually(LONG, "the old ones go on", async || answered.load(Ordering::SeqCst) > until_now + 50).await;
    enough.store(true, Ordering::SeqCst);
    for caller in callers {
        caller.await.expect("no request of its failed");
    }
    served.stop();
    served.ended().await;
    app.end().await;
}

#[tokio::test]
async fn a_certificate_that_cannot_be_used_is_told_of_and_the_one_before_stays() {
    let authority = Authority::found();
    let (app, files, _folder) = app_with(&authority, &[]).await;
    let served = app.serve().await;
    let certificate = served.certificate.clone().expect("there is one");
    let [other, _] = authority.certify(VALID);
    let expired = authority.certify([2020, 2021]);
    let failed = async || app.metric("bailiwick_tls_reloads_failed_total").await;
    std::fs::write(&files.certificate, other).expect("the test's file");
    certificate.look_again();
    assert!((failed().await - 1.0).abs() < 0.1, "the key is another's");
    files.replace(expired);
    certificate.look_again();
    assert!((failed().await - 2.0).abs() < 0.1, "it has expired");
    std::fs::remove_file(&files.key).expect("the test's file");
    certificate.look_again();
    assert!((failed().await - 3.0).abs() < 0.1, "the key is gone");
    assert!(trusts(&authority, &served.url).await);
    let expires_at = app.metric("bailiwick_tls_certificate_expires_at").await;
    assert!(expires_at > 4e9, "that of the one in use: {expires_at}");

    let renewed = Authority::found();
    files.replace(renewed.certify(VALID));
    certificate.look_again();
    assert!(trusts(&renewed, &served.url).await && !trusts(&authority, &served.url).await);
    assert!((failed().await - 3.0).abs() < 0.1);
    served.stop();
    served.ended().await;
    app.end().await;
}

#[tokio::test]
async fn a_slow_handshake_holds_up_nobody_and_is_cut_off() {
    let authority = Authority::found();
    let (app, _files, _folder) = app_with(&authority, &[]).await;
    let mut limits = Limits::default();
    limits.handshake = Duration::from_secs(4);
    let served = app.serve_with(limits).await;
    let mut slow = Vec::new();
    for _ in 0..20 {
        slow.push(TcpStream::connect(served.address).await.expect("it listens"));
    }
    assert!(trusts(&authority, &served.url).await);
    for mut stream in slow {
        let ended = tokio::time::timeout(LONG, stream.read_u8()).await;
        assert!(ended.expect("it is cut off").is_err());
    }
    assert!(app.metric("bailiwick_tls_handshakes_failed_total").await > 19.5);
    served.stop();
    served.ended().await;
    app.end().await;
}

/// What the program says when it does not start.
async fn refusal(app: &TestApp, program: &Path) -> String {
    let ended = tokio::process::Command::new(program)
        .arg("serve")
        .env_clear()
        .envs(app.environment().iter().cloned())
        .current_dir(app.folder())
        .output()
        .await
        .expect("the program starts");
    let said = String::from_utf8(ended.stderr).expect("UTF-8");
    assert_eq!((ended.status.code(), ended.stdout.as_slice()), (Some(1), &b""[..]), "{said}");
    said
}

#[tokio::test]
async fn a_certificate_that_cannot_be_used_keeps_the_program_from_starting() {
    let authority = Authority::found();
    let (app, files, _folder) = app_with(&authority, &[("SERVER__LISTEN", "127.0.0.1:0")]).await;
    let program = Path::new(PROGRAM);
    std::fs::write(&files.certificate, &authority.certify(VALID)[0]).expect("the test's file");
    let said = refusal(&app, program).await;
    assert!(
        said.contains("server.tls_key: the key in") && said.contains("is not that of the certificate"),
        "{said}"
    );

    files.replace(authority.certify(VALID));
    let server = Process::serve(program, app.folder(), app.environment()).await;
    assert!(server.url.starts_with("https://127.0.0.1:") && trusts(&authority, &server.url).await);
    assert!(server.stop().await.success());
    app.end().await;
}

#[tokio::test]
async fn a_sighup_has_the_certificate_looked_at_at_once() {
    const BAD: &str = "the new certificate cannot be used: the one before stays";
    let authority = Authority::found();
    let (app, files, _folder) = app_with(&authority, &[("SERVER__LISTEN", "127.0.0.1:0")]).await;
    let server = Process::serve(Path::new(PROGRAM), app.folder(), app.environment()).await;
    std::fs::write(&files.certificate, &authority.certify(VALID)[0]).expect("the test's file");
    // By itself it tells of it once, so each time but one it was asked.
    for _ in 0..3 {
        server.hang_up_until(BAD).await;
    }
    assert!(trusts(&authority, &server.url).await);
    let renewed = Authority::found();
    files.replace(renewed.certify(VALID));
    server.hang_up_until("the secrets were read again").await;
    assert!(trusts(&renewed, &server.url).await && !trusts(&authority, &server.url).await);
    assert!(server.stop().await.success());
    app.end().await;
}
