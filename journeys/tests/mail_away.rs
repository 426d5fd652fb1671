//! The mail server is away, or silent, for as long as it likes: no report waits for it, and no mail is lost.

use std::collections::BTreeSet;

use jobs::State;
use serde_json::{Value, json};
use test_app::{MailServer, Served, Silence, TestApp, eventually};
use time_and_chance::{Clock as _, Duration, Time};

/// An app whose mail server is away, and the port on which it will be back.
async fn without_a_mail_server() -> (TestApp, u16) {
    let port = MailServer::port_of_one_that_is_away();
    (TestApp::with(&[("MAIL__SMTP_URL", &format!("smtp://127.0.0.1:{port}"))]).await, port)
}

/// A token that leaks while it is away.
async fn leak(app: &TestApp, secret: &str) {
    let answer = app.report_github(&json!([{"token": secret}])).await.with_status(200);
    assert_eq!(answer.json[0]["label"], "true_positive");
    assert_eq!(app.code(secret).await, "REVOKED");
}

/// Lets the clock pass from try to try, and answers the pauses in seconds until the job of this place is parked.
async fn pauses_until_parked(app: &TestApp) -> Vec<u64> {
    let begun = app.clock.now();
    let mut pauses = Vec::new();
    loop {
        app.work_off().await;
        let job = app.jobs().await.into_iter().next().expect("a mail that cannot be sent keeps its job");
        assert!(job.last_error.as_deref().is_some_and(|why| why.starts_with("no connection")), "{job:?}");
        if job.state == State::Parked {
            return pauses;
        }
        let pause = job.run_at.since(app.clock.now());
        assert!(!pause.is_zero() && app.clock.now().since(begun) < Duration::from_hours(30), "{job:?}");
        pauses.push(pause.as_secs());
        app.clock.pass(pause);
    }
}

#[tokio::test]
async fn all_mails_arrive_once_the_mail_server_is_back() {
    let (app, port) = without_a_mail_server().await;
    let acme = app.workspace("acme").await.with_owner("bo@acme.example").await;
    for number in 0..30 {
        let token = acme.token(&format!("token {number}")).await;
        leak(&app, &token.secret).await;
        if number % 10 == 0 {
            app.work_off().await;
            app.clock.pass(Duration::from_mins(20));
        }
    }
    app.work_off().await;
    assert_eq!(app.jobs().await.len(), 60, "a job for each mail");
    assert!(app.metric("bailiwick_mails_failed_total").await >= 60.0);

    let server = MailServer::start(port).await;
    app.clock.pass(Duration::from_hours(1));
    app.work_off().await;
    let mails = server.stop().await;
    let arrived: BTreeSet<_> = mails
        .iter()
        .map(|mail| {
            (
                mail["mail"]["To"].as_str().expect("it holds here").to_owned(),
                mail["mail"]["Subject"].as_str().expect("it holds here").to_owned(),
            )
        })
        .collect();
    assert_eq!((mails.len(), arrived.len()), (60, 60), "each of them once");
    app.end().await;
}

/// Reports a token to a node over the wire.
async fn report_to(served: &Served, app: &TestApp, secret: &str) -> Value {
    let body = json!([{"token": secret}]).to_string();
    let url = format!("http://{}/v1/exposures/github", served.address);
    let headers = app.partner.signed("github", body.as_bytes());
    let answer =
        reqwest::Client::new().post(url).headers(headers).body(body).send().await.expect("an answer");
    assert_eq!(answer.status().as_u16(), 200);
    answer.json().await.expect("JSON")
}

#[tokio::test]
async fn no_report_waits_while_the_mail_server_lets_callers_in_and_says_nothing() {
    let (app, port) = without_a_mail_server().await;
    let silence = Silence::start(port).await;
    let acme = app.workspace("acme").await;
    let served = app.serve().await;
    let first = acme.token("first").await.secret;
    assert_eq!(report_to(&served, &app, &first).await[0]["label"], "true_positive");
    eventually(Duration::from_mins(1), "the node waits for the mail server", async || silence.callers() > 0)
        .await;
    for number in 0..5 {
        let token = acme.token(&format!("number {number}")).await.secret;
        assert_eq!(report_to(&served, &app, &token).await[0]["label"], "true_positive");
        assert_eq!(app.code(&token).await, "REVOKED");
    }
    assert!(silence.callers() > 0, "it waits still");

    silence.end().await;
    served.stop();
    served.ended().await;
    let server = MailServer::start(port).await;
    app.clock.pass(Duration::from_hours(1));
    app.work_off().await;
    assert_eq!(server.stop().await.len(), 6);
    app.end().await;
}

#[tokio::test]
async fn how_long_the_oldest_mail_waits_is_measured_however_often_it_was_tried() {
    let (app, port) = without_a_mail_server().await;
    let token = app.workspace("acme").await.token("deploy-bot").await;
    leak(&app, &token.secret).await;
    for _ in 0..3 {
        app.work_off().await;
        app.clock.pass(Duration::from_mins(5));
    }
    let oldest = app.metric("bailiwick_jobs_oldest_seconds{kind=\"send_mail\"}").await;
    assert!((oldest - 900.0).abs() < 0.5, "{oldest}");

    let server = MailServer::start(port).await;
    app.work_off().await;
    assert_eq!(server.stop().await.len(), 1);
    app.end().await;
}

#[tokio::test]
async fn pauses_grow_and_after_twentysix_hours_an_operator_sees_the_mail() {
    let (app, port) = without_a_mail_server().await;
    let token = app.workspace("acme").await.token("deploy-bot").await;
    leak(&app, &token.secret).await;
    let enqueued: Time = app.clock.now();
    let pauses = pauses_until_parked(&app).await;
    let waited = app.clock.now().since(enqueued);
    assert!((Duration::from_hours(26)..Duration::from_hours(27)).contains(&waited), "{waited:?}");
    // 5 seconds at first, doubled from try to try, up to half an hour and a quarter more.
    assert!((5..=6).contains(&pauses[0]), "{pauses:?}");
    assert!(pauses.windows(2).take(8).all(|pair| pair[0] < pair[1]), "{pauses:?}");
    assert!(pauses.iter().skip(10).all(|pause| (1_800..=2_250).contains(pause)), "{pauses:?}");
    let parked = app.metric("bailiwick_jobs_parked{kind=\"send_mail\"}").await;
    assert!((parked - 1.0).abs() < 0.5, "{parked}");

    // Nothing touches it any more, until somebody does.
    app.clock.pass(Duration::from_hours(100));
    let server = MailServer::start(port).await;
    app.work_off().await;
    assert_eq!(server.mails().len(), 0);
    let job = app.jobs().await.remove(0);
    app.retry_now(&job.id).await;
    app.work_off().await;
    assert_eq!(server.stop().await.len(), 1);
    app.end().await;
}

#[tokio::test]
async fn a_parked_mail_that_is_retried_has_its_whole_patience_again() {
    let (app, port) = without_a_mail_server().await;
    let token = app.workspace("acme").await.token("deploy-bot").await;
    leak(&app, &token.secret).await;
    pauses_until_parked(&app).await;
    let job = app.jobs().await.remove(0);
    app.retry_now(&job.id).await;
    app.work_off().await;
    assert_eq!(app.jobs().await[0].state, State::Waiting, "one more failure does not park it at once");

    let server = MailServer::start(port).await;
    app.clock.pass(Duration::from_hours(1));
    app.work_off().await;
    assert_eq!(server.stop().await.len(), 1);
    app.end().await;
}
