//! Mail through real mail servers: aiosmtpd, with certificates of an authority of our own.

mod certificates;
mod desk;
mod server;

use bailiwick::mail::NotSent;
use jobs::Outcome;
use time_and_chance::Duration;

use self::{
    certificates::trusting,
    desk::{Desk, mail, post},
    server::Server,
};

const LOGIN: &[&str] = &["--login", "acme:open sesame"];

#[test]
fn a_mail_arrives_over_starttls_with_both_its_parts() {
    trusting("a_mail_arrives_over_starttls_with_both_its_parts", async |authority| {
        let server = Server::with_tls("starttls", &authority.of("DNS:localhost"), LOGIN).await;
        let url = format!("smtp://acme:open%20sesame@localhost:{}?tls=required", server.port);
        let mail = mail("ana@example.com");
        post(Some(&url), authority.folder()).deliver(&mail).await.unwrap();
        let told = server.stop().await;
        let [arrived] = told.mails.as_slice() else { panic!("{told:?}") };
        assert_eq!(arrived["type"], "multipart/alternative");
        assert_eq!(arrived["parts"]["text/plain"].as_str().unwrap().trim_end(), mail.text.expose());
        assert_eq!(arrived["parts"]["text/html"].as_str().unwrap().trim_end(), mail.html.expose());
        assert_eq!(arrived["sender"], "no-reply@acme.example");
        assert_eq!(arrived["recipients"], serde_json::json!(["ana@example.com"]));
        let headers = &arrived["mail"];
        assert_eq!(headers["From"], "Acme <no-reply@acme.example>");
        assert_eq!(headers["To"], "ana@example.com");
        assert_eq!(headers["Subject"], mail.subject.expose());
        assert_eq!(headers["Date"], "Mon, 23 Nov 2026 12:00:00 +0000");
        assert_eq!(headers["Message-ID"], format!("<{}@acme.example>", mail.id));
        assert_eq!(headers["Auto-Submitted"], "auto-generated");
    });
}

#[test]
fn a_mail_arrives_over_implicit_tls() {
    trusting("a_mail_arrives_over_implicit_tls", async |authority| {
        let server = Server::with_tls("implicit", &authority.of("IP:127.0.0.1"), LOGIN).await;
        let url = format!("smtps://acme:open%20sesame@127.0.0.1:{}", server.port);
        post(Some(&url), authority.folder()).deliver(&mail("ana@example.com")).await.unwrap();
        assert_eq!(server.stop().await.mails.len(), 1);
    });
}

#[test]
fn a_refused_password_is_tried_again_and_not_told() {
    trusting("a_refused_password_is_tried_again_and_not_told", async |authority| {
        let server = Server::with_tls("starttls", &authority.of("DNS:localhost"), LOGIN).await;
        let url = format!("smtp://acme:abracadabra@localhost:{}?tls=required", server.port);
        let not_sent = post(Some(&url), authority.folder()).deliver(&mail("ana@example.com")).await;
        let why = "the mail server refused the user name and password (535)".to_owned();
        assert_eq!(not_sent, Err(NotSent::NotNow(why)));
        assert!(server.stop().await.mails.is_empty());
    });
}

#[test]
fn a_server_that_is_not_who_it_says_gets_nothing() {
    trusting("a_server_that_is_not_who_it_says_gets_nothing", async |authority| {
        for kind in ["starttls", "implicit"] {
            for certified in [authority.of("DNS:mail.example"), authority.of_a_stranger("DNS:localhost")] {
                let server = Server::with_tls(kind, &certified, &[]).await;
                let url = match kind {
                    "starttls" => format!("smtp://localhost:{}?tls=required", server.port),
                    _ => format!("smtps://localhost:{}", server.port),
                };
                let not_sent = post(Some(&url), authority.folder()).deliver(&mail("ana@example.com")).await;
                let Err(NotSent::NotNow(why)) = not_sent else { panic!("{not_sent:?}") };
                assert!(
                    why.starts_with("no connection to the mail server: invalid peer certificate"),
                    "{why}"
                );
                assert!(server.stop().await.mails.is_empty());
            }
        }
    });
}

#[test]
fn a_server_without_tls_gets_nothing_where_tls_is_required() {
    trusting("a_server_without_tls_gets_nothing_where_tls_is_required", async |authority| {
        let server = Server::start(&[]).await;
        let url = format!("smtp://localhost:{}?tls=required", server.port);
        let not_sent = post(Some(&url), authority.folder()).deliver(&mail("ana@example.com")).await;
        assert!(matches!(not_sent, Err(NotSent::NotNow(_))), "{not_sent:?}");
        assert!(server.stop().await.mails.is_empty());
    });
}

#[test]
fn tls_that_is_not_required_is_used_where_it_is_offered() {
    trusting("tls_that_is_not_required_is_used_where_it_is_offered", async |authority| {
        // This server takes no mail without TLS.
        let server = Server::with_tls("starttls", &authority.of("DNS:localhost"), &[]).await;
        let url = format!("smtp://localhost:{}?tls=opportunistic", server.port);
        post(Some(&url), authority.folder()).deliver(&mail("ana@example.com")).await.unwrap();
        assert_eq!(server.stop().await.mails.len(), 1);
    });
}

#[tokio::test]
async fn a_server_that_was_away_gets_each_mail_once() {
    let server = Server::start(&[]).await;
    let port = server.port.to_string();
    server.stop().await;
    let desk = Desk::new(Some(&format!("smtp://localhost:{port}"))).await;
    desk.write(&["ana@example.com", "bea@example.com"]).await;
    desk.work_off().await;
    assert_eq!(desk.waiting().await, 2);
    assert!(desk.last_errors().await.iter().all(|why| why.starts_with("no connection")));

    let server = Server::start(&["--port", &port]).await;
    desk.clock.pass(Duration::from_secs(10));
    desk.work_off().await;
    desk.work_off().await;
    assert_eq!(desk.waiting().await, 0);
    assert_eq!(server.stop().await.mails.len(), 2);
}

#[tokio::test]
async fn a_mailbox_that_is_not_there_is_given_up_and_the_others_get_theirs() {
    let refusals = [
        "--refuse=gone@example.com=550 5.1.1 <gone@example.com> is unknown here",
        "--refuse=left@example.com=551 left@example.com is with somebody else",
        "--refuse=full@example.com=452 4.2.2 full@example.com is full",
        "--refuse=barred@example.com=550 5.7.1 you may not write to barred@example.com",
    ];
    let server = Server::start(&refusals).await;
    let desk = Desk::new(Some(&format!("smtp://localhost:{}", server.port))).await;
    let outcomes = desk
        .send(&[
            "gone@example.com",
            "left@example.com",
            "full@example.com",
            "barred@example.com",
            "ana@example.com",
        ])
        .await;
    let expected = [
        Outcome::give_up("the mail server refused the mailbox (550 5.1.1)"),
        Outcome::give_up("the mail server refused the mailbox (551)"),
        Outcome::retry("the mail server refused the recipient (452 4.2.2)"),
        Outcome::retry("the mail server refused the recipient (550 5.7.1)"),
        Outcome::Done,
    ];
    assert_eq!(outcomes, expected);
    let told = server.stop().await;
    assert_eq!(told.mails.len(), 1);
    assert_eq!(told.mails[0]["recipients"], serde_json::json!(["ana@example.com"]));
}

#[tokio::test]
async fn many_mails_share_a_few_connections() {
    let server = Server::start(&[]).await;
    let desk = Desk::new(Some(&format!("smtp://localhost:{}", server.port))).await;
    desk.write(&["ana@example.com"; 40]).await;
    desk.work_off().await;
    let told = server.stop().await;
    assert_eq!(told.mails.len(), 40);
    assert!(told.connections <= 16, "{}", told.connections);
}

#[tokio::test]
async fn a_server_that_falls_silent_is_left_and_its_connection_never_used_again() {
    let server = Server::start(&["--silent-once"]).await;
    let url = format!("smtp://localhost:{}", server.port);
    let folder = tempfile::tempdir().unwrap();
    let post = post(Some(&url), folder.path());
    // Clones share their connections.
    let not_sent = post.clone().with_patience(Duration::from_secs(3)).deliver(&mail("ana@example.com")).await;
    assert_eq!(not_sent, Err(NotSent::NotNow("the mail server took too long".to_owned())));
    post.deliver(&mail("ana@example.com")).await.unwrap();
    let told = server.stop().await;
    assert_eq!((told.mails.len(), told.connections), (1, 2));
}

#[tokio::test]
async fn an_address_beyond_ascii_is_written_as_the_server_understands_it() {
    let server = Server::start(&[]).await;
    let url = format!("smtp://localhost:{}", server.port);
    let folder = tempfile::tempdir().unwrap();
    let post = post(Some(&url), folder.path());
    post.deliver(&mail("jürgen@bücher.example")).await.unwrap();
    let told = server.stop().await;
    assert_eq!(told.mails[0]["recipients"], serde_json::json!(["jürgen@xn--bcher-kva.example"]));
}
